/** `/api/v1/previews/{label}/ending`: why a preview is over, and by whose word. */
import { Hono } from 'hono';
import { z } from 'zod';
import { endReasons } from '../objects/calls.ts';
import { invalid, noEnding } from './failure.ts';
import { shardFor } from './places.ts';
import type { ApiEnv } from './principal.ts';
import type { ApiServices } from './services.ts';

export const endingSchema = z.object({
  label: z.string(),
  reason: z
    .enum(endReasons)
    .describe(
      'removed; left (with its intercept); expired (its time was up); idle (nobody used it); pull-request (that was closed)',
    ),
  ended_at: z.iso.datetime(),
  ended_by: z
    .string()
    .nullable()
    .describe('a login at GitHub, “operator” or “a service”; null: nobody’s word'),
});

export function endingRoutes(services: ApiServices): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get('/:label/ending', async (c) => {
    const label = c.req.param('label');
    const { shard } = await shardFor(services, c.get('principal'), label);
    const ending = await shard.ending(label);
    if (!ending) throw noEnding(label);
    const { reason, atMs, by = null } = ending;
    return c.json({ label, reason, ended_at: new Date(atMs).toISOString(), ended_by: by });
  });
  return routes;
}

/** What a caller may give as reason, in the query of a `DELETE`. @throws ApiError */
export function removalReason(text: string | undefined): 'removed' | 'left' {
  if (text === undefined || text === 'removed') return 'removed';
  if (text === 'left') return 'left';
  throw invalid('reason: must be removed or left');
}
