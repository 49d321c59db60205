/** From GitHub's code to an app that works: its secrets, and the proof that they are good. */
import { missingOf, permissionsOf } from '#github-app/registration/manifest.ts';
import {
  appItself,
  registeredApp,
  wrongFields,
  type RegisteredApp,
} from '#github-app/registration/registered-app.ts';
import { z } from 'zod';
import { appAuthorization } from '../github/app-jwt.ts';
import { pkcs8PemOf, PrivateKeyError } from '../github/private-key.ts';
import { Rest } from '../github/rest.ts';
import type { GitHubTexts } from '../github/settings.ts';
import type { SetupServices } from './ports.ts';
import type { SetupWish } from './wish.ts';

/** `app`: it exists at GitHub, though it cannot be used. */
export type Registered =
  | { ok: true; app: RegisteredApp; texts: GitHubTexts }
  | { ok: false; fault: string; app?: RegisteredApp };

/** A new app is not known everywhere at once: 1, 4 and 9 s. */
const retries = 3;

/** A code is good for one conversion, within the hour. */
export async function register(
  { clock, log, fetch }: SetupServices,
  { place, organisation, deployments }: SetupWish,
  code: string,
): Promise<Registered> {
  const rest = new Rest(place.apiUrl, { clock, log, ...(fetch && { fetch }) }, retries);
  const answer = await rest.call({
    route: 'POST /app-manifests/{code}/conversions',
    parameters: { code },
    shape: z.unknown(),
  });
  if (answer.kind === 'unavailable') {
    return refused(`GitHub’s API at ${place.apiUrl} does not answer`);
  }
  if (answer.kind === 'refused') {
    return refused(
      answer.status === 404
        ? 'GitHub does not know the code: it was used already, or is older than an hour'
        : `GitHub’s API at ${place.apiUrl} answers ${answer.status}`,
    );
  }
  const read = registeredApp.safeParse(answer.data);
  if (!read.success) {
    return refused(
      `GitHub’s answer about the new app is not as expected: ${wrongFields(read.error)}`,
    );
  }
  const app = read.data;
  const fault = await faultOf(app);
  return fault === undefined
    ? { ok: true, app, texts: textsOf(app, place, deployments) }
    : { ok: false, app, fault };

  /** The key works, it is this organisation's app, and may do what it has to. */
  async function faultOf({ id, slug, owner, pem }: RegisteredApp): Promise<string | undefined> {
    if (owner.login.toLowerCase() !== organisation.toLowerCase()) {
      return `the app belongs to ${owner.login}, not to ${organisation}`;
    }
    let privateKey: string;
    try {
      privateKey = pkcs8PemOf(pem);
    } catch (error) {
      if (error instanceof PrivateKeyError) return `GitHub gave a private key: ${error.message}`;
      throw error;
    }
    const self = await rest.call({
      route: 'GET /app',
      authorization: await appAuthorization({ appId: id, privateKey }, clock),
      shape: appItself,
    });
    if (self.kind === 'unavailable') return `GitHub’s API at ${place.apiUrl} does not answer`;
    if (self.kind === 'refused') {
      return 'GitHub does not take the new app’s key; is the clock of the edge right?';
    }
    if (self.data.id !== id || self.data.slug !== slug) {
      return 'GitHub says that the new key is another app’s';
    }
    const missing = missingOf(permissionsOf(deployments), self.data.permissions);
    if (missing.length === 0) return undefined;
    return `the new app lacks permissions that it needs: ${missing.join(', ')}`;
  }
}

function textsOf(
  app: RegisteredApp,
  { webUrl, apiUrl, actionsIssuer }: SetupWish['place'],
  deployments: boolean,
): GitHubTexts {
  return {
    ...{ webUrl, apiUrl, actionsIssuer },
    appId: String(app.id),
    clientId: app.client_id,
    clientSecret: app.client_secret,
    privateKey: pkcs8PemOf(app.pem),
    webhookSecrets: app.webhook_secret,
    slug: app.slug,
    deployments: String(deployments),
  };
}

function refused(fault: string): Registered {
  return { ok: false, fault };
}
