/** The calls of GitHub's API that a set-up needs. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  convertedOf,
  keyFault,
  notKnownYet,
  type Heard,
  type RegistrationFault,
} from '#github-app/registration/answers.ts';
import type { Permissions } from '#github-app/registration/manifest.ts';
import type { GitHubPlace } from '#github-app/registration/place.ts';
import type { RegisteredApp } from '#github-app/registration/registered-app.ts';
import { ExitCode, Failure } from '../failure.ts';
import { printable } from '../login/metadata.ts';
import { version } from '../version.ts';
import { appJwt } from './app-key.ts';

export interface CallOptions {
  /** @default 1000 */
  retryDelayMs?: number;
}

const timeoutMs = 15_000;
const maxAnswerBytes = 1024 * 1024;
const attempts = 3;

/**
 * Before anybody is sent to GitHub: is it there, and does it know the organisation? Some servers answer
 * strangers nothing; then nothing is said. @throws Failure
 */
export async function checkOrganisation(place: GitHubPlace, login: string): Promise<void> {
  const { status } = await call(place, 'GET', `/orgs/${login}`);
  const hidesAll = new URL(place.webUrl).hostname.endsWith('.ghe.com');
  if (status === 404 && !hidesAll) {
    throw new Failure(
      ExitCode.refused,
      `${place.webUrl} has no organisation ${login}; --organisation takes its login, as in ${place.webUrl}/LOGIN. The app of a person’s own account would see no members`,
    );
  }
}

/** A code is good for one conversion, within the hour. @throws Failure, quoting nothing of an answer */
export async function convert(
  place: GitHubPlace,
  code: string,
  options: CallOptions = {},
): Promise<RegisteredApp> {
  const path = `/app-manifests/${encodeURIComponent(code)}/conversions`;
  const found = convertedOf(place, await patiently(options, () => call(place, 'POST', path)));
  if ('fault' in found) throw failureOf(found);
  return found.app;
}

/** The key works, and the app may do what it has to. @throws Failure */
export async function verifyApp(
  place: GitHubPlace,
  { id, slug, pem }: Pick<RegisteredApp, 'id' | 'slug' | 'pem'>,
  needed: Permissions,
  options: CallOptions = {},
): Promise<void> {
  const ask = async (): Promise<Heard> =>
    call(place, 'GET', '/app', await appJwt(id, pem, Date.now()));
  const heard = await patiently(options, ask, notKnownYet);
  const fault = keyFault(place, heard, { app: { id, slug }, needed, signer: 'this machine' });
  if (fault !== undefined) throw failureOf(fault);
}

/** Asks again when GitHub is not there, or answers 5xx or one of `passing`. */
async function patiently(
  { retryDelayMs = 1000 }: CallOptions,
  ask: () => Promise<Heard>,
  passing: readonly number[] = [],
): Promise<Heard> {
  for (let left = attempts - 1; ; left -= 1) {
    try {
      const answer = await ask();
      if (left === 0 || (answer.status < 500 && !passing.includes(answer.status))) return answer;
    } catch (error) {
      if (left === 0 || !(error instanceof Failure)) throw error;
    }
    await delay(retryDelayMs);
  }
}

/** @throws Failure when nothing usable comes back */
async function call(
  { apiUrl }: GitHubPlace,
  method: string,
  path: string,
  token?: string,
): Promise<Heard> {
  const url = new URL(apiUrl + path);
  // RFC 6761 §6.3: *.localhost is loopback, whatever the resolver knows of it.
  if (url.hostname.endsWith('.localhost')) url.hostname = '127.0.0.1';
  try {
    const response = await fetch(url, {
      method,
      headers: {
        Accept: 'application/vnd.github+json',
        'User-Agent': `byway/${version}`,
        'X-GitHub-Api-Version': '2022-11-28',
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      // A redirect could lead elsewhere with the code.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await textOf(response);
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  } catch (error) {
    throw new Failure(
      ExitCode.unreachable,
      `GitHub’s API at ${apiUrl} cannot be reached: ${reasonOf(error)}. For a GitHub of your own give --github-url, and --api-url where it is not below it`,
    );
  }
}

async function textOf({ body }: Response): Promise<string> {
  if (body === null) return '';
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > maxAnswerBytes) throw new Error('its answer is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'its answer is not JSON';
  const { cause, message, name } = error as Error;
  if (name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  return cause instanceof Error ? cause.message || cause.name : message;
}

/** `said` is made harmless for a terminal. */
export function failureOf({ fault, isAway, said }: RegistrationFault): Failure {
  const words = said === undefined ? '' : `: ${printable(said)}`;
  return new Failure(isAway ? ExitCode.unreachable : ExitCode.refused, fault + words);
}
