/** `/api/v1/tokens`: secrets are shown when they are made and never again (threat 50). */
import { Hono } from 'hono';
import type { TokenRecord } from '../objects/stores/token-record.ts';
import { bodyOf } from './body.ts';
import { organisationFor } from './places.ts';
import { mayChange, type ApiEnv } from './principal.ts';
import { newToken, rotation } from './schemas.ts';
import type { ApiServices } from './services.ts';
import { peopleOnly, tokenRules } from './token-rules.ts';

export function tokenRoutes(services: ApiServices): Hono<ApiEnv> {
  const rules = tokenRules(services);
  const routes = new Hono<ApiEnv>();
  routes.post('/', async (c) => {
    const principal = peopleOnly(c.get('principal'));
    mayChange(principal);
    const made = await rules.make(principal, await bodyOf(c, newToken));
    return c.json({ ...tokenAnswer(made.record), token: made.token }, 201);
  });
  routes.get('/', async (c) => {
    const principal = peopleOnly(c.get('principal'));
    const tokens = await rules.list(principal, organisationFor(principal, c));
    return c.json({ tokens: tokens.map((each) => tokenAnswer(each)) });
  });
  routes.post('/:id/rotate', async (c) => {
    const principal = peopleOnly(c.get('principal'));
    const at = await rules.toRotate(principal, c.req.param('id'));
    const { grace_s: graceS } = await bodyOf(c, rotation, true);
    const made = await rules.rotate(principal, at, graceS);
    return c.json({ ...tokenAnswer(made.record), token: made.token });
  });
  routes.delete('/:id', async (c) => {
    await rules.revoke(peopleOnly(c.get('principal')), c.req.param('id'));
    return c.body(null, 204);
  });
  return routes;
}

/** A row of the list; it has no secret. */
export function tokenAnswer(record: TokenRecord) {
  const { id, kind, name, scopes, binding, creator } = record;
  return {
    id,
    kind,
    name,
    scopes,
    cluster: binding.kind === 'cluster' ? binding.key : null,
    preview: binding.kind === 'preview' ? binding.label : null,
    repository_id: binding.kind === 'repository' ? binding.id : null,
    expires_at: instant(record.expiresMs),
    last_used_at: instant(record.lastUsedMs),
    created_at: new Date(record.createdMs).toISOString(),
    creator: creator ?? null,
  };
}

function instant(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
