/** Who makes a request, from its Authorization header. */
import { appOfJwt } from './app-jwt.ts';
import { ApiError, badCredentials } from './reply.ts';
import type { GitHubState } from './state.ts';
import {
  levels,
  type App,
  type Author,
  type Installation,
  type Permissions,
  type User,
} from './world.ts';

export interface AppActor {
  readonly kind: 'app';
  readonly app: App;
}

export interface InstallationActor {
  readonly kind: 'installation';
  readonly app: App;
  readonly installation: Installation;
  /** Of the token: at most what the installation has by now. */
  readonly permissions: Permissions;
  readonly repositoryIds: readonly number[] | undefined;
}

export interface UserActor {
  readonly kind: 'user';
  readonly app: App;
  readonly user: User;
}

/** An app that shows its client secret, as for revoking tokens. */
export interface ClientActor {
  readonly kind: 'client';
  readonly app: App;
}

export type Actor =
  | { readonly kind: 'anonymous' }
  | AppActor
  | InstallationActor
  | UserActor
  | ClientActor;

/** @throws ApiError 401 when the credential is not good, 403 when the installation is suspended */
export function actorOf(authorization: string | undefined, state: GitHubState): Actor {
  if (authorization === undefined) return { kind: 'anonymous' };
  const [scheme = '', credential = ''] = authorization.trim().split(/\s+/, 2);
  if (/^basic$/i.test(scheme)) return clientOf(credential, state);
  if (!/^(?:bearer|token)$/i.test(scheme)) throw badCredentials();
  if (credential.startsWith('ey')) {
    // "If you are passing a JSON web token (JWT), you must use Authorization: Bearer."
    // https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
    if (!/^bearer$/i.test(scheme)) throw badCredentials();
    return { kind: 'app', app: appOfJwt(credential, state) };
  }
  return holderOf(credential, state);
}

function holderOf(token: string, state: GitHubState): Actor {
  const known = state.tokens.find(token);
  if (known?.kind === 'user') {
    const app = state.app(known.appId);
    const user = state.user(known.userId);
    if (app === undefined || user === undefined) throw badCredentials();
    return { kind: 'user', app, user };
  }
  const installation = known && state.installation(known.installationId);
  const app = installation && state.app(installation.app_id);
  if (known === undefined || installation === undefined || app === undefined) {
    throw badCredentials();
  }
  if (installation.suspended_at !== null) throw suspended();
  return {
    kind: 'installation',
    app,
    installation,
    permissions: stillGranted(known.permissions, installation.permissions),
    repositoryIds: known.repositoryIds,
  };
}

/** https://github.com/octokit/octokit.rb/pull/1307 */
export const suspended = (): ApiError => new ApiError(403, 'This installation has been suspended');

/** A permission that the organisation has taken back ends for tokens of before as well. */
function stillGranted(token: Permissions, installation: Permissions): Permissions {
  const left: Permissions = {};
  for (const [name, level] of Object.entries(token)) {
    const granted = installation[name];
    if (granted === undefined) continue;
    left[name] = levels.indexOf(granted) < levels.indexOf(level) ? granted : level;
  }
  return left;
}

function clientOf(credential: string, state: GitHubState): ClientActor {
  const [id = '', ...secret] = Buffer.from(credential, 'base64').toString().split(':');
  const app = state.appByClientId(id);
  if (app?.client_secret !== secret.join(':')) throw badCredentials();
  return { kind: 'client', app };
}

/** As whom it writes: an installation as its app, a person through one. */
export function authorOf(actor: InstallationActor | UserActor): Author {
  const app_id = actor.app.id;
  return { user_id: actor.kind === 'user' ? actor.user.id : null, app_id };
}
