/** Carries out what is done with an app itself. */
import type { Action } from './action-schemas.ts';
import type { Doing } from './deeds/doing.ts';

type AppAction = Extract<Action, { action: 'configure_app' | 'revoke_authorization' }>;

/** @throws Error saying what is not there */
export function actOnApp({ state, events }: Doing, action: AppAction): void {
  const app = state.app(action.app_id);
  if (app === undefined) throw new Error(`there is no app ${action.app_id}`);
  if (action.action === 'configure_app') {
    const { webhook_url, setup_url, webhook_secret, callback_urls } = action;
    if (webhook_url !== undefined) app.webhook_url = webhook_url;
    if (setup_url !== undefined) app.setup_url = setup_url;
    app.webhook_secret = webhook_secret ?? app.webhook_secret;
    app.callback_urls = callback_urls ?? app.callback_urls;
    return;
  }
  const user = state.userByLogin(action.login);
  if (user === undefined) throw new Error(`there is nobody called ${action.login}`);
  state.tokens.revokeUser(app.id, user.id);
  state.grants.revokeUser(app.id, user.id);
  events.authorizationRevoked(app, user);
}
