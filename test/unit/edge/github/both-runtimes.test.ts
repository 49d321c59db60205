/** Every way to GitHub once, without anything of Node's: the same file runs in workerd. */
import { beforeAll, describe, expect, it } from 'vitest';
import { gitHubConfigOf, type GitHubConfig } from '#edge/github/config.ts';
import { Deliveries } from '#edge/github/deliveries.ts';
import { Installations, type InstallationToken } from '#edge/github/installation.ts';
import { membersOf } from '#edge/github/members.ts';
import { membershipOf } from '#edge/github/membership.ts';
import { OAuth } from '#edge/github/oauth.ts';
import type { GitHubServices } from '#edge/github/rest.ts';
import { verifyWebhook } from '#edge/github/webhook.ts';

const nowMs = Date.UTC(2026, 0, 1);
const alice = { id: 1001, login: 'alice' };
const acme = { id: 77, login: 'acme' };
const at = { organisationId: acme.id, installationId: 5 };
const installation = {
  id: 5,
  account: acme,
  target_type: 'Organization',
  permissions: { members: 'read' },
  suspended_at: null,
};
const failed = {
  id: 9,
  guid: 'a',
  delivered_at: new Date(nowMs).toISOString(),
  status: 'failed',
  status_code: 500,
};

const answers: Record<string, [number, unknown]> = {
  'POST /login/oauth/access_token': [200, { access_token: 'ghu_x', token_type: 'bearer' }],
  'GET /api/user': [200, alice],
  'GET /api/user/installations': [200, { installations: [installation] }],
  'DELETE /api/applications/Iv23liSample/token': [204, undefined],
  'GET /api/app/installations/5': [200, installation],
  'POST /api/app/installations/5/access_tokens': [
    201,
    { token: 'ghs_x', expires_at: new Date(nowMs + 3_600_000).toISOString() },
  ],
  'GET /api/user/1001': [200, alice],
  'GET /api/orgs/acme/memberships/alice': [
    200,
    { state: 'active', role: 'admin', user: alice, organization: acme },
  ],
  'GET /api/orgs/acme/members': [200, [alice]],
  'GET /api/app/hook/deliveries': [200, [failed]],
  'POST /api/app/hook/deliveries/9/attempts': [202, {}],
};

const gitHub: typeof fetch = async (input, init) => {
  // The runtime's own judgement of what it is asked to send.
  const request = new Request(input as string, init as RequestInit);
  if (request.redirect !== 'manual') throw new Error('redirects would be followed');
  const { pathname } = new URL(request.url);
  const [status, body] = answers[`${request.method} ${pathname}`] ?? [404, { message: 'x' }];
  return body === undefined ? new Response(null, { status }) : Response.json(body, { status });
};
const services: GitHubServices = {
  clock: { nowMs: () => nowMs },
  log: { info() {}, warn() {} },
  fetch: gitHub,
};

let config: GitHubConfig;
beforeAll(async () => {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: 'SHA-256',
  };
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const { privateKey } = pair as { privateKey: Parameters<typeof crypto.subtle.exportKey>[1] };
  const der = new Uint8Array((await crypto.subtle.exportKey('pkcs8', privateKey)) as ArrayBuffer);
  const base64 = btoa(Array.from(der, (byte) => String.fromCharCode(byte)).join(''));
  config = gitHubConfigOf({
    webUrl: 'https://github.example.com',
    apiUrl: 'https://github.example.com/api',
    appId: 42,
    clientId: 'Iv23liSample',
    clientSecret: 'client-secret',
    privateKey: `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----`,
    webhookSecrets: ["It's a Secret to Everybody"],
    slug: 'byway-sample',
  });
});

describe('in this runtime', () => {
  it('a person is identified', async () => {
    const given = await new OAuth(config, services).identify('c', 'v', 'https://byway.example/cb');
    const organisations = [{ ...acme, installationId: 5 }];
    expect(given).toEqual({ kind: 'identified', user: alice, organisations });
  });

  it('membership is asked for', async () => {
    const tokens = new Map<number, InstallationToken>();
    const installations = new Installations(config, services, {
      get: (id) => tokens.get(id),
      set: (id, token) => void (token ? tokens.set(id, token) : tokens.delete(id)),
    });
    expect(await membershipOf(installations, at, 1001)).toEqual({ kind: 'member', role: 'admin' });
    expect(await membershipOf(installations, at, 1002)).toEqual({ kind: 'none' });
    expect(await membersOf(installations, at)).toEqual({ kind: 'members', members: [alice] });
  });

  it('failed deliveries are asked for again', async () => {
    const given = await new Deliveries(config, services).redeliverFailed(nowMs - 60_000);
    expect(given).toEqual({ kind: 'redelivered', asked: 1, refused: 0, givenUp: 0 });
  });

  it('silence ends by itself', async () => {
    const never: typeof fetch = (_input, init) =>
      new Promise((_resolve, reject) => {
        const signal = init?.signal;
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
      });
    const oauth = new OAuth(config, { ...services, fetch: never, timeoutMs: 20 });
    expect(await oauth.identify('c', 'v', 'x')).toMatchObject({ kind: 'unavailable' });
  });

  it('a webhook is verified', async () => {
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const headers = new Headers({ 'x-hub-signature-256': signature });
    const body = new TextEncoder().encode('Hello, World!');
    const { webhookSecrets } = config;
    // A good signature, so that only a header is missing.
    expect(await verifyWebhook(body, headers, webhookSecrets)).toMatchObject({
      reason: 'missing-header',
    });
    body[0] = 0;
    expect(await verifyWebhook(body, headers, webhookSecrets)).toMatchObject({
      reason: 'wrong-signature',
    });
  });
});
