/** `/api/v1/intercepts`: all of a cluster's, with a preview or without; the connector tells of them. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { InterceptView } from '../objects/calls.ts';
import { noCluster } from './failure.ts';
import { endIntercept } from './intercept-changes.ts';
import { clusterFor } from './places.ts';
import type { ApiEnv } from './principal.ts';
import type { ApiServices } from './services.ts';

const time = z.iso.datetime();

export const interceptSchema = z.object({
  id: z.string(),
  name: z.string(),
  workload: z.string(),
  namespace: z.string(),
  port: z.object({ name: z.string(), number: z.int() }),
  owner: z.object({ id: z.int(), login: z.string() }),
  laptop: z.string(),
  mechanism: z.enum(['http', 'tcp']),
  headers: z.array(z.string()).describe('Names of the headers that it matches, never their values'),
  state: z.string().describe('starting, active, waiting (the laptop is away), or one to come'),
  created_at: time,
  waiting_since: time.nullable(),
  connected: z.boolean().describe('false: the connector is away, and this is what it said last'),
});

export const interceptList = z.object({ intercepts: z.array(interceptSchema) });

export function interceptRoutes(services: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get('/', async (c) => {
    const key = c.req.query('cluster') ?? '';
    const { cluster } = await clusterFor(services, c.get('principal'), key);
    const intercepts = await cluster.intercepts();
    if (!intercepts) throw noCluster(key);
    return c.json({ intercepts: intercepts.map(answerOf) });
  });
  routes.delete('/:cluster/:id', async (c) => {
    const { cluster, id } = c.req.param();
    await endIntercept(services, c.get('principal'), cluster, id);
    return c.body(null, 204);
  });
  return routes;
}

function answerOf({ createdMs, waitingSinceMs, ...rest }: InterceptView) {
  return {
    ...rest,
    created_at: new Date(createdMs).toISOString(),
    waiting_since: waitingSinceMs === null ? null : new Date(waitingSinceMs).toISOString(),
  };
}
