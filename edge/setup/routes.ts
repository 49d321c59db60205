/**
 * `/dashboard/setup` of an edge that has no GitHub App: the operator registers one by GitHub's manifest
 * flow (https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest).
 * Once there is one, the dashboard's own page is there instead.
 */
import { Hono } from 'hono';
import type { Page } from '#protocol/pages.ts';
import { manifestOf, registrationUrl } from '#github-app/registration/manifest.ts';
import { orphanPage, pageOf } from '#github-app/registration/registered-app.ts';
import { ApiError } from '../api/failure.ts';
import { Guesses } from '../api/guesses.ts';
import { clearCookie, cookieName, setCookie } from '../gate/cookies.ts';
import { denialPage } from '../login/denials.ts';
import { seeOther, withCookies } from '../login/page.ts';
import { one, ownForm, responseOf, visitOf, type Visit } from '../login/visit.ts';
import { isAmong } from '../objects/stores/services.ts';
import {
  byHandPage,
  donePage,
  failedPage,
  formPage,
  onwardsPage,
  setupCallbackPath,
  setupPath,
} from './pages.ts';
import type { SetupServices } from './ports.ts';
import { register } from './register.ts';
import { begin, finish, setupLifeS } from './transaction.ts';
import { wishOf } from './wish.ts';

const codePattern = /^[\w-]{1,255}$/;

export function setupRoutes(services: SetupServices): Hono {
  const guesses = new Guesses(services.clock);
  const app = new Hono();
  app.get('/', () => responseOf(seeOther(setupPath)));
  app.get('/dashboard', () => responseOf(seeOther(setupPath)));
  app.get(setupPath, () => responseOf(formPage()));
  app.post(setupPath, async (c) =>
    responseOf(await start(services, guesses, visitOf(services, c))),
  );
  app.get(setupCallbackPath, async (c) =>
    responseOf(
      withCookies(await complete(services, visitOf(services, c)), [clearCookie(cookieName.setup)]),
    ),
  );
  return app;
}

async function start(services: SetupServices, guesses: Guesses, visit: Visit): Promise<Page> {
  const read = await ownForm(services, visit);
  if (!read.ok) return read.page;
  const { form } = read;
  const refusal = await operatorFault(services, guesses, visit, one(form, 'token') ?? '');
  if (refusal) return refusal === 'wrong' ? formPage({ ...wrongToken, given: form }) : refusal;
  const appUrl = services.appOrigin();
  const found = wishOf(form, appUrl);
  if ('faults' in found) return formPage({ faults: found.faults, given: form, status: 400 });
  const { wish } = found;
  const { cookie, state } = await begin(services, wish);
  const { name, deployments, organisation, place } = wish;
  const redirectUrl = `${appUrl}${setupCallbackPath}`;
  const manifest = JSON.stringify(manifestOf({ name, appUrl, redirectUrl, deployments }));
  const action = registrationUrl(place.webUrl, organisation, state);
  return withCookies(onwardsPage(action, manifest), [
    // GitHub's redirect is a navigation from another site.
    setCookie(cookieName.setup, cookie, { sameSite: 'Lax', maxAgeS: setupLifeS }),
  ]);
}

const wrongToken = { fault: 'This is not the operator token of this edge.', status: 403 };

/** undefined: it is the operator's (threat 60: guesses are counted by address). */
async function operatorFault(
  { tokenHash, operatorHashes, identity }: SetupServices,
  guesses: Guesses,
  { address, accept }: Visit,
  token: string,
): Promise<'wrong' | Page | undefined> {
  try {
    guesses.check(address);
    if (isAmong(await tokenHash.of(token), operatorHashes)) return undefined;
    await guesses.count(identity(), address);
    return 'wrong';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return denialPage({ kind: 'too-many', retryAfterMs: 60_000 }, accept);
  }
}

async function complete(services: SetupServices, visit: Visit): Promise<Page> {
  const cookie = visit.cookies.values.get(cookieName.setup);
  const wish = await finish(services, cookie, one(visit.query, 'state'));
  const code = one(visit.query, 'code');
  if (!wish || code === undefined || !codePattern.test(code)) {
    return denialPage({ kind: 'bad-callback' }, visit.accept);
  }
  const { place, organisation } = wish;
  const made = await register(services, wish, code);
  const orphan = orphanPage(place, organisation, made.app);
  if (!made.ok) return failedPage(made.fault, orphan, made.app !== undefined);
  const { app, texts } = made;
  const installationUrl = `${pageOf(place, app)}/installations/new`;
  const done = { slug: app.slug, organisation: app.owner.login, installationUrl };
  if (!services.store) return byHandPage(done, texts);
  try {
    const { where } = await services.store.save(texts);
    services.log.info({ app: app.slug, where }, 'a GitHub App was set up');
    return donePage(done, where);
  } catch (error) {
    services.log.warn({ error: String(error) }, 'the GitHub App was not stored');
    return failedPage((error as Error).message, orphan, true);
  }
}
