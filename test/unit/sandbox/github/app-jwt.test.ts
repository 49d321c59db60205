/**
 * Rules:
 * docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 */
import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { useGitHub } from './client.ts';

const client = useGitHub();
const now = (): number => client.github.state.clock.seconds();

it('the key is PKCS#1, as GitHub hands it out (gr2m/universal-github-app-jwt#70)', () => {
  expect(client.app.private_key).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
});

it.each(['number', 'client id'])('the issuer may be the app by its %s', async (kind) => {
  const iss = kind === 'number' ? client.app.id : client.app.client_id;
  const { status, body } = await client.api('/app', { as: client.jwt({ iss }) });
  expect([status, body.id, body.slug]).toEqual([200, 77, 'byway-sandbox']);
});

it.each<[string, () => string, number, string]>([
  ['expired', () => client.jwt({ exp: now() - 1 }), 401, "'Expiration time' claim ('exp') must be"],
  [
    'without exp',
    () => client.jwt({ exp: undefined }),
    401,
    "'Expiration time' claim ('exp') must be",
  ],
  // octokit/auth-app.js#698, Link-/gh-token#69
  [
    'longer than ten minutes',
    () => client.jwt({ exp: now() + 660 }),
    401,
    'is too far in the future',
  ],
  [
    'issued in the future',
    () => client.jwt({ iat: now() + 60 }),
    401,
    "'Issued at' claim ('iat') must be",
  ],
  ['issued as text', () => client.jwt({ iat: 'now' }), 401, "'Issued at' claim ('iat') must be"],
  ['of no app', () => client.jwt({ iss: 4711 }), 404, 'Integration not found'],
  ['with another algorithm', () => client.jwt({}, { alg: 'none' }), 401, 'could not be decoded'],
  [
    'signed by somebody else',
    () => client.jwt({}, { key: strangersKey() }),
    401,
    'could not be decoded',
  ],
  ['that is no JWT', () => 'Bearer eyJub25l', 401, 'could not be decoded'],
  ['under the scheme token', () => client.jwt().replace('Bearer', 'token'), 401, 'Bad credentials'],
])('refuses one %s', async (_what, credential, status, message) => {
  const answer = await client.api('/app', { as: credential() });
  expect(answer.status).toBe(status);
  expect(answer.body.message).toContain(message);
});

it('opens what is under /app only', async () => {
  expect((await client.api('/user', { as: client.jwt() })).status).toBe(401);
  expect((await client.api('/orgs/sandbox/members', { as: client.jwt() })).status).toBe(401);
  expect((await client.api('/users/alice', { as: client.jwt() })).status).toBe(401);
  const { status } = await client.api('/app', { as: await client.installationToken() });
  expect(status).toBe(401);
});

function strangersKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}
