/** `/api/v1/clusters` */
import { Hono } from 'hono';
import { bodyOf } from './body.ts';
import { ApiError, invalid, noCluster, valueOf } from './failure.ts';
import { clusterFor, isBoundTo, organisationFor, ownOrganisation } from './places.ts';
import {
  adminOnly,
  mayChange,
  organisationLoginOf,
  type ApiEnv,
  type Operator,
  type Person,
} from './principal.ts';
import { changedCluster, newCluster } from './schemas.ts';
import type { ApiServices } from './services.ts';

export function clusterRoutes(services: ApiServices): Hono<ApiEnv> {
  const { objects } = services;
  const routes = new Hono<ApiEnv>();
  routes.post('/', async (c) => {
    const principal = c.get('principal');
    mayChange(principal);
    adminOnly(principal);
    const { name, organisation, shards = services.shards } = await bodyOf(c, newCluster);
    const { id, login } = await ownerOf(principal, organisation);
    const made = await objects.org(id).register(name, login, shards);
    const { cluster, token } = valueOf(made);
    await note(id, principal.actor, 'cluster.create', cluster.key, { name, shards });
    return c.json({ ...cluster, token }, 201);
  });
  routes.get('/', async (c) => {
    const principal = c.get('principal');
    const clusters = await objects.org(organisationFor(principal, c)).clusters();
    const seen =
      principal.kind === 'service'
        ? clusters.filter(({ key }) => isBoundTo(principal, key))
        : clusters;
    return c.json({ clusters: seen });
  });
  routes.get('/:key', async (c) => {
    const key = c.req.param('key');
    const { cluster } = await clusterFor(services, c.get('principal'), key);
    const status = await cluster.status();
    if (!status) throw noCluster(key);
    return c.json({ key, shards: status });
  });
  routes.patch('/:key', async (c) => {
    const key = c.req.param('key');
    const principal = c.get('principal');
    const { cluster, organisationId } = await clusterFor(services, principal, key);
    mayChange(principal);
    adminOnly(principal);
    const { shards } = await bodyOf(c, changedCluster);
    const now = valueOf(await cluster.raiseShards(shards));
    if (now > shards) {
      const reason = `shards: the cluster has ${now}; the number is never lowered`;
      throw new ApiError('BW-5004', { reason });
    }
    await note(organisationId, principal.actor, 'cluster.shards', key, { shards });
    return c.json({ key, shards: (await cluster.status()) ?? [] });
  });
  routes.delete('/:key', async (c) => {
    const key = c.req.param('key');
    const principal = c.get('principal');
    const { cluster, organisationId } = await clusterFor(services, principal, key);
    mayChange(principal);
    adminOnly(principal);
    if (!(await cluster.retire())) throw noCluster(key);
    await note(organisationId, principal.actor, 'cluster.remove', key, {});
    return c.body(null, 204);
  });
  return routes;

  /** People register clusters of their own organisation; it need not be named. */
  async function ownerOf(
    principal: Operator | Person,
    named: { id: number; login: string } | undefined,
  ): Promise<{ id: number; login: string }> {
    if (principal.kind === 'operator') {
      if (!named) throw invalid('organisation: the operator has to name it');
      return named;
    }
    const id = ownOrganisation(principal, named?.id ?? principal.organisationId);
    return { id, login: named?.login ?? (await organisationLoginOf(services, principal)) };
  }

  function note(
    organisationId: number,
    actor: string,
    action: string,
    subject: string,
    details: Record<string, unknown>,
  ): Promise<void> {
    return objects.org(organisationId).note({ actor, action, subject, details });
  }
}
