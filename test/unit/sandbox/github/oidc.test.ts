/** docs.github.com/en/actions/reference/security/oidc */
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { expect, it } from 'vitest';
import { useGitHub } from './client.ts';

const client = useGitHub();

async function issue(workflow: object) {
  return client.fetch('/_sandbox/oidc/token', { method: 'POST', body: JSON.stringify(workflow) });
}

it('issues tokens that its own description leads to the keys of', async () => {
  const { body: discovered } = await client.fetch(
    '/_sandbox/oidc/.well-known/openid-configuration',
  );
  expect(discovered.issuer).toBe(`${client.github.loopbackUrl}/_sandbox/oidc`);
  const keys = (await (await fetch(discovered.jwks_uri)).json()) as JSONWebKeySet;
  const { body } = await issue({ repository: 'sandbox/shop', audience: 'https://byway.example' });
  const { payload, protectedHeader } = await jwtVerify(body.value, createLocalJWKSet(keys), {
    issuer: discovered.issuer,
    audience: 'https://byway.example',
    algorithms: ['RS256'],
    requiredClaims: ['exp', 'iat', 'nbf', 'jti', 'sub'],
  });
  expect(protectedHeader.kid).toBe(keys.keys[0]!.kid);
  expect(payload).toMatchObject({
    sub: 'repo:sandbox/shop:ref:refs/heads/main',
    repository: 'sandbox/shop',
    repository_id: '2001',
    repository_owner: 'sandbox',
    repository_owner_id: '1',
    repository_visibility: 'private',
    actor: 'alice',
    actor_id: '1001',
    event_name: 'push',
    ref: 'refs/heads/main',
    ref_type: 'branch',
    runner_environment: 'github-hosted',
  });
});

it.each([
  [{ event_name: 'pull_request', ref: 'refs/pull/7/merge' }, 'repo:sandbox/shop:pull_request'],
  [{ environment: 'prod' }, 'repo:sandbox/shop:environment:prod'],
  [{ ref: 'refs/tags/v1' }, 'repo:sandbox/shop:ref:refs/tags/v1'],
])('the subject says what runs: %j', async (workflow, subject) => {
  const claims = await claimsOf({ repository: 'sandbox/shop', ...workflow });
  expect(claims['sub']).toBe(subject);
});

it('says what it is told to: another repository, another time, another claim', async () => {
  const claims = await claimsOf({
    repository: 'other/thing',
    repository_id: 9,
    expires_in: -10,
    claims: { iss: 'https://evil.example' },
  });
  expect(claims).toMatchObject({ repository_id: '9', iss: 'https://evil.example' });
  expect(Number(claims['exp'])).toBeLessThanOrEqual(client.github.state.clock.seconds());
});

it('its keys may be out of reach, and how often they are fetched is counted', async () => {
  const path = '/_sandbox/oidc/.well-known/jwks';
  client.github.faults.arm({ match: { path: 'jwks' }, fault: { kind: 'status', status: 503 } });
  expect((await client.fetch(path)).status).toBe(503);
  expect((await client.fetch(path)).status).toBe(200);
  expect(client.github.journal.requests).toMatchObject([
    { path, status: 503 },
    { path, status: 200 },
  ]);
});

it('asks for a repository', async () => {
  expect((await issue({})).status).toBe(400);
});

async function claimsOf(workflow: object): Promise<Record<string, unknown>> {
  const { body } = await issue(workflow);
  return JSON.parse(Buffer.from(body.value.split('.')[1], 'base64url').toString());
}
