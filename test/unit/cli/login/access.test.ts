import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LoginAccess, renewBeforeMs } from '#cli/login/access.ts';
import { authorizedCall } from '#cli/login/authorized-call.ts';
import { loadCredentials, removeCredentials, saveCredentials } from '#cli/login/credentials.ts';
import { whileLocked } from '#cli/login/credentials-lock.ts';
import { listenForAnswer } from '#cli/login/loopback.ts';
import { discover } from '#cli/login/metadata.ts';
import { challengeOf, randomSecret } from '#cli/login/proof.ts';
import { requestGrant } from '#cli/login/token-endpoint.ts';
import { browse, StrictEdge } from './strict-edge.ts';

let dir: string;
let file: string;
let edge: StrictEdge;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'byway-access-'));
  file = join(dir, 'byway', 'credentials.json');
  edge = new StrictEdge();
  await edge.start();
});
afterEach(async () => {
  await edge.stop();
  rmSync(dir, { recursive: true });
  expect(edge.violations).toEqual([]);
});

/** Logs in as the command does, with an access token of that life. */
async function logIn(expiresInS: number): Promise<LoginAccess> {
  edge.expiresInS = expiresInS;
  const server = await discover(edge.url);
  const state = randomSecret();
  const verifier = randomSecret();
  const loopback = await listenForAnswer({ state, issuer: edge.url });
  const url = new URL(server.authorization_endpoint);
  url.search = String(
    new URLSearchParams({
      client_id: 'byway-cli',
      response_type: 'code',
      redirect_uri: loopback.redirectUri,
      state,
      code_challenge: challengeOf(verifier),
      code_challenge_method: 'S256',
      scope: 'view',
      device: 'laptop',
    }),
  );
  await browse(url.href);
  const answer = await loopback.answer;
  await loopback.close();
  const grant = await requestGrant(server, {
    grant_type: 'authorization_code',
    code: answer.kind === 'code' ? answer.code : '',
    redirect_uri: loopback.redirectUri,
    code_verifier: verifier,
  });
  saveCredentials(file, {
    edge_url: edge.url,
    organisation: { id: 42, login: 'acme' },
    user: { id: 7, login: 'alice' },
    access_token: grant.accessToken,
    access_expires_ms: grant.expiresMs,
    refresh_token: grant.refreshToken,
  });
  return new LoginAccess(file, edge.url);
}

const nearEndS = renewBeforeMs / 1000 - 1;
const renewals = (): number =>
  edge.asked('/oauth/token').filter(({ form }) => form.get('grant_type') === 'refresh_token')
    .length;
const me = { method: 'GET', path: '/api/v1/me', payload: undefined };

