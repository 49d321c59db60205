/** The secrets of an app that was made from a manifest: told once. */
import { notFound } from '../reply.ts';
import { appShape } from '../shapes/apps.ts';
import { param, type Operations } from './call.ts';

export const manifestOperations: Operations = {
  'apps/create-from-manifest': (call) => {
    const { state, addresses } = call;
    const appId = state.manifests.take(param(call, 'code'));
    const app = appId === undefined ? undefined : state.app(appId);
    const owner = app && state.organization(app.owner_id);
    if (app === undefined || owner === undefined) throw notFound();
    return {
      status: 201,
      body: {
        ...appShape(app, owner, 0, addresses),
        client_id: app.client_id,
        client_secret: app.client_secret,
        webhook_secret: app.webhook_url === null ? null : app.webhook_secret,
        pem: app.private_key,
      },
    };
  },
};
