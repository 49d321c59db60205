/** Clusters that come and go, by one set of rules for API and dashboard. */
import type { z } from 'zod';
import type { ClusterRecord } from '../objects/calls.ts';
import { invalid, noCluster, valueOf } from './failure.ts';
import { clusterFor, ownOrganisation } from './places.ts';
import {
  adminOnly,
  mayChange,
  organisationLoginOf,
  type Operator,
  type Person,
  type Principal,
} from './principal.ts';
import type { newCluster } from './schemas.ts';
import type { ApiServices } from './services.ts';

export type ClusterWish = z.output<typeof newCluster>;
type Services = Pick<ApiServices, 'objects' | 'shards'>;

/** The token of its connector is returned this once. @throws ApiError */
export async function registerCluster(
  services: Services,
  principal: Principal,
  { name, organisation, shards = services.shards }: ClusterWish,
): Promise<{ cluster: ClusterRecord; token: string }> {
  mayChange(principal);
  adminOnly(principal);
  const { id, login } = await ownerOf(services, principal, organisation);
  const org = services.objects.org(id);
  const made = valueOf(await org.register(name, login, shards));
  const { actor } = principal;
  const { key: subject } = made.cluster;
  await org.note({ actor, action: 'cluster.create', subject, details: { name, shards } });
  return made;
}

/** With its tokens, previews and tunnels. @throws ApiError */
export async function removeCluster(
  services: Pick<Services, 'objects'>,
  principal: Principal,
  key: string,
): Promise<void> {
  const { cluster, organisationId } = await clusterFor(services, principal, key);
  mayChange(principal);
  adminOnly(principal);
  if (!(await cluster.retire())) throw noCluster(key);
  const { actor } = principal;
  const row = { actor, action: 'cluster.remove', subject: key, details: {} };
  await services.objects.org(organisationId).note(row);
}

/** People register clusters of their own organisation; it need not be named. */
async function ownerOf(
  services: Services,
  principal: Operator | Person,
  named: ClusterWish['organisation'],
): Promise<{ id: number; login: string }> {
  if (principal.kind === 'operator') {
    if (!named) throw invalid('organisation: the operator has to name it');
    return named;
  }
  const id = ownOrganisation(principal, named?.id ?? principal.organisationId);
  const login = named?.login ?? (await organisationLoginOf(services, principal));
  return { id, login };
}
