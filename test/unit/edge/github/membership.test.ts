import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { membershipAtLogin, membershipOf } from '#edge/github/membership.ts';
import {
  alice,
  answers,
  at,
  installationId,
  organisation,
  ScratchGitHub,
  type Told,
} from './scratch-github.ts';

let gitHub: ScratchGitHub;
beforeEach(async () => {
  gitHub = (await new ScratchGitHub().start()).withInstallation();
});
afterEach(() => gitHub.stop());

const userRoute = `GET /api/user/${alice.id}`;
const memberRoute = 'GET /api/orgs/acme/memberships/alice';
const installationRoute = `GET /api/app/installations/${installationId}`;
const membership = (part: object): Told => ({ body: { ...answers.membership, ...part } });
const ofAlice = () => membershipOf(gitHub.installations(), at, alice.id);

describe('threat 32: membership is asked of GitHub with the installation token', () => {
  it('a member', async () => {
    expect(await ofAlice()).toEqual({ kind: 'member', role: 'member' });
    const [asked] = gitHub.askedOf('/memberships/');
    expect(asked!.headers.authorization).toBe('Bearer ghs_1');
  });

  it('an admin', async () => {
    gitHub.on(memberRoute, membership({ role: 'admin' }));
    expect(await ofAlice()).toEqual({ kind: 'member', role: 'admin' });
  });

  it('a member who was removed', async () => {
    const installations = gitHub.installations();
    expect(await membershipOf(installations, at, alice.id)).toMatchObject({ kind: 'member' });
    gitHub.on(memberRoute, { status: 404, body: { message: 'Not Found' } });
    expect(await membershipOf(installations, at, alice.id)).toEqual({ kind: 'none' });
  });

  it('somebody whose account is gone', async () => {
    gitHub.on(userRoute, { status: 404, body: { message: 'Not Found' } });
    expect(await ofAlice()).toEqual({ kind: 'none' });
  });
});

describe('threat 33: states and roles', () => {
  it.each([
    ['active', 'admin', { kind: 'member', role: 'admin' }],
    ['active', 'member', { kind: 'member', role: 'member' }],
    ['active', 'billing_manager', { kind: 'none' }],
    ['active', 'outside_collaborator', { kind: 'none' }],
    ['active', 'Admin', { kind: 'none' }],
    ['active', '', { kind: 'none' }],
    ['pending', 'admin', { kind: 'pending' }],
    ['pending', 'member', { kind: 'pending' }],
    ['pending', 'billing_manager', { kind: 'none' }],
    ['inactive', 'member', { kind: 'none' }],
    ['something_new', 'admin', { kind: 'none' }],
  ])('%s %s', async (state, role, expected) => {
    gitHub.on(memberRoute, membership({ state, role }));
    expect(await ofAlice()).toEqual(expected);
  });

  it('an outside collaborator is not found', async () => {
    gitHub.on(memberRoute, { status: 404, body: { message: 'Not Found' } });
    expect(await ofAlice()).toEqual({ kind: 'none' });
  });
});

