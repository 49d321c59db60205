/**
 * Who a request is from, as far as this shard believes it. What is known is said at once; what is not is
 * asked for, and then looked up again, so that the last word is always one of this moment.
 */
import type { Credentials } from '../gate/credentials.ts';
import type { Holder, Viewer } from '../gate/decide.ts';
import { inTime } from '../gate/deadline.ts';
import type { Gate } from '../gate/gate.ts';
import { verifySession, type SessionClaims } from '../gate/session-token.ts';
import { VerifiedSessions } from '../gate/verified-sessions.ts';
import type { Membership } from '../github/membership.ts';
import type { Withdrawal } from './calls.ts';
import { Leases, type EndReason, type ViewerKey } from './leases.ts';
import type { MembershipAnswer } from './stores/memberships.ts';
import type { Binding, TokenRecord } from './stores/token-record.ts';
import {
  allReaders,
  guestKey,
  loginKey,
  readerKey,
  readersOf,
  readingsOf,
  subjectOf,
  tokenKey,
} from './viewer-keys.ts';

/** `no-reader`: a member who may not read the repository, where that is asked for. */
export type NotAdmitted = Exclude<Membership, { kind: 'member' }> | { kind: 'no-reader' };

export interface Known {
  /** undefined: a stranger, or a credential that is good for nothing. */
  viewer: Viewer | undefined;
  /** Leases that the viewer lives by. */
  keys: readonly ViewerKey[];
  /** Why a viewer is not admitted. */
  why?: NotAdmitted;
  /** There is a token, and it opens nothing here: 401, whatever else there is (threat 55). */
  badToken?: boolean;
  claims?: SessionClaims;
}

/** `ask`: finds out what is missing; undefined: put the question again. */
export type Finding = { known: Known } | { ask: () => Promise<Known | undefined> };

export interface Place {
  label: string;
  organisationId: number;
  /** Of the preview; undefined: it has ended, or never was. */
  epoch: number | undefined;
  /** Whether somebody was let into this one preview, by their numeric id. */
  isGuest?(userId: number): boolean;
  /** Repositories of its pull requests, by numeric id. */
  repositories?(): readonly number[];
  /** Only its owner and whoever may read one of those repositories may see it. */
  readersOnly?: { ownerId: number };
}

/** Texts of tokens that were verified; a rotation or revocation drops them. */
const maxTokens = 10_000;
const tokenMemoryMs = 5 * 60_000;

export class Admission {
  readonly leases: Leases;
  readonly #gate: Gate;
  readonly #isGuest: (label: string, userId: number) => boolean;
  readonly #clusterKey: string;
  readonly #sessions = new VerifiedSessions();
  readonly #tokens = new Map<string, { id: string; untilMs: number }>();
  /** Counts what was withdrawn of tokens. */
  #turn = 0;
  readonly #bindings = new Map<
    string,
    Pick<TokenRecord, 'binding' | 'scopes' | 'expiresMs' | 'secretMs' | 'formerUntilMs'>
  >();

