/** The previews of one organisation, as the app at a pull request sees and changes them. */
import type {
  Account,
  Actor,
  Answer,
  Changed,
  Head,
  Preview as ShownPreview,
  Previews,
  PullId,
  Role,
} from '#github-app/ports.ts';
import type { Log } from '../../ports.ts';
import type { ClusterCalls, Objects, Preview, PreviewFound, PreviewQuery } from '../calls.ts';
import { pullKey } from '../preview-pulls.ts';
import type { Origin } from './origin.ts';

export interface HostedPreviewsServices {
  clock: { nowMs(): number };
  log: Log;
  objects: Pick<Objects, 'org' | 'cluster' | 'clusterOfLabel'>;
  originOf(label: string): string;
}

const unavailable = { kind: 'unavailable', retryAfterMs: 5_000 } as const;
const gone = { kind: 'gone' } as const;
const done = { kind: 'ok', value: undefined } as const;
const noRoom = 'As many people as may be were let in already.';
const noPublic = 'The organisation allows no public previews.';

export class HostedPreviews implements Previews {
  readonly #services: HostedPreviewsServices;
  readonly #origin: Origin;
  /** Whose work this is; known since the first question. */
  #pull: PullId | undefined;

  constructor(services: HostedPreviewsServices, origin: Origin) {
    this.#services = services;
    this.#origin = origin;
  }

  attached(pull: PullId): Promise<Answer<ShownPreview[]>> {
    this.#pull = pull;
    return this.#asked(async () => {
      const found = await this.#search({ kind: 'pull', pull });
      return { kind: 'ok', value: found.map((each) => this.#shown(each, pull)) };
    });
  }

