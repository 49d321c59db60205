/** Who calls the API: the operator, a person for one organisation, or a service. */
import type { Context } from 'hono';
import { parseToken } from '../gate/token.ts';
import { denialOf } from '../login/admit.ts';
import type { Account, Actor } from '../objects/calls.ts';
import { isAmong } from '../objects/stores/services.ts';
import type { Binding, Scope, TokenRecord } from '../objects/stores/token-record.ts';
import { ApiError, forbidden } from './failure.ts';
import type { Guesses } from './guesses.ts';
import type { ApiServices } from './services.ts';

export interface Operator {
  kind: 'operator';
  actor: Actor;
}

export interface Person {
  kind: 'person';
  actor: Actor;
  user: Account;
  organisationId: number;
  /** undefined: the token does not tell. */
  organisationLogin: string | undefined;
  role: 'admin' | 'member';
  scopes: readonly Scope[];
}

export interface Service {
  kind: 'service';
  actor: Actor;
  organisationId: number;
  scopes: readonly Scope[];
  binding: Binding;
}

export type Principal = Operator | Person | Service;

/** What a route finds in hono's context. */
export type ApiEnv = { Variables: { principal: Principal } };

/** By `Authorization: Bearer`. @throws ApiError */
export async function principalOf(
  services: ApiServices,
  guesses: Guesses,
  c: Context,
): Promise<Principal> {
  const { tokenHash, operatorHashes, objects } = services;
  const bearer = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(c.req.header('authorization') ?? '')?.[1];
  if (bearer === undefined) throw new ApiError('BW-5001');
  // Both sides are keyed hashes, so that the comparison tells nothing about the token.
  if (isAmong(await tokenHash.of(bearer), operatorHashes)) {
    return { kind: 'operator', actor: 'operator' };
  }
  if (bearer.startsWith('bwc_')) throw new ApiError('BW-5008');
  const name = parseToken(bearer);
  // Nothing was ever issued that looks like this: nobody has to be asked (threat 60).
  if (!name) throw new ApiError('BW-5001');
  const address = services.addressOf(c);
  guesses.check(address);
  const found =
    name.prefix === 'bwu'
      ? await personOf(services, bearer, name.id)
      : await serviceOf(services, bearer, name.id);
  if (found) return found;
  await guesses.count(objects.identity(), address);
  throw new ApiError('BW-5001');
}

async function personOf(
  services: ApiServices,
  bearer: string,
  id: string,
): Promise<Person | undefined> {
  const grant = await services.objects.identity().grantOfAccess(bearer);
  if (grant) return memberOf(services, grant.user, grant.organisation, grant.scopes);
  const found = await verified(services, bearer, id, 'personal');
  if (!found?.record.creator) return undefined;
  const { record, organisationId } = found;
  return memberOf(services, found.record.creator, { id: organisationId }, record.scopes);
}

/** GitHub's word on the person, at every call (threat 32). @throws ApiError */
async function memberOf(
  { objects }: ApiServices,
  user: Account,
  organisation: { id: number; login?: string },
  scopes: readonly Scope[],
): Promise<Person> {
  const { id, login } = organisation;
  const { membership } = await objects.org(id).membership(user.id);
  if (membership.kind !== 'member') {
    const parameters = { login: user.login };
    // Of the organisations that a login reaches nothing is known here.
    const denial =
      membership.kind === 'none' ? undefined : denialOf(membership, { user, organisations: [] });
    throw new ApiError(denial ?? { kind: 'not-member', parameters });
  }
  const { role } = membership;
  const actor = `gh:${user.id}`;
  return {
    kind: 'person',
    actor,
    user,
    organisationId: id,
    organisationLogin: login,
    role,
    scopes,
  };
}

async function serviceOf(
  services: ApiServices,
  bearer: string,
  id: string,
): Promise<Service | undefined> {
  const found = await verified(services, bearer, id, 'service');
  if (!found) return undefined;
  const { organisationId, record } = found;
  const { scopes, binding } = record;
  return { kind: 'service', actor: `token:${record.id}`, organisationId, scopes, binding };
}

async function verified(
  { objects }: ApiServices,
  bearer: string,
  id: string,
  kind: 'personal' | 'service',
): Promise<{ organisationId: number; record: TokenRecord } | undefined> {
  const organisationId = await objects.identity().homeOfToken(id);
  if (organisationId === undefined) return undefined;
  const outcome = await objects.org(organisationId).verifyToken(bearer, kind);
  if (outcome.kind === 'valid') return { organisationId, record: outcome.record };
  // Whoever has the secret may know why it is of no use any more.
  if (outcome.kind !== 'unknown') throw new ApiError('BW-5009', { reason: outcome.kind });
  return undefined;
}

/** Name of the organisation, as far as it is known here. */
export async function organisationLoginOf(
  { objects }: Pick<ApiServices, 'objects'>,
  principal: Person | Service,
): Promise<string> {
  if (principal.kind === 'person' && principal.organisationLogin !== undefined) {
    return principal.organisationLogin;
  }
  const [cluster] = await objects.org(principal.organisationId).clusters();
  return cluster?.organisation.login ?? String(principal.organisationId);
}

/** Everything that changes something needs the scope for it. @throws ApiError */
export function mayChange(principal: Principal): void {
  if (principal.kind !== 'operator' && !principal.scopes.includes('intercept')) {
    throw forbidden('the token lacks the scope “intercept”');
  }
}

export function isAdmin(principal: Principal): boolean {
  return (
    principal.kind === 'operator' || (principal.kind === 'person' && principal.role === 'admin')
  );
}

/** @throws ApiError */
export function adminOnly(principal: Principal): asserts principal is Operator | Person {
  if (!isAdmin(principal))
    throw forbidden('only an owner of the organisation at GitHub may do this');
}
