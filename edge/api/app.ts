/** The app host: health, OpenAPI document, login, webhooks, reports and `/api/v1`. */
import { Hono, type Context, type Next } from 'hono';
import { dashboardRoutes } from '../dashboard/routes.ts';
import { loginRoutes } from '../login/routes.ts';
import { clusterRoutes } from './clusters.ts';
import { endingRoutes } from './endings.ts';
import { ApiError, failure } from './failure.ts';
import { Guesses } from './guesses.ts';
import { workflowExchange } from './oidc.ts';
import { openApi } from './openapi.ts';
import { interceptRoutes } from './intercepts.ts';
import { organisationRoutes } from './organisation.ts';
import { previewRoutes } from './previews.ts';
import { principalOf, type ApiEnv } from './principal.ts';
import { setupRoutes } from '../setup/routes.ts';
import { reportRoutes } from './report.ts';
import type { ApiServices } from './services.ts';
import { tokenRoutes } from './tokens.ts';
import { gitHubWebhook } from './webhooks.ts';

export type { ApiServices, GitHubAccess } from './services.ts';

export function appOf(services: ApiServices): Hono {
  const { login, github } = services;
  const report = services.report ?? ((error: Error) => console.error(error));
  const app = new Hono();
  app.notFound((c) => failure(c, new ApiError('BW-1005', { path: c.req.path })));
  app.onError((error, c) => {
    if (error instanceof ApiError) return failure(c, error);
    report(error);
    return failure(c, new ApiError('BW-9001'));
  });
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/api/v1/openapi.json', (c) => c.json(openApi(services.appUrl(), services.version)));
  if (login) {
    app.route('/', loginRoutes(login));
    app.route(
      '/',
      dashboardRoutes({ ...services, login, report, parts: services.dashboard ?? {} }),
    );
  }
  if (!login && services.setup) app.route('/', setupRoutes(services.setup));
  app.route('/report', reportRoutes(services));
  if (github) {
    app.post('/webhooks/github', gitHubWebhook(services, github));
    app.post('/api/v1/oidc', noStore, workflowExchange(services, github));
  }
  app.route('/api/v1', api(services));
  return app;
}

function api(services: ApiServices): Hono<ApiEnv> {
  const guesses = new Guesses(services.clock);
  const routes = new Hono<ApiEnv>();
  routes.use('*', noStore, async (c, next) => {
    c.set('principal', await principalOf(services, guesses, c));
    await next();
  });
  routes.route('/clusters', clusterRoutes(services));
  routes.route('/intercepts', interceptRoutes(services));
  routes.route('/previews', previewRoutes(services));
  routes.route('/previews', endingRoutes(services));
  routes.route('/tokens', tokenRoutes(services));
  routes.route('/', organisationRoutes(services));
  return routes;
}

async function noStore(c: Context, next: Next): Promise<void> {
  c.header('cache-control', 'no-store');
  c.header('x-content-type-options', 'nosniff');
  await next();
}