  /** `onEnded`: what is open by that lease has to close. `isGuest`: of a preview, at this moment. */
  constructor(
    gate: Gate,
    clusterKey: string,
    organisationId: () => number | undefined,
    onEnded: (viewer: ViewerKey | 'everybody', reason: EndReason) => void,
    isGuest: (label: string, userId: number) => boolean = () => false,
  ) {
    this.#gate = gate;
    this.#isGuest = isGuest;
    this.#clusterKey = clusterKey;
    this.leases = new Leases(
      gate.clock,
      (viewer) => inTime(this.#renew(organisationId(), viewer)),
      onEnded,
    );
  }

  /** A token counts alone: whatever cookies come with it (threat 55). */
  find(place: Place, { token, session }: Credentials): Finding {
    if (token === 'bad') return { known: badToken };
    if (token) return this.#byToken(place, token);
    return session === undefined ? { known: stranger } : this.#bySession(place, session);
  }

  /** Forgets; what is open closes by `onEnded`. */
  withdraw(what: Withdrawal): void {
    switch (what.kind) {
      case 'person':
        this.leases.revoke(what.userId);
        // Whoever leaves the organisation may read still, and is asked about anew.
        return this.leases.revoke(readingsOf(what.userId));
      case 'everybody':
        this.#turn += 1;
        this.#tokens.clear();
        return this.leases.revokeAll();
      case 'logins':
        for (const sid of what.sids) this.leases.revoke(loginKey(sid));
        return;
      case 'token':
        this.#turn += 1;
        for (const [text, { id }] of this.#tokens) if (id === what.id) this.#tokens.delete(text);
        this.#bindings.delete(what.id);
        return this.leases.revoke(tokenKey(what.id));
      case 'repository':
        return this.leases.revoke(
          what.repositoryId === 'any' ? allReaders : readersOf(what.repositoryId),
        );
      case 'reader': {
        const { repositoryId, userId } = what;
        const name =
          repositoryId === undefined ? readingsOf(userId) : readerKey(repositoryId, userId);
        return this.leases.revoke(name);
      }
      case 'policy':
        return;
    }
  }

  #bySession(place: Place, text: string): Finding {
    const { ring, clock, appOrigin, originOf } = this.#gate;
    const { label, organisationId, epoch } = place;
    const where = { origin: originOf(label), label, nowMs: clock.nowMs() };
    const claims = this.#sessions.find(text, where);
    if (!claims) {
      return {
        ask: async () => {
          const verified = await verifySession(ring, text, { issuer: appOrigin(), ...where });
          if (!verified) return stranger;
          this.#sessions.add(text, verified);
          return undefined;
        },
      };
    }
    if (claims.organisationId !== organisationId) return { known: stranger };
    if (epoch !== undefined && claims.epoch < epoch) return { known: stranger };
    const { viewer: holder, sid } = claims;
    if (holder.kind === 'token') return this.#tokenViewer(place, holder, claims);
    const login = loginKey(sid);
    if (place.isGuest?.(holder.id)) {
      return this.#leased(holder, [login, guestKey(label, holder.id)], claims);
    }
    if (place.readersOnly && place.readersOnly.ownerId !== holder.id) {
      return this.#reader(place, holder, login, claims);
    }
    return this.#leased(holder, [login, holder.id], claims);
  }

  /** One repository of the preview's pull requests is enough. */
  #reader(
    { repositories }: Place,
    holder: Holder & { kind: 'person' },
    login: ViewerKey,
    claims: SessionClaims,
  ): Finding {
    const readers = (repositories?.() ?? []).map((id) => readerKey(id, holder.id));
    const reader = readers.find((key) => this.leases.live(key));
    if (reader !== undefined) return this.#leased(holder, [login, reader], claims);
    const signedIn = this.#leased(holder, [login], claims);
    if (!('known' in signedIn)) return signedIn;
    return {
      ask: async () => {
        const answers = await Promise.all(readers.map((key) => this.leases.of(key)));
        if (answers.some(({ kind }) => kind === 'leased')) return undefined;
        const refusals = answers.flatMap((each) => (each.kind === 'refused' ? [each.why] : []));
        const away = refusals.find(({ kind }) => kind === 'unavailable');
        // What a member is told of the preview, nobody else is (threat 19).
        const membership = await this.leases.of(holder.id);
        const why: NotAdmitted =
          membership.kind === 'refused' ? membership.why : (away ?? { kind: 'no-reader' });
        return { viewer: { holder, admitted: false }, keys: [], why };
      },
    };
  }