  attachable(
    _organisationId: number,
    pull: PullId,
    { sha, branch, repository: head }: Head,
  ): Promise<Answer<Pick<ShownPreview, 'label' | 'owner' | 'sinceMs'>[]>> {
    this.#pull = pull;
    const base = this.#origin.repository;
    const query: PreviewQuery = {
      ...{ kind: 'head', pull, sha, branch },
      names: base ? [`${base.owner.login}/${base.name}`] : [],
      repositoryIds: [pull.repositoryId, ...(head ? [head.id] : [])],
      owner: head?.owner.login,
    };
    return this.#asked(async () => {
      const found = await this.#search(query);
      const value = found.map(({ label, owner, createdMs }) => ({
        ...{ label, owner },
        sinceMs: createdMs,
      }));
      return { kind: 'ok', value };
    });
  }

  attach(label: string, { number }: PullId): Promise<Answer<unknown>> {
    return this.#on(label, async (shard) => {
      const { repository } = this.#origin;
      return repository && (await shard.attach(label, repository, number)) ? done : gone;
    });
  }

  find(label: string): Promise<Answer<ShownPreview>> {
    const pull = this.#pull ?? { repositoryId: 0, number: 0 };
    return this.#on(label, async (shard) => {
      const preview = await shard.find(label);
      if (!preview) return gone;
      const found: PreviewFound = { ...preview, state: 'live', service: preview.intercept.name };
      return { kind: 'ok', value: this.#shown(found, pull) };
    });
  }

  setAccess(
    label: string,
    wish: { access: 'public'; untilMs: number } | { access: 'private' },
    by: Actor,
  ): Promise<Changed> {
    return this.#on(label, async (shard, organisationId) => {
      const nowMs = this.#services.clock.nowMs();
      const org = this.#services.objects.org(organisationId);
      const at = this.#pull ? { by: this.#pull } : {};
      const toPrivate = { access: 'private', publicForS: 0, ...at } as const;
      let change: Parameters<ClusterCalls['setAccess']>[1] = toPrivate;
      if (wish.access === 'public') {
        const { public_allowed: allowed, longest_public_s: longestS } = await org.policy();
        if (!allowed) return { kind: 'refused', reason: noPublic };
        const wantedS = Math.ceil((wish.untilMs - nowMs) / 1000);
        change = { access: 'public', publicForS: Math.min(Math.max(1, wantedS), longestS), ...at };
      }
      const changed = await shard.setAccess(label, change);
      if (!changed) return gone;
      // The policy may have changed meanwhile, and its push may have come before.
      if (change.access === 'public' && !(await org.policy()).public_allowed) {
        await shard.setAccess(label, toPrivate);
        return { kind: 'refused', reason: noPublic };
      }
      await this.#note(organisationId, `preview.${changed.access}`, changed, by);
      return done;
    });
  }

  remove(label: string, by: Actor): Promise<Changed> {
    return this.#on(label, async (shard, organisationId) => {
      const before = await shard.find(label);
      if (!before) return gone;
      const ended =
        by.kind === 'closed'
          ? await shard.detach(label, by.pull, true)
          : await shard.remove(label, 'removed', by.kind === 'comment' ? by.user.login : undefined);
      if (ended) await this.#note(organisationId, 'preview.remove', before, by);
      return done;
    });
  }

  extend(label: string, untilMs: number, by: Actor): Promise<Changed> {
    return this.#on(label, async (shard, organisationId) => {
      const before = await shard.find(label);
      if (!before) return gone;
      const org = this.#services.objects.org(organisationId);
      const { longest_life_s: longestS } = await org.policy();
      const nowMs = this.#services.clock.nowMs();
      const forS = Math.min(Math.ceil((untilMs - nowMs) / 1000), longestS);
      const endsMs = before.life?.untilMs ?? Infinity;
      if (nowMs + forS * 1000 <= endsMs) return done;
      const extended = await shard.extend(label, forS);
      if (!extended) return gone;
      await this.#note(organisationId, 'preview.extend', extended, by);
      return done;
    });
  }

  allow(label: string, user: Account, untilMs: number, by: Actor): Promise<Changed> {
    return this.#on(label, async (shard, organisationId) => {
      // Told of so late that it is over; it is the last word all the same.
      if (untilMs <= this.#services.clock.nowMs()) {
        const isGuest = (await shard.find(label))?.guests?.some((each) => each.user.id === user.id);
        return isGuest === true ? this.revokeAllow(label, user.id, by) : done;
      }
      const allowed = await shard.allow(label, user, untilMs);
      if (!allowed) return gone;
      const isIn = allowed.guests?.some((guest) => guest.user.id === user.id) ?? false;
      if (!isIn) return { kind: 'refused', reason: noRoom };
      const until = new Date(untilMs).toISOString();
      const details = { user: user.id, user_login: user.login, until };
      await this.#note(organisationId, 'preview.allow', allowed, by, details);
      return done;
    });
  }

  revokeAllow(label: string, userId: number, by: Actor): Promise<Changed> {
    return this.#on(label, async (shard, organisationId) => {
      const changed = await shard.revokeAllow(label, userId);
      if (!changed) return gone;
      await this.#note(organisationId, 'preview.disallow', changed, by, { user: userId });
      return done;
    });
  }

  role(organisationId: number, userId: number): Promise<Answer<Role>> {
    return this.#asked(async () => {
      const { membership } = await this.#services.objects.org(organisationId).membership(userId);
      if (membership.kind === 'member') return { kind: 'ok', value: membership.role };
      if (membership.kind === 'unavailable') return membership;
      return { kind: 'ok', value: 'none' };
    });
  }

  #shown(found: PreviewFound, pull: PullId): ShownPreview {
    const { label, intercept, owner, access, publicUntilMs, life, state, service } = found;
    const ref = found.pulls?.find(
      ({ repository, number }) => repository.id === pull.repositoryId && number === pull.number,
    );
    const times = (found.madePrivate ?? [])
      .filter(({ by }) => by !== pullKey(pull))
      .map(({ atMs }) => atMs);
    return {
      ...{ label, owner, access, publicUntilMs, state, service },
      url: this.#services.originOf(label),
      name: intercept.name,
      endsMs: life?.untilMs,
      idleS: life?.idleS,
      sinceMs: ref?.sinceMs ?? found.createdMs,
      madePrivateMs: times.length === 0 ? undefined : Math.max(...times),
      allowed: found.guests ?? [],
      askers: found.askers ?? [],
      readersOnly: found.gate === 'repo',
    };
  }

  async #search(query: PreviewQuery): Promise<PreviewFound[]> {
    const { objects } = this.#services;
    const { organisationId } = this.#origin;
    if (organisationId === undefined) return [];
    const clusters = await objects.org(organisationId).clusters();
    const found = await Promise.all(
      clusters.map(({ key }) => objects.cluster(key)?.search(query) ?? []),
    );
    return found.flat();
  }

  /** Of the organisation's own previews only. */
  #on<T>(
    label: string,
    work: (shard: ClusterCalls, organisationId: number) => Promise<T>,
  ): Promise<T | typeof gone | typeof unavailable> {
    return this.#asked(async () => {
      const shard = this.#services.objects.clusterOfLabel(label);
      const organisationId = await shard?.organisation();
      if (!shard || organisationId === undefined) return gone;
      if (organisationId !== this.#origin.organisationId) return gone;
      return work(shard, organisationId);
    });
  }

  /** Objects may be away as GitHub may. */
  async #asked<T>(work: () => Promise<T>): Promise<T | typeof unavailable> {
    try {
      return await work();
    } catch (error) {
      this.#services.log.warn({ error: String(error) }, 'previews could not be asked about');
      return unavailable;
    }
  }

  #note(
    organisationId: number,
    action: string,
    { label, owner, access, publicUntilMs }: Preview,
    by: Actor,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const until = access === 'public' ? new Date(publicUntilMs).toISOString() : null;
    const pull = this.#pull && pullKey(this.#pull);
    const why =
      by.kind === 'comment'
        ? { comment: by.commentId }
        : by.kind === 'push'
          ? { commit: by.sha }
          : { closed: pullKey(by.pull) };
    return this.#services.objects.org(organisationId).note({
      actor: by.kind === 'comment' ? `gh:${by.user.id}` : 'github',
      action,
      subject: label,
      details: { access, until, owner: owner.id, pull_request: pull, ...why, ...more },
    });
  }
}
