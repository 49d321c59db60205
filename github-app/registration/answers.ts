/**
 * What GitHub's answers mean while an app is registered: to the code of the manifest, then to
 * `GET /app` with the new key. Who asks has a transport and a way to show a fault of their own.
 */
import { z } from 'zod';
import { missingOf, type Permissions } from './manifest.ts';
import type { GitHubPlace } from './place.ts';
import { appItself, registeredApp, wrongFields, type RegisteredApp } from './registered-app.ts';

/** `body`: as JSON; undefined: there was none, or the transport does not tell. */
export interface Heard {
  status: number;
  body?: unknown;
}

export interface RegistrationFault {
  /** A sentence without its full stop. It quotes no secret. */
  fault: string;
  /** GitHub is not there, or wants to be left alone: the fault is not the app's. */
  isAway: boolean;
  /** GitHub's own words, as they came: nothing for a terminal or a page before it is made harmless. */
  said?: string;
}

export const unusableKey = refused('GitHub gave a private key that is no RSA key in PEM');

/** Of `POST /app-manifests/{code}/conversions`. `heard` undefined: no answer that could be read. */
export function convertedOf(
  place: GitHubPlace,
  heard: Heard | undefined,
): { app: RegisteredApp } | RegistrationFault {
  if (heard?.status === 404) {
    return refused('GitHub does not know the code: it was used already, or is older than an hour');
  }
  if (!isGood(heard)) return strange(place, heard);
  const read = registeredApp.safeParse(heard.body);
  return read.success ? { app: read.data } : unlike(read.error);
}

/** undefined: the app is the organisation's. */
export function ownerFault(
  { owner }: Pick<RegisteredApp, 'owner'>,
  organisation: string,
): RegistrationFault | undefined {
  if (owner.login.toLowerCase() === organisation.toLowerCase()) return undefined;
  return refused(`the app belongs to ${owner.login}, not to ${organisation}`);
}

export interface Expected {
  app: Pick<RegisteredApp, 'id' | 'slug'>;
  needed: Permissions;
  /** Whose clock signed the question: `this machine`. */
  signer: string;
}

/** Of `GET /app`: a new app is not known everywhere at once; one whose key is wrong gets the same answers. */
export const notKnownYet: readonly number[] = [401, 404];

/** Of `GET /app`, asked with the new key. undefined: it works, and the app may do what it has to. */
export function keyFault(
  place: GitHubPlace,
  heard: Heard | undefined,
  { app, needed, signer }: Expected,
): RegistrationFault | undefined {
  if (heard?.status === 401) {
    return refused(`GitHub does not take the new app’s key; is the clock of ${signer} right?`);
  }
  if (!isGood(heard)) return strange(place, heard);
  const read = appItself.safeParse(heard.body);
  if (!read.success) return unlike(read.error);
  const { id, slug, permissions } = read.data;
  if (id !== app.id || slug !== app.slug) {
    return refused('GitHub says that the new key is another app’s');
  }
  const missing = missingOf(needed, permissions);
  if (missing.length === 0) return undefined;
  return refused(`the new app lacks permissions that it needs: ${missing.join(', ')}`);
}

const ownWords = z.object({ message: z.string() });

function isGood(heard: Heard | undefined): heard is Heard {
  return heard?.status === 200 || heard?.status === 201;
}

function strange({ apiUrl }: GitHubPlace, heard: Heard | undefined): RegistrationFault {
  if (!heard) return { fault: `GitHub’s API at ${apiUrl} does not answer`, isAway: true };
  const { status, body } = heard;
  const read = ownWords.safeParse(body);
  return {
    fault: `GitHub’s API at ${apiUrl} answers ${status}`,
    isAway: status >= 500 || status === 429,
    ...(read.success && { said: read.data.message }),
  };
}

function unlike(error: z.ZodError): RegistrationFault {
  return refused(`GitHub’s answer about the new app is not as expected: ${wrongFields(error)}`);
}

function refused(fault: string): RegistrationFault {
  return { fault, isAway: false };
}
