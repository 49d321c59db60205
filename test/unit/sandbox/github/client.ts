/** An app that talks to a GitHub sandbox of its own, and looks after it that nothing was amiss. */
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { startGitHub, type GitHubOptions, type GitHubSandbox } from '#sandbox/github/github.ts';
import type { Violation } from '#sandbox/github/journal.ts';
import type { App } from '#sandbox/github/world.ts';

export const callbackUrl = 'http://byway.localhost/github/callback';

/** What came, of which the test asks what it expects. */
type Any = ReturnType<typeof JSON.parse>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Any;
}

export interface Asking {
  readonly method?: string;
  /** Value of Authorization. */
  readonly as?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export class Client {
  github!: GitHubSandbox;

  get app(): App {
    return this.github.state.world.apps[0]!;
  }

  /** `Bearer` and a JWT of the app; `claims` are put over what it should say. */
  jwt(claims: object = {}, { alg = 'RS256', key = this.app.private_key } = {}): string {
    const now = this.github.state.clock.seconds();
    const standard = { iat: now - 30, exp: now + 540, iss: this.app.client_id };
    const signed = [
      { alg, typ: 'JWT' },
      { ...standard, ...claims },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const signature = sign('sha256', Buffer.from(signed), createPrivateKey(key));
    return `Bearer ${signed}.${signature.toString('base64url')}`;
  }

  /** `Basic` with the app's client secret. */
  get basic(): string {
    const { client_id, client_secret } = this.app;
    return `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
  }

  async api(
    path: string,
    { method = 'GET', as, body, headers = {} }: Asking = {},
  ): Promise<Answer> {
    return this.fetch(`/api/v3${path}`, {
      method,
      headers: {
        'user-agent': 'byway-test',
        ...(as === undefined ? {} : { authorization: as }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Answer> {
    const url = `${this.github.loopbackUrl}${path}`;
    const response = await fetch(url, { redirect: 'manual', ...init });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    const body: unknown = isJson && text !== '' ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body };
  }

  async installationToken(body?: object): Promise<string> {
    const answer = await this.api('/app/installations/501/access_tokens', {
      method: 'POST',
      as: this.jwt(),
      ...(body === undefined ? {} : { body }),
    });
    expect(answer.status).toBe(201);
    return `token ${answer.body.token}`;
  }

  /** What the browser of a person comes back with. */
  async authorize(parameters: Record<string, string> = {}): Promise<URL> {
    const query = new URLSearchParams({ client_id: this.app.client_id, ...parameters });
    const { status, headers } = await this.fetch(`/login/oauth/authorize?${query}`);
    expect(status).toBe(302);
    return new URL(headers.get('location')!);
  }

  async exchange(fields: Record<string, string>): Promise<Answer> {
    const { client_id, client_secret } = this.app;
    return this.fetch('/login/oauth/access_token', {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams({ client_id, client_secret, ...fields }),
    });
  }

  /** Signs somebody in. */
  async userToken(login: string): Promise<string> {
    const code = (await this.authorize({ login })).searchParams.get('code')!;
    const { body } = await this.exchange({ code });
    return `Bearer ${body.access_token}`;
  }

  /** Says that the test has seen what went wrong; else it fails for it. */
  takeViolations(): Violation[] {
    return this.github.journal.violations.splice(0);
  }
}

/** One sandbox for a file of tests, as new for each of them. */
export function useGitHub(options: GitHubOptions = {}): Client {
  const client = new Client();
  beforeAll(async () => {
    client.github = await startGitHub({ callbackUrls: [callbackUrl], ...options });
  });
  beforeEach(() => client.github.reset());
  afterEach(() => expect(client.takeViolations()).toEqual([]));
  afterAll(() => client.github.stop());
  return client;
}

export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