describe('threat 34: names change hands, numbers do not', () => {
  it('the name that the number has now is asked for', async () => {
    gitHub
      .on(userRoute, { body: { id: alice.id, login: 'alice-renamed' } })
      .on('GET /api/orgs/acme/memberships/alice-renamed', { body: answers.membership });
    expect(await ofAlice()).toEqual({ kind: 'member', role: 'member' });
    expect(gitHub.askedOf('memberships/alice?')).toEqual([]);
  });

  it('somebody else’s number in the answer is no membership', async () => {
    gitHub.on(memberRoute, membership({ user: { id: 1002, login: 'alice' } }));
    expect(await ofAlice()).toEqual({ kind: 'none' });
  });

  it('no user in the answer is no membership', async () => {
    gitHub.on(memberRoute, membership({ user: null }));
    expect(await ofAlice()).toEqual({ kind: 'none' });
  });

  it('another number than was looked up is no membership', async () => {
    gitHub.on(userRoute, { body: { id: 1002, login: 'alice' } });
    expect(await ofAlice()).toEqual({ kind: 'none' });
    expect(gitHub.askedOf('/memberships/')).toEqual([]);
  });

  it('another organisation under the old name is no membership', async () => {
    gitHub.on(memberRoute, membership({ organization: { id: 78, login: 'acme' } }));
    expect(await ofAlice()).toEqual({ kind: 'none' });
  });

  it('an organisation that was renamed is found under its new name', async () => {
    const installations = gitHub.installations();
    await membershipOf(installations, at, alice.id);
    gitHub
      .on(memberRoute, membership({ organization: { id: 78, login: 'acme' } }))
      .on(installationRoute, {
        body: { ...answers.installation, account: { id: organisation.id, login: 'acme-2' } },
      })
      .on('GET /api/orgs/acme-2/memberships/alice', { body: answers.membership });
    expect(await membershipOf(installations, at, alice.id)).toMatchObject({ kind: 'member' });
  });

  it('a login is never taken for a path', async () => {
    gitHub.on(userRoute, { body: { id: alice.id, login: '../memberships/bob?x=#' } });
    expect(await ofAlice()).toEqual({ kind: 'none' });
    expect(gitHub.askedOf('/memberships/')[0]!.url).toBe(
      '/api/orgs/acme/memberships/..%2Fmemberships%2Fbob%3Fx%3D%23',
    );
  });
});

describe('threat 35: SAML single sign-on', () => {
  const sso = 'https://github.com/orgs/acme/sso?authorization_request=AZ';
  it('a refusal that asks for a session says where', async () => {
    gitHub.on(memberRoute, {
      status: 403,
      headers: { 'x-github-sso': `required; url=${sso}` },
      body: { message: 'Resource protected by organization SAML enforcement.' },
    });
    expect(await ofAlice()).toEqual({ kind: 'saml', url: sso });
  });

  const member = { kind: 'member', role: 'member' } as const;
  it('a member whose own token does not reach the organisation has no session', () => {
    const organisations = [{ id: 78, login: 'other', installationId: 6 }];
    expect(membershipAtLogin(member, { organisations }, 77)).toEqual({ kind: 'saml' });
    expect(membershipAtLogin(member, { organisations: [] }, 77)).toEqual({ kind: 'saml' });
  });

  it('a member whose token does has one', () => {
    const organisations = [{ ...organisation, installationId }];
    expect(membershipAtLogin(member, { organisations }, 77)).toEqual(member);
  });

  it('whoever is no member stays so', () => {
    const organisations = [{ ...organisation, installationId }];
    for (const kind of ['none', 'pending', 'suspended'] as const) {
      expect(membershipAtLogin({ kind }, { organisations }, 77)).toEqual({ kind });
    }
  });
});

describe('a refusal is explained by the installation', () => {
  const refused = (status: number): Told => ({ status, body: { message: 'x' } });
  const installation = (part: object): Told => ({ body: { ...answers.installation, ...part } });
  it.each<[string, Told, Told, string]>([
    ['removed', refused(404), refused(404), 'not-installed'],
    ['removed, token dead', refused(401), refused(404), 'not-installed'],
    [
      'suspended',
      refused(403),
      installation({ suspended_at: '2026-01-01T00:00:00Z' }),
      'suspended',
    ],
    ['without members', refused(404), installation({ permissions: {} }), 'no-permission'],
    ['without members, by 403', refused(403), installation({}), 'no-permission'],
    ['another’s', refused(404), installation({ account: { id: 78, login: 'x' } }), 'not-installed'],
    ['silent', refused(404), refused(500), 'unavailable'],
    ['there', refused(404), installation({}), 'none'],
    ['there, answer moved', refused(302), installation({}), 'none'],
  ])('%s', async (_what, membershipAnswer, installationAnswer, kind) => {
    const installations = gitHub.installations();
    await installations.tokenOf(at);
    gitHub.on(memberRoute, membershipAnswer).on(installationRoute, installationAnswer);
    expect(await membershipOf(installations, at, alice.id)).toMatchObject({ kind });
  });

  it('a token that died early is replaced once', async () => {
    const installations = gitHub.installations();
    await installations.tokenOf(at);
    gitHub.on(userRoute, ({ headers }) =>
      headers.authorization === 'Bearer ghs_2' ? { body: alice } : refused(401),
    );
    expect(await membershipOf(installations, at, alice.id)).toMatchObject({ kind: 'member' });
  });

  it('tokens that all die do not go on for ever', async () => {
    gitHub.on(userRoute, refused(401));
    expect(await ofAlice()).toEqual({ kind: 'none' });
    expect(gitHub.askedOf('access_tokens')).toHaveLength(2);
  });
});

