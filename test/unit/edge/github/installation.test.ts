import { createVerify } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tokenReserveMs, type InstallationToken } from '#edge/github/installation.ts';
import {
  answers,
  at,
  installationId,
  organisation,
  publicKey,
  ScratchGitHub,
  type Told,
} from './scratch-github.ts';

let gitHub: ScratchGitHub;
beforeEach(async () => {
  gitHub = (await new ScratchGitHub().start()).withInstallation();
});
afterEach(() => gitHub.stop());

const readRoute = `GET /api/app/installations/${installationId}`;
const mintRoute = `POST /api/app/installations/${installationId}/access_tokens`;
const minted = () => gitHub.askedOf('access_tokens').length;

describe('an installation token', () => {
  it('is asked for with nothing but members and metadata to read', async () => {
    expect(await gitHub.installations().tokenOf(at)).toEqual({
      kind: 'token',
      token: 'ghs_1',
      expiresAtMs: gitHub.nowMs + 3_600_000,
      organisation,
    });
    const [asked] = gitHub.askedOf('access_tokens');
    expect(JSON.parse(asked!.body)).toEqual({ permissions: { members: 'read', metadata: 'read' } });
    expect(asked!.headers['x-github-api-version']).toBe('2022-11-28');
    expect(asked!.headers['user-agent']).toMatch(/^byway /);
  });

  it('is asked for by the app: RS256, 30 s back, ten minutes at most', async () => {
    await gitHub.installations().tokenOf(at);
    for (const { headers } of gitHub.asked) {
      const jwt = /^Bearer (\S+)$/.exec(headers.authorization!)![1]!;
      const [head, claims, signature] = jwt.split('.') as [string, string, string];
      const parse = (part: string): unknown =>
        JSON.parse(Buffer.from(part, 'base64url').toString());
      const iat = gitHub.nowMs / 1000 - 30;
      expect(parse(head)).toMatchObject({ alg: 'RS256' });
      expect(parse(claims)).toEqual({ iss: 42, iat, exp: iat + 600 });
      const verify = createVerify('RSA-SHA256').update(`${head}.${claims}`);
      expect(verify.verify(publicKey, signature, 'base64url')).toBe(true);
    }
    expect(gitHub.asked).toHaveLength(2);
  });

  it('is opaque: the long format is kept and sent as it came', async () => {
    const token = `ghs_42_eyJ${'x'.repeat(500)}.${'y_-'.repeat(10)}`;
    const expires_at = new Date(gitHub.nowMs + 3_600_000).toISOString();
    gitHub.on(mintRoute, { status: 201, body: { token, expires_at } });
    expect(await gitHub.installations().tokenOf(at)).toMatchObject({ kind: 'token', token });
  });

  it('is kept until five minutes before its end, over restarts too', async () => {
    const store = new Map<number, InstallationToken>();
    await gitHub.installations(store).tokenOf(at);
    gitHub.nowMs += 3_600_000 - tokenReserveMs - 1;
    expect(await gitHub.installations(store).tokenOf(at)).toMatchObject({ token: 'ghs_1' });
    gitHub.nowMs += 1;
    expect(await gitHub.installations(store).tokenOf(at)).toMatchObject({ token: 'ghs_2' });
    expect(minted()).toBe(2);
  });

  it('that was forgotten is minted anew', async () => {
    const installations = gitHub.installations();
    await installations.tokenOf(at);
    installations.forget(installationId);
    expect(await installations.tokenOf(at)).toMatchObject({ token: 'ghs_2' });
  });

  it('is minted once for all who ask at the same time', async () => {
    const installations = gitHub.installations();
    const given = await Promise.all(Array.from({ length: 20 }, () => installations.tokenOf(at)));
    expect(new Set(given.map((each) => each.kind === 'token' && each.token))).toEqual(
      new Set(['ghs_1']),
    );
    expect(minted()).toBe(1);
  });

  it('that failed is tried again by the next who asks', async () => {
    const installations = gitHub.installations();
    gitHub.on(readRoute, { status: 500 });
    const both = await Promise.all([installations.tokenOf(at), installations.tokenOf(at)]);
    expect(both.map(({ kind }) => kind)).toEqual(['unavailable', 'unavailable']);
    expect(gitHub.asked).toHaveLength(1);
    gitHub.on(readRoute, { body: answers.installation });
    expect(await installations.tokenOf(at)).toMatchObject({ kind: 'token' });
  });

  it('of two objects has nothing in common', async () => {
    const [one, other] = [gitHub.installations(), gitHub.installations()];
    const given = await Promise.all([one.tokenOf(at), other.tokenOf(at)]);
    expect(given.map((each) => each.kind === 'token' && each.token).sort()).toEqual([
      'ghs_1',
      'ghs_2',
    ]);
  });

  it('threat 49: of another organisation’s installation is not given out', async () => {
    const installations = gitHub.installations();
    const foreign = { organisationId: 78, installationId };
    expect(await installations.tokenOf(foreign)).toEqual({ kind: 'not-installed' });
    await installations.tokenOf(at);
    // Also when it lies in the store already.
    expect(await installations.tokenOf(foreign)).toEqual({ kind: 'not-installed' });
  });
});

describe('an installation that cannot be asked about', () => {
  const with_ = (part: object): Told => ({ body: { ...answers.installation, ...part } });
  it.each<[string, string, Told, string]>([
    ['was removed', readRoute, { status: 404, body: { message: 'Not Found' } }, 'not-installed'],
    ['is a person’s', readRoute, with_({ target_type: 'User' }), 'not-installed'],
    ['has no account', readRoute, with_({ account: null }), 'not-installed'],
    ['is suspended', readRoute, with_({ suspended_at: '2026-01-01T00:00:00Z' }), 'suspended'],
    ['lacks members', readRoute, with_({ permissions: { metadata: 'read' } }), 'no-permission'],
    ['is gone at the mint', mintRoute, { status: 404 }, 'not-installed'],
    ['is suspended at the mint', mintRoute, { status: 403, body: { message: 'x' } }, 'suspended'],
    ['lacks it at the mint', mintRoute, { status: 422, body: { message: 'x' } }, 'no-permission'],
    ['belongs to no app of ours', readRoute, { status: 401 }, 'not-installed'],
    ['moved', readRoute, { status: 301, headers: { location: '/x' } }, 'not-installed'],
    ['is not told about', readRoute, { status: 503 }, 'unavailable'],
    ['is told in another shape', readRoute, { body: { id: 'five' } }, 'unavailable'],
    ['is told in no JSON', readRoute, { body: '<html>' }, 'unavailable'],
    [
      'gets a token without an end',
      mintRoute,
      { status: 201, body: { token: 'x' } },
      'unavailable',
    ],
  ])('%s', async (_what, route, told, kind) => {
    gitHub.on(route, told);
    expect(await gitHub.installations().tokenOf(at)).toMatchObject({ kind });
  });

  it('write permission on members reads them too', async () => {
    gitHub.on(readRoute, with_({ permissions: { members: 'write' } }));
    expect(await gitHub.installations().tokenOf(at)).toMatchObject({ kind: 'token' });
  });
});
