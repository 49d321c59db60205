/** Who may make, see, rotate and revoke which tokens: one set of rules for API and dashboard. */
import type { Account } from '../objects/calls.ts';
import type { Binding, NewToken, TokenRecord } from '../objects/stores/token-record.ts';
import type { MadeToken } from '../objects/stores/tokens.ts';
import { forbidden, invalid, noPreview, noToken, valueOf } from './failure.ts';
import { clusterFor, ownOrganisation, previewFor } from './places.ts';
import { isAdmin, mayChange, type Operator, type Person, type Principal } from './principal.ts';
import type { newToken } from './schemas.ts';
import type { ApiServices } from './services.ts';

const clusterKeyCharacters = 8;

export type TokenWish = ReturnType<typeof newToken.parse>;

export type TokenAt = { organisationId: number; record: TokenRecord };

/** All of it throws ApiError. */
export interface TokenRules {
  make(principal: Operator | Person, wish: TokenWish): Promise<MadeToken>;
  /** Of members their own, of others all. */
  list(principal: Operator | Person, organisationId: number): Promise<TokenRecord[]>;
  /** The token, if the caller may give it a new secret. */
  toRotate(principal: Operator | Person, id: string): Promise<TokenAt>;
  rotate(principal: Operator | Person, at: TokenAt, graceS?: number): Promise<MadeToken>;
  revoke(principal: Operator | Person, id: string): Promise<void>;
  mayRotate(principal: Operator | Person, record: TokenRecord): Promise<boolean>;
}

