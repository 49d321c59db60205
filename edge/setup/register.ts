/** From GitHub's code to an app that works: its secrets, and the proof that they are good. */
import {
  convertedOf,
  keyFault,
  notKnownYet,
  ownerFault,
  unusableKey,
  type Heard,
  type RegistrationFault,
} from '#github-app/registration/answers.ts';
import { permissionsOf } from '#github-app/registration/manifest.ts';
import type { RegisteredApp } from '#github-app/registration/registered-app.ts';
import { z } from 'zod';
import { appAuthorization } from '../github/app-jwt.ts';
import { pkcs8PemOf, PrivateKeyError } from '../github/private-key.ts';
import { Rest, type Answer } from '../github/rest.ts';
import type { GitHubTexts } from '../github/settings.ts';
import type { SetupServices } from './ports.ts';
import type { SetupWish } from './wish.ts';

/** `app`: it exists at GitHub, though it cannot be used. */
export type Registered =
  | { ok: true; app: RegisteredApp; texts: GitHubTexts }
  | { ok: false; fault: string; app?: RegisteredApp };

/** GitHub may have a moment of weakness: 1, 4 and 9 s. */
const retries = 3;
const attempts = 3;

/** A code is good for one conversion, within the hour. */
export async function register(
  { clock, log, fetch, retryDelayMs = 1000 }: SetupServices,
  { place, organisation, deployments }: SetupWish,
  code: string,
): Promise<Registered> {
  const rest = new Rest(place.apiUrl, { clock, log, ...(fetch && { fetch }) }, retries);
  const converted = convertedOf(
    place,
    heardOf(
      await rest.call({
        route: 'POST /app-manifests/{code}/conversions',
        parameters: { code },
        shape: z.unknown(),
      }),
    ),
  );
  if ('fault' in converted) return { ok: false, fault: converted.fault };
  const { app } = converted;
  const wrong = ownerFault(app, organisation) ?? (await faultOf(app));
  return wrong === undefined
    ? { ok: true, app, texts: textsOf(app, place, deployments) }
    : { ok: false, app, fault: wrong.fault };

  /** The key works, and the app may do what it has to. */
  async function faultOf({ id, slug, pem }: RegisteredApp): Promise<RegistrationFault | undefined> {
    let privateKey: string;
    try {
      privateKey = pkcs8PemOf(pem);
    } catch (error) {
      if (error instanceof PrivateKeyError) return unusableKey;
      throw error;
    }
    let heard: Heard | undefined;
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      if (attempt > 1) await new Promise((resolve) => setTimeout(resolve, retryDelayMs));
      heard = heardOf(
        await rest.call({
          route: 'GET /app',
          authorization: await appAuthorization({ appId: id, privateKey }, clock),
          shape: z.unknown(),
        }),
      );
      if (!heard || !notKnownYet.includes(heard.status)) break;
    }
    const needed = permissionsOf(deployments);
    return keyFault(place, heard, { app: { id, slug }, needed, signer: 'the edge' });
  }
}

/** undefined: none that could be read; the log says why. */
function heardOf(answer: Answer<unknown>): Heard | undefined {
  if (answer.kind === 'unavailable') return undefined;
  return answer.kind === 'ok' ? { status: 200, body: answer.data } : { status: answer.status };
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
