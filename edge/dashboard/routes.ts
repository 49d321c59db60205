/** The dashboard's routes on the app host; mount them at `/`. */
import { Hono, type Context } from 'hono';
import type { Page } from '#protocol/pages.ts';
import { ApiError } from '../api/failure.ts';
import { tokenRules } from '../api/token-rules.ts';
import { loginOf } from '../login/github-login.ts';
import { denialPage } from '../login/denials.ts';
import { html, htmlPage, jsonPage, seeOther, withCookies } from '../login/page.ts';
import { responseOf, visitOf, type Visit } from '../login/visit.ts';
import { auditExport } from './audit-export.ts';
import { auditPage } from './audit-page.ts';
import * as changes from './changes.ts';
import { registered } from './cluster-forms.ts';
import { clustersPage } from './clusters-page.ts';
import { dashCookie } from './dash-cookie.ts';
import { enter, enterWithForm, type Session } from './entry.ts';
import { Events, isOwnListener } from './events.ts';
import { Feed } from './feed.ts';
import { liveScript, scriptPath } from './live-script.ts';
import { policyPage } from './policy-page.ts';
import { previewsPage } from './previews-page.ts';
import type { DashboardServices } from './services.ts';
import { setupPage } from './setup-page.ts';
import { secretPage, tokenWishOf } from './token-forms.ts';
import { tokensPage } from './tokens-page.ts';
import { welcomePage } from './welcome-page.ts';

type View = (session: Session, visit: Visit) => Promise<Page>;

export function dashboardRoutes(services: DashboardServices): Hono {
  const { login: forLogin } = services;
  const events = new Events(services, new Feed(services));
  const rules = tokenRules(services);
  const app = new Hono();

  /** Reading. The Strict cookie comes with it, so that the forms of the page may be sent. */
  const page = (view: View) => async (c: Context) => {
    const visit = visitOf(forLogin, c);
    const entry = await enter(services, visit, c.req.raw);
    if (!entry.ok) return responseOf(entry.page);
    const { session } = entry;
    const shown = await orError(services, visit, () => view(session, visit));
    if (session.isOwn) return responseOf(shown);
    return responseOf(withCookies(shown, [await dashCookie(forLogin, session.login)]));
  };
  const form = (change: changes.Change) => async (c: Context) => {
    const visit = visitOf(forLogin, c);
    const entry = await enterWithForm(services, visit, c.req.raw);
    if (!entry.ok) return responseOf(entry.page);
    const parameter = (name: string): string => c.req.param(name) ?? '';
    const { session, form: sent } = entry;
    const change_ = () => change(services, session, sent, parameter);
    return responseOf(await orError(services, visit, change_));
  };
  const done = ({ query }: Visit): string | undefined => query.get('done') ?? undefined;

  app.get('/', async (c) => {
    const login = await loginOf(forLogin, visitOf(forLogin, c));
    return responseOf(login ? seeOther('/dashboard') : welcomePage());
  });
  app.get(scriptPath, () => responseOf(scriptFile()));
  app.get(
    '/dashboard',
    page((session, visit) => previewsPage(services, session, done(visit))),
  );
  app.get(
    '/dashboard/clusters',
    page((session, visit) => clustersPage(services, session, done(visit))),
  );
  app.get(
    '/dashboard/tokens',
    page((session, visit) => tokensPage(services, session, done(visit))),
  );
  app.get(
    '/dashboard/policy',
    page((session, visit) => policyPage(services, session, done(visit))),
  );
  app.get(
    '/dashboard/audit',
    page((session, { query }) => auditPage(services, session, query)),
  );
  app.get(
    '/dashboard/setup',
    page((session) => setupPage(services, session)),
  );
  for (const type of ['csv', 'jsonl'] as const) {
    app.get(
      `/dashboard/audit.${type}`,
      page((session, { query }) => auditExport(services, session, query, type)),
    );
  }
  app.get('/dashboard/events', async (c) => {
    const visit = visitOf(forLogin, c);
    // Nobody would ever end the stream behind the answer to a HEAD.
    if (c.req.method !== 'GET') {
      const parameters = { reason: 'GET' };
      return responseOf(denialPage({ kind: 'method', parameters }, visit.accept));
    }
    const entry = await enter(services, visit, c.req.raw);
    if (!entry.ok) return responseOf(entry.page);
    const { session } = entry;
    if (isOwnListener(forLogin.appOrigin(), c.req.raw, visit, session)) {
      return events.answer(session, visit);
    }
    return responseOf(denialPage({ kind: 'foreign-form' }, visit.accept));
  });

  app.post('/dashboard/previews/:label/public', form(changes.makePublic));
  app.post('/dashboard/previews/:label/prolong', form(changes.prolong));
  app.post('/dashboard/previews/:label/extend', form(changes.extend));
  app.post('/dashboard/previews/:label/private', form(changes.requireAuthentication));
  app.post('/dashboard/previews/:label/gate', form(changes.chooseGate));
  app.post('/dashboard/previews/:label/remove', form(changes.remove));
  app.post('/dashboard/intercepts/:cluster/:id/end', form(changes.removeIntercept));
  app.post('/dashboard/previews/:label/guests/:user/allow', form(changes.allow));
  app.post('/dashboard/previews/:label/guests/:user/revoke', form(changes.disallow));
  app.post(
    '/dashboard/clusters',
    form((_services, session, sent) => registered(services, session, sent)),
  );
  app.post('/dashboard/clusters/:key/remove', form(changes.dropCluster));
  app.post('/dashboard/policy', form(changes.changePolicy));
  app.post('/dashboard/stop-all', form(changes.stopAll));
  app.post(
    '/dashboard/tokens',
    form(async (_services, session, sent) => {
      const made = await rules.make(session.person, tokenWishOf(sent));
      return secretPage(session, made, 'The token is made');
    }),
  );
  app.post(
    '/dashboard/tokens/:id/rotate',
    form(async (_services, session, _sent, parameter) => {
      const at = await rules.toRotate(session.person, parameter('id'));
      const made = await rules.rotate(session.person, at);
      return secretPage(session, made, 'The token has a new secret');
    }),
  );
  app.post(
    '/dashboard/tokens/:id/revoke',
    form(async (_services, session, _sent, parameter) => {
      await rules.revoke(session.person, parameter('id'));
      return changes.back(session, '/dashboard/tokens', 'revoked');
    }),
  );
  return app;
}

