/** The calls of GitHub's API that a set-up needs. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  appItself,
  registeredApp,
  wrongFields,
  type RegisteredApp,
} from '#github-app/registration/registered-app.ts';
import { missingOf, type Permissions } from '#github-app/registration/manifest.ts';
import type { GitHubPlace } from '#github-app/registration/place.ts';
import { z } from 'zod';
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
  const { status, body } = await patiently(options, () => call(place, 'POST', path));
  if (status === 404) {
    throw new Failure(
      ExitCode.refused,
      'GitHub does not know the code: it was used already, or is older than an hour',
    );
  }
  if (status !== 201 && status !== 200) throw unexpected(place, status, body);
  const read = registeredApp.safeParse(body);
  if (read.success) return read.data;
  throw new Failure(
    ExitCode.refused,
    `GitHub’s answer about the new app is not as expected: ${wrongFields(read.error)}`,
  );
}

/** The key works, and the app may do what it has to. @throws Failure */
export async function verifyApp(
  place: GitHubPlace,
  { id, slug, pem }: Pick<RegisteredApp, 'id' | 'slug' | 'pem'>,
  needed: Permissions,
  options: CallOptions = {},
): Promise<void> {
  const ask = async (): Promise<Answer> =>
    call(place, 'GET', '/app', await appJwt(id, pem, Date.now()));
  // A new app is not known everywhere at once.
  const { status, body } = await patiently(options, ask, [401, 404]);
  if (status === 401) {
    const hint = 'is the clock of this machine right?';
    throw new Failure(ExitCode.refused, `GitHub does not take the new app’s key; ${hint}`);
  }
  const read = appItself.safeParse(body);
  if (status !== 200 || !read.success) throw unexpected(place, status, body);
  if (read.data.id !== id || read.data.slug !== slug) {
    throw new Failure(ExitCode.refused, 'GitHub says that the new key is another app’s');
  }
  const missing = missingOf(needed, read.data.permissions);
  if (missing.length === 0) return;
  const list = missing.join(', ');
  throw new Failure(ExitCode.refused, `the new app lacks permissions that it needs: ${list}`);
}

interface Answer {
  status: number;
  body: unknown;
}

/** Asks again when GitHub is not there, or answers 5xx or one of `passing`. */
async function patiently(
  { retryDelayMs = 1000 }: CallOptions,
  ask: () => Promise<Answer>,
  passing: readonly number[] = [],
): Promise<Answer> {
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
): Promise<Answer> {
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

function unexpected({ apiUrl }: GitHubPlace, status: number, body: unknown): Failure {
  const read = z.object({ message: z.string() }).safeParse(body);
  const words = read.success ? `: ${printable(read.data.message)}` : '';
  const code = status >= 500 || status === 429 ? ExitCode.unreachable : ExitCode.refused;
  return new Failure(code, `GitHub’s API at ${apiUrl} answers ${status}${words}`);
}