describe('the bearer of a login', () => {
  it('is the one of the file while it is good for more than 5 minutes', async () => {
    const access = await logIn(renewBeforeMs / 1000 + 30);
    expect(await access.bearer()).toBe(loadCredentials(file)!.access_token);
    expect(renewals()).toBe(0);
  });

  it('is renewed from 5 minutes before its end; the rotated refresh token is kept, 0600', async () => {
    const access = await logIn(nearEndS);
    const before = loadCredentials(file)!;
    edge.expiresInS = 3600;
    const bearer = await access.bearer();
    const after = loadCredentials(file)!;
    expect(bearer).toBe(after.access_token);
    expect(bearer).not.toBe(before.access_token);
    expect(after.refresh_token).toBe(edge.families[0]!.refresh);
    expect(after).toMatchObject({ organisation: before.organisation, user: before.user });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await access.bearer();
    expect(renewals()).toBe(1);
  });

  it('is renewed once for all who ask at once, in one process and in several', async () => {
    await logIn(nearEndS);
    edge.expiresInS = 3600;
    const processes = Array.from({ length: 3 }, () => new LoginAccess(file, edge.url));
    const bearers = await Promise.all(
      processes.flatMap((each) => [each.bearer(), each.bearer(), each.bearer()]),
    );
    expect(new Set(bearers).size).toBe(1);
    expect(renewals()).toBe(1);
  });

  it('survives a lost answer by the one retry of the former refresh token', async () => {
    const access = await logIn(nearEndS);
    edge.loseAnswers = 1;
    const { access_token: present } = loadCredentials(file)!;
    expect(await access.bearer()).toBe(present);
    edge.expiresInS = 3600;
    expect(await access.bearer()).not.toBe(present);
    expect(edge.families[0]!.revoked).toBe(false);
  });

  it('is the present one while the edge is away, and none after its end', async () => {
    const access = await logIn(nearEndS);
    const found = loadCredentials(file)!;
    await edge.stop();
    expect(await access.bearer()).toBe(found.access_token);
    saveCredentials(file, { ...found, access_expires_ms: Date.now() - 1 });
    await expect(access.bearer()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('the login cannot be renewed'),
    });
    expect(loadCredentials(file)!.refresh_token).toBe(found.refresh_token);
  });

  it('does not give up the login for a passing error', async () => {
    const access = await logIn(nearEndS);
    edge.tokenAnswers = [
      { status: 503, body: { error: 'temporarily_unavailable' } },
      { status: 429, body: { error: 'slow_down' } },
      { status: 400, body: { error: 'server_error' } },
      { status: 200, body: { access_token: 'x' } },
    ];
    for (let each = 0; each < 4; each += 1) await access.bearer();
    edge.expiresInS = 3600;
    await access.bearer();
    expect(access.problem).toBe('');
    expect(loadCredentials(file)!.refresh_token).toBe(edge.families[0]!.refresh);
  });

  it('says to log in again when the renewal is refused, and asks the edge no more', async () => {
    const access = await logIn(nearEndS);
    edge.removeMember();
    for (let each = 0; each < 2; each += 1) {
      await expect(access.bearer()).rejects.toMatchObject({
        code: 'not_configured',
        message: `the edge ${edge.url} does not renew the login: It is invalid_grant. (invalid_grant); log in again: byway login`,
      });
    }
    expect(renewals()).toBe(1);
    expect(access.problem).toContain('does not renew the login');
  });

  it('does not come back when somebody logs out while it is renewed', async () => {
    const access = await logIn(nearEndS);
    const held = Promise.withResolvers<void>();
    edge.holdRefresh = held.promise;
    const bearer = access.bearer();
    await vi.waitUntil(() => renewals() === 1);
    // As logout does: under the lock, and so after the renewal.
    const out = whileLocked(file, async () => {
      const found = loadCredentials(file);
      removeCredentials(file);
      return found?.refresh_token;
    });
    held.resolve();
    await bearer;
    expect(await out).toBe(edge.families[0]!.refresh);
    expect(loadCredentials(file)).toBeUndefined();
    await expect(access.bearer()).rejects.toMatchObject({ code: 'not_configured' });
  });

  it('is not sent to another edge than the one it is for', async () => {
    await logIn(3600);
    await expect(new LoginAccess(file, 'https://evil.example.com').bearer()).rejects.toThrow(
      'not logged in to https://evil.example.com',
    );
  });
});

describe('a call', () => {
  it('that the edge answers 401 is done again once, with a renewed bearer', async () => {
    const access = await logIn(3600);
    const found = loadCredentials(file)!;
    const forged = found.access_token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    saveCredentials(file, { ...found, access_token: forged });
    expect(await authorizedCall(access, me)).toMatchObject({ status: 200 });
    expect(renewals()).toBe(1);
  });

  it('of a removed member ends with the advice', async () => {
    const access = await logIn(3600);
    edge.removeMember();
    await expect(authorizedCall(access, me)).rejects.toThrow('log in again: byway login');
  });

  it('with a given token, which cannot be renewed, is done once', async () => {
    const token = edge.giveToken('bws');
    saveCredentials(file, {
      edge_url: edge.url,
      organisation: { id: 42, login: 'acme' },
      user: null,
      access_token: token,
      access_expires_ms: null,
      refresh_token: null,
    });
    const access = new LoginAccess(file, edge.url);
    expect((await authorizedCall(access, me)).status).toBe(200);
    edge.given.clear();
    expect((await authorizedCall(access, me)).status).toBe(401);
    expect(edge.asked('/api/v1/me')).toHaveLength(2);
  });
});

it('threat 61: no error repeats a token', async () => {
  const access = await logIn(nearEndS);
  edge.removeMember();
  const error = (await access.bearer().catch((reason: unknown) => reason)) as Error;
  const { access_token, refresh_token } = JSON.parse(readFileSync(file, 'utf8')) as Record<
    string,
    string
  >;
  expect(error.message).not.toContain(access_token);
  expect(error.message).not.toContain(refresh_token);
});
