/** The session of a viewer on one preview host: a JWT in the cookie `__Host-byway_session`. */
import type { Holder } from './decide.ts';
import { isInteger, isLabel, isText } from './claim-types.ts';
import type { KeyRing, VerifiedClaims } from './signing.ts';

/** Reissued while the login lives; see `untilMs`. */
export const sessionLifeS = 60 * 60;

const typ = 'byway-session+jwt';

export interface SessionClaims {
  viewer: Holder;
  /** GitHub's numeric id of the organisation. */
  organisationId: number;
  label: string;
  /** `https://<label>.<preview domain>[:port]`: where the session is valid, and nowhere else. */
  origin: string;
  /** The login on the app host; when it ends, so does this session. A token's is `-`. */
  sid: string;
  /** Of the preview when the session was made; a higher one there ends it. */
  epoch: number;
  jti: string;
  /** In whole seconds. */
  issuedMs: number;
  expiresMs: number;
}

export type NewSession = Omit<SessionClaims, 'expiresMs' | 'issuedMs'> & {
  /** When the login ends: the session does not outlive it. */
  untilMs: number;
};

/** Who signs: the app host's origin. */
export interface SessionTime {
  issuer: string;
  nowMs: number;
}

/** @throws RangeError when the login has ended */
export function signSession(
  ring: KeyRing,
  session: NewSession,
  time: SessionTime,
): Promise<string> {
  const { viewer, organisationId, label, origin, sid, epoch, jti, untilMs } = session;
  const claims = {
    ...(viewer.kind === 'person'
      ? { sub: `gh:${viewer.id}`, login: viewer.login }
      : { sub: `token:${viewer.id}`, login: '-' }),
    org: organisationId,
    pid: label,
    sid,
    epoch,
    jti,
  };
  const ttlS = Math.min(sessionLifeS, Math.floor((untilMs - time.nowMs) / 1000));
  return ring.sign(typ, claims, { ...time, audience: origin, ttlS });
}

/**
 * The session in a cookie, when it is one of this origin and preview (threats 13, 16, 51); undefined
 * counts as no cookie. Whether its login, epoch and membership still hold is not known yet.
 */
export async function verifySession(
  ring: KeyRing,
  token: string,
  expected: SessionTime & { origin: string; label: string },
): Promise<SessionClaims | undefined> {
  const { issuer, origin, label, nowMs } = expected;
  const claims = await ring.verify(token, {
    typ,
    issuer,
    audience: origin,
    maxAgeS: sessionLifeS,
    nowMs,
    requiredClaims: ['sub', 'login', 'org', 'pid', 'sid', 'epoch'],
  });
  const session = claims && sessionOf(claims, origin);
  return session?.label === label ? session : undefined;
}

function sessionOf(claims: VerifiedClaims, origin: string): SessionClaims | undefined {
  const { sub = '', login, org, pid, sid, epoch, jti, iat, exp } = claims;
  const viewer = holderOf(sub, login);
  if (!viewer || !isInteger(org)) return undefined;
  if (!isLabel(pid) || !isText(sid) || !isInteger(epoch)) return undefined;
  return {
    viewer,
    organisationId: org,
    label: pid,
    origin,
    sid,
    epoch,
    jti,
    issuedMs: iat * 1000,
    expiresMs: exp * 1000,
  };
}

function holderOf(subject: string, login: unknown): Holder | undefined {
  const [, kind, text = ''] = /^(gh|token):([1-9]\d{0,15}|[0-9A-Za-z]{12})$/.exec(subject) ?? [];
  if (kind === 'token') return text.length === 12 ? { kind: 'token', id: text } : undefined;
  const id = /^\d+$/.test(text) ? Number(text) : undefined;
  return isInteger(id) && isText(login) ? { kind: 'person', id, login } : undefined;
}
