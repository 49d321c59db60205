/** Previews as the edge keeps them, in memory; access has an end and closes by itself. */
import type {
  Account,
  Actor,
  Answer,
  Changed,
  Head,
  Preview,
  Previews,
  PullId,
  Role,
} from '#github-app/ports.ts';

export interface Kept extends Preview {
  attached: boolean;
  branch: string;
}

export interface Deed {
  what: string;
  label: string;
  by: Actor;
}

const ok = { kind: 'ok', value: undefined } as const;

export class FakePreviews implements Previews {
  readonly kept = new Map<string, Kept>();
  readonly roles = new Map<number, Role>();
  /** What was done, in order. */
  readonly deeds: Deed[] = [];
  publicAllowed = true;
  /** Calls that fail from now on. */
  failures = 0;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add(label: string, more: Partial<Kept> = {}): void {
    this.kept.set(label, {
      label,
      url: `https://${label}.preview.example.dev`,
      name: label,
      service: label,
      owner: { id: 1, login: 'ann' },
      access: 'private',
      publicUntilMs: 0,
      endsMs: undefined,
      state: 'live',
      sinceMs: this.#nowMs(),
      madePrivateMs: undefined,
      allowed: [],
      askers: [],
      attached: true,
      branch: 'feature',
      ...more,
    });
  }

  /** Whether somebody who is not signed in is let in now. */
  isPublic(label: string): boolean {
    const preview = this.kept.get(label);
    return preview?.access === 'public' && preview.publicUntilMs > this.#nowMs();
  }

  attached(_pull: PullId): Promise<Answer<Preview[]>> {
    if (this.#fails()) return unavailable();
    const value = [...this.kept.values()].filter(({ attached }) => attached);
    return Promise.resolve({ kind: 'ok', value: value.map((each) => this.#shown(each)) });
  }

  attachable(_organisationId: number, _pull: PullId, head: Head) {
    if (this.#fails()) return unavailable();
    const found = [...this.kept.values()].filter(
      ({ attached, branch }) => !attached && branch === head.branch,
    );
    return Promise.resolve({ kind: 'ok', value: found } as const);
  }

  attach(label: string): Promise<Answer<unknown>> {
    return this.#change('attach', label, { kind: 'push', sha: '' }, { attached: true });
  }

  find(label: string): Promise<Answer<Preview>> {
    const value = this.kept.get(label);
    return Promise.resolve(value ? { kind: 'ok', value } : { kind: 'gone' });
  }

  setAccess(
    label: string,
    access: { access: 'public'; untilMs: number } | { access: 'private' },
    by: Actor,
  ): Promise<Changed> {
    if (access.access === 'private') {
      return this.#change('private', label, by, { access: 'private', publicUntilMs: 0 });
    }
    if (!this.publicAllowed) {
      return Promise.resolve({
        kind: 'refused',
        reason: 'The organisation allows no public previews.',
      });
    }
    return this.#change('public', label, by, { access: 'public', publicUntilMs: access.untilMs });
  }

  remove(label: string, by: Actor): Promise<Changed> {
    if (this.#fails()) return unavailable();
    this.deeds.push({ what: 'remove', label, by });
    this.kept.delete(label);
    return Promise.resolve(ok);
  }

  extend(label: string, untilMs: number, by: Actor): Promise<Changed> {
    const endsMs = Math.max(untilMs, this.kept.get(label)?.endsMs ?? 0);
    return this.#change('extend', label, by, { endsMs });
  }

  allow(label: string, user: Account, untilMs: number, by: Actor): Promise<Changed> {
    const others = this.kept.get(label)?.allowed.filter((each) => each.user.id !== user.id) ?? [];
    return this.#change('allow', label, by, { allowed: [...others, { user, untilMs }] });
  }

  revokeAllow(label: string, userId: number, by: Actor): Promise<Changed> {
    const allowed = this.kept.get(label)?.allowed.filter(({ user }) => user.id !== userId) ?? [];
    return this.#change('disallow', label, by, { allowed });
  }

  role(_organisationId: number, userId: number): Promise<Answer<Role>> {
    return Promise.resolve({ kind: 'ok', value: this.roles.get(userId) ?? 'none' });
  }

  #change(what: string, label: string, by: Actor, part: Partial<Kept>): Promise<Answer<unknown>> {
    if (this.#fails()) return unavailable();
    const known = this.kept.get(label);
    if (!known) return Promise.resolve({ kind: 'gone' });
    this.deeds.push({ what, label, by });
    this.kept.set(label, { ...known, ...part });
    return Promise.resolve(ok);
  }

  #shown(kept: Kept): Preview {
    const { attached: _attached, branch: _branch, ...preview } = kept;
    if (preview.access === 'private' || preview.publicUntilMs > this.#nowMs()) return preview;
    return { ...preview, access: 'private', publicUntilMs: 0 };
  }

  #fails(): boolean {
    if (this.failures === 0) return false;
    this.failures -= 1;
    return true;
  }
}

function unavailable(): Promise<{ kind: 'unavailable'; retryAfterMs: number }> {
  return Promise.resolve({ kind: 'unavailable', retryAfterMs: 1000 });
}
