/** `/api/v1/clusters` */
import { Hono } from 'hono';
import { bodyOf } from './body.ts';
import { registerCluster, removeCluster } from './cluster-changes.ts';
import { ApiError, noCluster, valueOf } from './failure.ts';
import { clusterFor, isBoundTo, organisationFor } from './places.ts';
import { adminOnly, mayChange, type ApiEnv } from './principal.ts';
import { changedCluster, newCluster } from './schemas.ts';
import type { ApiServices } from './services.ts';

export function clusterRoutes(services: ApiServices): Hono<ApiEnv> {
  const { objects } = services;
  const routes = new Hono<ApiEnv>();
  routes.post('/', async (c) => {
    const principal = c.get('principal');
    mayChange(principal);
    adminOnly(principal);
    const wish = await bodyOf(c, newCluster);
    const { cluster, token } = await registerCluster(services, principal, wish);
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
    const row = { actor: principal.actor, action: 'cluster.shards', subject: key };
    await objects.org(organisationId).note({ ...row, details: { shards } });
    return c.json({ key, shards: (await cluster.status()) ?? [] });
  });
  routes.delete('/:key', async (c) => {
    await removeCluster(services, c.get('principal'), c.req.param('key'));
    return c.body(null, 204);
  });
  return routes;
}
