/** Where an app is sent events, which it may change itself. */
import { ok } from '../reply.ts';
import type { App } from '../world.ts';
import { asApp, type Operations } from './call.ts';

interface Wanted {
  readonly url?: string;
  readonly secret?: string;
}

export const hookConfigOperations: Operations = {
  'apps/get-webhook-config-for-app': asApp((_call, { app }) => ok(shapeOf(app))),

  'apps/update-webhook-config-for-app': asApp((call, { app }) => {
    const { url, secret } = call.body as Wanted;
    app.webhook_url = url ?? app.webhook_url;
    app.webhook_secret = secret ?? app.webhook_secret;
    return ok(shapeOf(app));
  }),
};

/** The secret is never told. */
function shapeOf({ webhook_url }: App) {
  return {
    content_type: 'json',
    insecure_ssl: '0',
    secret: '********',
    ...(webhook_url === null ? {} : { url: webhook_url }),
  };
}
