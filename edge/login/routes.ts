/** The login's routes on the app host; mount them at `/`. */
import { Hono, type Context } from 'hono';
import type { Page } from '#protocol/pages.ts';
import { askForAccess, askPath } from './ask.ts';
import { authorize } from './authorize.ts';
import { gitHubCallback } from './callback.ts';
import { consent, consentPage } from './consent.ts';
import { decideDevice, devicePage, startDevice } from './device.ts';
import { logout, logoutPage } from './logout.ts';
import { metadata } from './oauth.ts';
import { gitHubCallbackPath, type LoginServices } from './services.ts';
import { revoke, token } from './token.ts';
import { responseOf, visitOf, type Visit } from './visit.ts';

type Answer = (services: LoginServices, visit: Visit) => Page | Promise<Page>;

export function loginRoutes(services: LoginServices): Hono {
  const app = new Hono();
  const by = (answer: Answer) => async (c: Context) =>
    responseOf(await answer(services, visitOf(services, c)));
  app.get('/authorize', by(authorize));
  app.get(gitHubCallbackPath, by(gitHubCallback));
  app.post(askPath, by(askForAccess));
  app.get('/logout', by(logoutPage));
  app.post('/logout', by(logout));
  app.get('/.well-known/oauth-authorization-server', by(metadata));
  app.get('/oauth/authorize', by(consentPage));
  app.post('/oauth/authorize', by(consent));
  app.post('/oauth/token', by(token));
  app.post('/oauth/device_authorization', by(startDevice));
  app.post('/oauth/revoke', by(revoke));
  app.get('/device', by(devicePage));
  app.post('/device', by(decideDevice));
  return app;
}