describe('GitHub is away', () => {
  it.each<[string, Told, number]>([
    ['500', { status: 500 }, 5_000],
    ['502 in HTML', { status: 502, headers: { 'content-type': 'text/html' }, body: '<p>' }, 5_000],
    ['503 with a pause', { status: 503, headers: { 'retry-after': '9' } }, 9_000],
    ['429', { status: 429, headers: { 'retry-after': '60' } }, 60_000],
    ['429 without a pause', { status: 429 }, 5_000],
    ['a secondary limit', { status: 403, headers: { 'retry-after': '30' }, body: {} }, 30_000],
    [
      'a secondary limit in words',
      { status: 403, body: { message: 'You have exceeded a secondary rate limit.' } },
      5_000,
    ],
    ['nothing', { fault: 'cut' }, 5_000],
    ['an answer in another shape', { body: { state: 'active' } }, 5_000],
    ['an answer that breaks off', { body: '{"state":"active","role":"mem' }, 5_000],
  ])('%s', async (_what, told, retryAfterMs) => {
    gitHub.on(memberRoute, told);
    expect(await ofAlice()).toEqual({ kind: 'unavailable', retryAfterMs });
  });

  it('the primary limit says when it ends', async () => {
    const reset = String(gitHub.nowMs / 1000 + 120);
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    gitHub.on(memberRoute, { status: 403, headers, body: { message: 'Enough.' } });
    expect(await ofAlice()).toEqual({ kind: 'unavailable', retryAfterMs: 120_000 });
  });

  it('silence ends by itself', async () => {
    gitHub.on(memberRoute, { fault: 'silent' });
    const services = gitHub.services;
    const impatient = gitHub.installations(new Map(), { ...services, timeoutMs: 200 });
    expect(await membershipOf(impatient, at, alice.id)).toMatchObject({ kind: 'unavailable' });
  });

  it('is not called again before the pause that it asked for has passed', async () => {
    const installations = gitHub.installations();
    gitHub.on(memberRoute, { status: 429, headers: { 'retry-after': '60' } });
    await membershipOf(installations, at, alice.id);
    const before = gitHub.asked.length;
    gitHub.on(memberRoute, { body: answers.membership });
    gitHub.nowMs += 59_000;
    expect(await membershipOf(installations, at, alice.id)).toEqual({
      kind: 'unavailable',
      retryAfterMs: 1_000,
    });
    expect(gitHub.asked).toHaveLength(before);
    gitHub.nowMs += 1_000;
    expect(await membershipOf(installations, at, alice.id)).toMatchObject({ kind: 'member' });
  });

  it('its redirects are not followed with the token', async () => {
    gitHub.on(memberRoute, { status: 307, headers: { location: `${gitHub.url}/elsewhere` } });
    expect(await ofAlice()).toEqual({ kind: 'none' });
    expect(gitHub.askedOf('elsewhere')).toEqual([]);
  });
});
