import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { describe, expect, it } from 'vitest';
import { githubIssuer, verifyWorkflowToken, workflowOf } from '#edge/gate/github-oidc.ts';
import { appOrigin, nowMs } from './key-ring.ts';

const { privateKey, publicKey } = await generateKeyPair('RS256');
const other = await generateKeyPair('RS256');
const jwk = await exportJWK(publicKey);
const keys = createLocalJWKSet({ keys: [{ ...jwk, kid: 'k', alg: 'RS256', use: 'sig' }] });

const expected = {
  issuer: githubIssuer,
  audience: appOrigin,
  repositoryId: 74,
  events: ['push', 'pull_request'],
};
const nowS = nowMs / 1000;
const claims = {
  iss: githubIssuer,
  aud: appOrigin,
  iat: nowS,
  nbf: nowS - 600,
  exp: nowS + 300,
  jti: 'job-1',
  sub: 'repo:acme/shop:ref:refs/heads/main',
  repository: 'acme/shop',
  repository_id: '74',
  repository_owner_id: '77',
  event_name: 'push',
  actor_id: '1001',
};
const sign = (change: JWTPayload = {}, header: object = {}, key = privateKey) =>
  new SignJWT({ ...claims, ...change })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'k', ...header })
    .sign(key);
const verify = (token: string, ms = nowMs) => verifyWorkflowToken(token, keys, expected, ms);

describe('a token of GitHub Actions', () => {
  it('gives its claims', async () => {
    expect(await verify(await sign())).toEqual({ claims });
  });

  it.each([
    ['expired', {}, { exp: nowS - 10 }],
    ['without an end', {}, { exp: undefined }],
    ['without a beginning', {}, { iat: undefined }],
    ['from the future', {}, { iat: nowS + 60 }],
    ['old', {}, { iat: nowS - 700 }],
    ['without jti', {}, { jti: undefined }],
    ['without repository_id', {}, { repository_id: undefined }],
    ['without event_name', {}, { event_name: undefined }],
    ['for somebody else', {}, { aud: 'https://evil.example' }],
    ['from somebody else', {}, { iss: 'https://evil.example' }],
    ['of another kind', { typ: 'at+jwt' }, {}],
    ['without a kind', { typ: undefined }, {}],
  ])('threat 51: %s is refused', async (_, header, change) => {
    const token = await sign(change as JWTPayload, header);
    expect(await verify(token)).toEqual({ fault: 'invalid' });
  });

  it('threat 51: of another key or algorithm is refused', async () => {
    expect(await verify(await sign({}, {}, other.privateKey))).toEqual({ fault: 'invalid' });
    const secret = new TextEncoder().encode(jwk.n);
    const swapped = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: 'k' });
    expect(await verify(await swapped.sign(secret))).toEqual({ fault: 'invalid' });
    const ps = await generateKeyPair('PS256');
    const pss = new SignJWT(claims).setProtectedHeader({ alg: 'PS256', typ: 'JWT', kid: 'k' });
    expect(await verify(await pss.sign(ps.privateKey))).toEqual({ fault: 'invalid' });
  });

  it('of a key that is not known yet says so, since GitHub changes keys', async () => {
    const token = await sign({}, { kid: 'new' }, other.privateKey);
    expect(await verify(token)).toEqual({ fault: 'unknown-key' });
  });

  it.each(['', '.', '..', 'a.b.c', 'e30.e30.', 'x'.repeat(20_000), '\0.\0.\0'])(
    'threat 24: what is no token is refused (%#)',
    async (text) => expect(await verify(text)).toEqual({ fault: 'invalid' }),
  );

  it('threat 24: with blanks in it is refused', async () => {
    const token = await sign();
    for (const other of [`${token} `, ` ${token}`, `${token}\n`, token.replaceAll('.', '. ')]) {
      expect(await verify(other)).toEqual({ fault: 'invalid' });
    }
  });

  it('threat 24: is refused at no time at all', async () => {
    expect(await verify(await sign(), Number.NaN)).toEqual({ fault: 'invalid' });
  });
});

describe('the job behind a token', () => {
  it('is known by numbers', () => {
    expect(workflowOf(claims, expected)).toEqual({
      workflow: { repositoryId: 74, ownerId: 77, event: 'push', actorId: 1001, jti: 'job-1' },
    });
  });

  it.each([
    [{ iss: 'https://evil.example' }, 'iss is not'],
    [{ aud: [appOrigin] }, 'aud must be'],
    [{ aud: [appOrigin, 'https://evil.example'] }, 'aud must be'],
    [{ aud: undefined }, 'aud must be'],
    [{ repository_id: '75' }, 'repository_id is not 74'],
    [{ repository_id: 74 }, 'missing or malformed'],
    [{ repository_id: '074' }, 'missing or malformed'],
    [{ repository_id: ' 74' }, 'missing or malformed'],
    [{ repository_id: '74.0' }, 'missing or malformed'],
    [{ repository_id: '0' }, 'missing or malformed'],
    [{ repository_id: '9'.repeat(16) }, 'missing or malformed'],
    [{ repository_id: undefined }, 'missing or malformed'],
    [{ repository_owner_id: undefined }, 'missing or malformed'],
    [{ actor_id: 'alice' }, 'missing or malformed'],
    [{ jti: undefined }, 'missing or malformed'],
    [{ event_name: 'pull_request_target' }, 'one of push, pull_request'],
    [{ event_name: 'Push' }, 'one of push, pull_request'],
    [{ event_name: '' }, 'one of push, pull_request'],
    [{ event_name: ['push'] }, 'one of push, pull_request'],
  ])('threat 34: is refused for %j', (change, words) => {
    expect(workflowOf({ ...claims, ...change }, expected)).toEqual({
      fault: expect.stringContaining(words),
    });
  });

  it('of a repository that took over the name is refused', () => {
    expect(workflowOf({ ...claims, repository_id: '99' }, expected)).toHaveProperty('fault');
  });
});