export function tokenRules(services: Pick<ApiServices, 'objects'>): TokenRules {
  const { objects } = services;
  return { make, list, toRotate, rotate, revoke, mayRotate };

  async function make(principal: Operator | Person, wish: TokenWish): Promise<MadeToken> {
    mayChange(principal);
    const organisationId = organisationOf(principal, wish);
    const binding = await bindingOf(principal, wish);
    const input: NewToken = {
      kind: wish.kind,
      name: wish.name,
      scopes: scopesFor(principal, wish),
      binding,
      creator: principal.kind === 'person' ? principal.user : undefined,
      expiresInS: wish.expires_in_s,
    };
    return valueOf(await objects.org(organisationId).makeToken(input, principal.actor), 'BW-5002');
  }

  function list(principal: Operator | Person, organisationId: number): Promise<TokenRecord[]> {
    const isAll = principal.kind === 'operator' || isAdmin(principal);
    const filter = isAll ? {} : { creatorId: principal.user.id };
    return objects.org(organisationId).tokens(filter);
  }

  async function toRotate(principal: Operator | Person, id: string): Promise<TokenAt> {
    const at = await tokenFor(principal, id);
    mayChange(principal);
    if (await mayRotate(principal, at.record)) return at;
    throw forbidden('a new secret is for the person whose token it is');
  }

  async function rotate(
    principal: Operator | Person,
    { organisationId, record }: TokenAt,
    graceS?: number,
  ): Promise<MadeToken> {
    const graceMs = graceS === undefined ? undefined : graceS * 1000;
    const org = objects.org(organisationId);
    return valueOf(await org.rotateToken(record.id, graceMs, principal.actor), 'BW-5002');
  }

  async function revoke(principal: Operator | Person, id: string): Promise<void> {
    const { organisationId, record } = await tokenFor(principal, id);
    mayChange(principal);
    if (await objects.org(organisationId).revokeToken(record.id, principal.actor)) return;
    throw noToken(record.id);
  }

  /** Bound to what the caller may give away, and to one thing only. @throws ApiError */
  async function bindingOf(principal: Operator | Person, wish: TokenWish): Promise<Binding> {
    const { kind, cluster, preview, repository_id: repository } = wish;
    const named = [cluster, preview, repository].filter((each) => each !== undefined);
    if (named.length > 1) throw invalid('cluster, preview, repository_id: name one of them');
    if (kind === 'personal') {
      if (principal.kind === 'operator') {
        throw invalid('kind: a personal token belongs to a person, who makes it');
      }
      if (named.length > 0) throw invalid('kind: a personal token is bound to nothing');
      return { kind: 'organisation' };
    }
    if (preview !== undefined && kind === 'service') return previewBinding(principal, wish);
    if (!isAdmin(principal)) {
      throw forbidden(
        'members make personal tokens, and service tokens for previews of theirs; the rest is for owners of the organisation at GitHub',
      );
    }
    if (cluster !== undefined) {
      const { organisationId } = await clusterFor(services, principal, cluster);
      sameOrganisation(principal, wish, organisationId);
      return { kind: 'cluster', key: cluster };
    }
    if (kind === 'connector') throw invalid('cluster: a connector’s token needs it');
    if (repository !== undefined) return { kind: 'repository', id: repository };
    return { kind: 'organisation' };
  }

  async function previewBinding(principal: Operator | Person, wish: TokenWish): Promise<Binding> {
    const label = wish.preview ?? '';
    const { organisationId, preview } = await previewFor(services, principal, label);
    sameOrganisation(principal, wish, organisationId);
    if (!isAdmin(principal) && !isOwn(principal, preview.owner)) {
      throw forbidden(`only ${preview.owner.login} may make tokens for this preview`);
    }
    return { kind: 'preview', label };
  }

  /** The operator names organisation and thing apart from each other. */
  function sameOrganisation(
    principal: Operator | Person,
    wish: TokenWish,
    organisationId: number,
  ): void {
    if (organisationOf(principal, wish) !== organisationId) {
      throw wish.preview === undefined
        ? invalid('cluster: belongs to another organisation')
        : noPreview(wish.preview);
    }
  }

  /** The id of a connector's token begins with the key of its cluster. */
  async function homeOf(id: string): Promise<number | undefined> {
    const home = await objects.identity().homeOfToken(id);
    return home ?? objects.cluster(id.slice(0, clusterKeyCharacters))?.organisation();
  }

  /**
   * Members find tokens that they made and those for previews of theirs, owners of the organisation
   * all. @throws ApiError
   */
  async function tokenFor(
    principal: Operator | Person,
    id: string,
  ): Promise<{ organisationId: number; record: TokenRecord }> {
    if (!/^[0-9A-Za-z]{12}$/.test(id)) throw noToken(id);
    const organisationId =
      principal.kind === 'operator' ? await homeOf(id) : principal.organisationId;
    if (organisationId === undefined) throw noToken(id);
    const record = await objects.org(organisationId).token(id);
    if (!record) throw noToken(id);
    const isSeen =
      isAdmin(principal) ||
      (record.creator && isOwn(principal, record.creator)) ||
      (await isForOwnPreview(principal, record));
    if (!isSeen) throw noToken(id);
    return { organisationId, record };
  }

  /** Whoever gets the new secret can act by it: nobody as another person, no member beyond their own. */
  async function mayRotate(principal: Operator | Person, record: TokenRecord): Promise<boolean> {
    const { kind, creator } = record;
    if (kind === 'personal') return creator !== undefined && isOwn(principal, creator);
    return isAdmin(principal) || isForOwnPreview(principal, record);
  }

  async function isForOwnPreview(
    principal: Operator | Person,
    { binding }: TokenRecord,
  ): Promise<boolean> {
    if (binding.kind !== 'preview') return false;
    const { label } = binding;
    const preview = await objects.clusterOfLabel(label)?.find(label);
    return preview !== undefined && isOwn(principal, preview.owner);
  }
}

/** @throws ApiError */
export function peopleOnly(principal: Principal): Operator | Person {
  if (principal.kind === 'service')
    throw forbidden('a service token has nothing to do with tokens');
  return principal;
}

function organisationOf(principal: Operator | Person, { organisation }: TokenWish): number {
  const id = organisation ?? (principal.kind === 'person' ? principal.organisationId : undefined);
  if (id === undefined) throw invalid('organisation: the operator has to name it');
  return ownOrganisation(principal, id);
}

/** Nobody makes a token that may more than their own. @throws ApiError */
function scopesFor(principal: Operator | Person, { kind, scopes }: TokenWish): TokenWish['scopes'] {
  if (principal.kind === 'operator' || kind === 'connector') return scopes;
  const wanted = scopes ?? (kind === 'personal' ? [...principal.scopes] : ['view' as const]);
  if (wanted.every((scope) => principal.scopes.includes(scope))) return wanted;
  throw forbidden('the token would have scopes that yours lacks');
}

function isOwn(principal: Operator | Person, owner: Account): boolean {
  return principal.kind === 'person' && principal.user.id === owner.id;
}
