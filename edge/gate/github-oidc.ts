/**
 * Tokens that GitHub Actions gives to a job (OpenID Connect): proof of which repository and event it
 * runs for, so that a workflow needs no stored secret. RS256, valid for a few minutes.
 */
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { isInteger, isText } from './claim-types.ts';

/** github.com's; a GitHub Enterprise Server has `https://HOST/_services/token`. */
export const githubIssuer = 'https://token.actions.githubusercontent.com';

/** Tokens are valid for five minutes at GitHub; older ones are refused whatever they say. */
const maxAgeS = 600;
const clockToleranceS = 5;
const maxTokenCharacters = 16 * 1024;
const tokenPattern = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export interface WorkflowExpectation {
  issuer: string;
  /** The app host's origin, which the workflow has to ask GitHub for. */
  audience: string;
  /** GitHub's numeric id; names are given to others after a rename (threat 34). */
  repositoryId: number;
  /** Such as `push`, `pull_request`. Those that run with a stranger's input do not belong here. */
  events: readonly string[];
}

/** The job behind a token. */
export interface Workflow {
  repositoryId: number;
  /** Of the organisation or person that owns the repository. */
  ownerId: number;
  event: string;
  /** Who started the run; GitHub's numeric id. */
  actorId: number;
  jti: string;
}

/** Why a token does not do; `unknown-key`: fetch GitHub's keys anew, once, and try again. */
export type TokenFault = 'unknown-key' | 'invalid';

/**
 * Verifies signature and time (RFC 8725 §3, threat 51). `keys` is jose's `createLocalJWKSet` of what
 * GitHub serves at `/.well-known/jwks`; keep it, it keeps the imported keys. Never throws.
 */
export async function verifyWorkflowToken(
  token: string,
  keys: JWTVerifyGetKey,
  { issuer, audience }: Pick<WorkflowExpectation, 'issuer' | 'audience'>,
  nowMs: number,
): Promise<{ claims: JWTPayload } | { fault: TokenFault }> {
  if (token.length > maxTokenCharacters || !tokenPattern.test(token)) return { fault: 'invalid' };
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['RS256'],
      typ: 'JWT',
      issuer,
      audience,
      currentDate: new Date(nowMs),
      clockTolerance: clockToleranceS,
      maxTokenAge: maxAgeS,
      requiredClaims: ['iss', 'aud', 'iat', 'exp', 'jti', 'repository_id', 'event_name'],
    });
    return { claims: payload };
  } catch (error) {
    return { fault: error instanceof errors.JWKSNoMatchingKey ? 'unknown-key' : 'invalid' };
  }
}

/**
 * The job, when a verified token's claims are what is expected; otherwise what is wrong, to be told
 * to the workflow: its author can see the claims anyway.
 */
export function workflowOf(
  claims: Readonly<Record<string, unknown>>,
  { issuer, audience, repositoryId, events }: WorkflowExpectation,
): { workflow: Workflow } | { fault: string } {
  if (claims.iss !== issuer) return { fault: `iss is not ${issuer}` };
  // One string: a list of audiences is a token that was made for others, too.
  if (claims.aud !== audience) return { fault: `aud must be ${audience}, and nothing else` };
  const { event_name: event, jti } = claims;
  const repository = idOf(claims.repository_id);
  const ownerId = idOf(claims.repository_owner_id);
  const actorId = idOf(claims.actor_id);
  if (repository === undefined || ownerId === undefined || actorId === undefined || !isText(jti)) {
    return { fault: 'repository_id, repository_owner_id, actor_id or jti is missing or malformed' };
  }
  if (repository !== repositoryId) return { fault: `repository_id is not ${repositoryId}` };
  if (!isText(event) || !events.includes(event)) {
    return { fault: `event_name must be one of ${events.join(', ')}` };
  }
  return { workflow: { repositoryId: repository, ownerId, event, actorId, jti } };
}

/** GitHub writes ids as strings of digits. */
function idOf(claim: unknown): number | undefined {
  if (typeof claim !== 'string' || !/^[1-9]\d{0,15}$/.test(claim)) return undefined;
  const id = Number(claim);
  return isInteger(id) ? id : undefined;
}