/** What the rules refuse is said on a page of its own, with the way back. */
async function orError(
  services: DashboardServices,
  { accept }: Visit,
  work: () => Promise<Page>,
): Promise<Page> {
  let error: ApiError;
  try {
    return await work();
  } catch (caught) {
    if (!(caught instanceof ApiError)) {
      services.report?.(caught instanceof Error ? caught : new Error(String(caught)));
    }
    error = caught instanceof ApiError ? caught : new ApiError('BW-9001');
  }
  const { title, detail, action, status, code } = error.body.error;
  const fields = ['X-Byway-Error', code];
  if (error.retryAfterS !== undefined) fields.push('Retry-After', String(error.retryAfterS));
  if (accept === undefined || !/\btext\/html\b/i.test(accept)) {
    return jsonPage(status, error.body, fields);
  }
  const content = html`<p>${detail}</p>
    <p>${action}</p>
    <p><a href="/dashboard">Back to the dashboard</a></p>`;
  return htmlPage(title, content, { status, footer: `Byway · ${code} · ${status}`, fields });
}

function scriptFile(): Page {
  const body = new TextEncoder().encode(liveScript);
  return {
    status: 200,
    reason: 'OK',
    fields: [
      ...['Content-Type', 'text/javascript; charset=utf-8', 'Content-Length', String(body.length)],
      ...['Cache-Control', 'no-cache', 'X-Content-Type-Options', 'nosniff'],
      ...['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
      ...['X-Frame-Options', 'DENY', 'Cross-Origin-Opener-Policy', 'same-origin'],
      ...['Cross-Origin-Resource-Policy', 'same-origin'],
    ],
    body,
  };
}
