/** What holds for a whole organisation: `/api/v1/{me,policy,stop-all,audit}`. */
import { Hono } from 'hono';
import { allScopes } from '../login/scopes.ts';
import { bodyOf } from './body.ts';
import { forbidden, invalid, valueOf } from './failure.ts';
import { organisationFor } from './places.ts';
import { adminOnly, mayChange, organisationLoginOf, type ApiEnv } from './principal.ts';
import { policyChange } from './schemas.ts';
import type { ApiServices } from './services.ts';

export function organisationRoutes(services: ApiServices): Hono<ApiEnv> {
  const { objects } = services;
  const routes = new Hono<ApiEnv>();
  routes.get('/me', async (c) => {
    const principal = c.get('principal');
    const { kind } = principal;
    if (kind === 'operator') {
      return c.json({ kind, user: null, organisation: null, scopes: allScopes });
    }
    return c.json({
      kind,
      user: kind === 'person' ? principal.user : null,
      organisation: {
        id: principal.organisationId,
        login: await organisationLoginOf(services, principal),
      },
      scopes: principal.scopes,
    });
  });
  routes.get('/policy', async (c) => {
    const principal = c.get('principal');
    if (principal.kind === 'service') throw forbidden('the policy is for members to see');
    return c.json(await objects.org(organisationFor(principal, c)).policy());
  });
  routes.patch('/policy', async (c) => {
    const principal = c.get('principal');
    const id = organisationFor(principal, c);
    mayChange(principal);
    adminOnly(principal);
    const patch = await bodyOf(c, policyChange);
    return c.json(valueOf(await objects.org(id).setPolicy(patch, principal.actor), 'BW-5002'));
  });
  routes.post('/stop-all', async (c) => {
    const principal = c.get('principal');
    const id = organisationFor(principal, c);
    mayChange(principal);
    adminOnly(principal);
    const patch = { public_allowed: false };
    const stopped = await objects.org(id).setPolicy(patch, principal.actor, 'stop-all');
    return c.json(valueOf(stopped, 'BW-5002'));
  });
  routes.get('/audit', async (c) => {
    const principal = c.get('principal');
    const id = organisationFor(principal, c);
    adminOnly(principal);
    const { actor, action, since, limit, cursor } = c.req.query();
    const filter = {
      actor,
      action,
      sinceMs: since === undefined ? undefined : timeOf(since),
      limit: limit === undefined ? undefined : numberOf(limit),
      cursor,
    };
    const { entries, next } = valueOf(await objects.org(id).audit(filter), 'BW-5002');
    return c.json({
      entries: entries.map(({ atMs, ...rest }) => ({ ...rest, at: new Date(atMs).toISOString() })),
      next: next ?? null,
    });
  });
  return routes;
}

/** ISO 8601 with its zone. @throws ApiError */
function timeOf(text: string): number {
  const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;
  const ms = iso.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw invalid('since: must be a time such as 2026-01-31T12:00:00Z');
  return ms;
}

/** @throws ApiError */
function numberOf(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw invalid('limit: must be a whole number');
  return Number(text);
}