  #byToken(place: Place, { text, id }: { text: string; id: string }): Finding {
    const { clock, objects } = this.#gate;
    const nowMs = clock.nowMs();
    const known = this.#tokens.get(text);
    if (known && nowMs < known.untilMs && known.untilMs - nowMs <= tokenMemoryMs) {
      return this.#tokenViewer(place, { kind: 'token', id }, undefined);
    }
    return {
      ask: async () => {
        const turn = this.#turn;
        const org = objects.org(place.organisationId);
        const verified = await inTime(org.verifyToken(text, 'service'));
        // A secret may have been replaced while the answer was on its way.
        if (turn !== this.#turn) return undefined;
        if (verified.kind !== 'valid') return badToken;
        const { formerUntilMs = 0 } = verified.record;
        const untilMs = clock.nowMs() + tokenMemoryMs;
        if (this.#tokens.size >= maxTokens) this.#tokens.clear();
        this.#tokens.set(text, {
          id,
          untilMs: verified.former ? Math.min(untilMs, formerUntilMs) : untilMs,
        });
        return undefined;
      },
    };
  }

  #tokenViewer(
    place: Place,
    holder: Holder & { kind: 'token' },
    claims: SessionClaims | undefined,
  ): Finding {
    const { organisationId } = place;
    const key = tokenKey(holder.id);
    const finding = this.#leased(holder, [key], claims);
    if (!('known' in finding)) return finding;
    const bound = this.#bindings.get(holder.id);
    if (!bound)
      return { ask: () => inTime(this.#renew(organisationId, key)).then(() => undefined) };
    // A session is worth what the secret was worth that it was made with.
    const ofFormer = claims !== undefined && claims.issuedMs < wholeSeconds(bound.secretMs);
    const isGood =
      (!ofFormer || this.#gate.clock.nowMs() < (bound.formerUntilMs ?? 0)) &&
      bound.scopes.includes('view') &&
      this.#gate.clock.nowMs() < (bound.expiresMs ?? Infinity) &&
      covers(bound.binding, place, this.#clusterKey);
    return isGood ? finding : { known: claims ? stranger : badToken };
  }

  /** Known when all leases are live; a refusal of the first that is not ends it. */
  #leased(holder: Holder, keys: readonly ViewerKey[], claims: SessionClaims | undefined): Finding {
    const missing = keys.filter((key) => !this.leases.live(key));
    if (missing.length === 0) {
      const viewer = { holder, admitted: true };
      return { known: { viewer, keys, ...(claims && { claims }) } };
    }
    return {
      ask: async () => {
        const answers = await Promise.all(missing.map((key) => this.leases.of(key)));
        for (const [index, answer] of answers.entries()) {
          if (answer.kind === 'leased') continue;
          const { why } = answer;
          const isMembership = typeof missing[index] === 'number';
          if (!isMembership && why.kind !== 'unavailable') return claims ? stranger : badToken;
          return { viewer: { holder, admitted: false }, keys: [], why };
        }
        return undefined;
      },
    };
  }

  async #renew(organisationId: number | undefined, key: ViewerKey): Promise<MembershipAnswer> {
    const { objects } = this.#gate;
    const subject = subjectOf(key);
    if (organisationId === undefined || !subject) return answerOf(false);
    const org = objects.org(organisationId);
    switch (subject.kind) {
      case 'member':
        return org.membership(subject.userId);
      case 'reader':
        return org.readership(subject.repositoryId, subject.userId);
      case 'guest':
        return answerOf(this.#isGuest(subject.label, subject.userId));
      case 'login':
        return answerOf((await objects.identity().loginUntil(subject.sid)) !== undefined);
      case 'token': {
        const record = await org.token(subject.id);
        if (record?.kind !== 'service') return answerOf(false);
        if (this.#bindings.size >= maxTokens) this.#bindings.clear();
        this.#bindings.set(subject.id, record);
        return answerOf(true);
      }
    }
  }
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

const stranger: Known = { viewer: undefined, keys: [] };
const badToken: Known = { viewer: undefined, keys: [], badToken: true };

/** Logins and tokens have no roles; to a lease they are there or not. */
function answerOf(lives: boolean): MembershipAnswer {
  const membership = lives
    ? ({ kind: 'member', role: 'member' } as const)
    : ({ kind: 'none' } as const);
  return { membership, ageMs: 0, epoch: 0 };
}

/** Of a repository: previews that a pull request there shows. */
function covers(binding: Binding, { label, repositories }: Place, clusterKey: string): boolean {
  switch (binding.kind) {
    case 'organisation':
      return true;
    case 'cluster':
      return binding.key === clusterKey;
    case 'preview':
      return binding.label === label;
    case 'repository':
      return repositories?.().includes(binding.id) ?? false;
  }
}
