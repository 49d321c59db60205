/** What the dashboard refuses. */
import { beforeEach, describe, expect, it } from 'vitest';
import { dashboardRoutes } from '#edge/dashboard/routes.ts';
import { dashCookie } from '#edge/dashboard/dash-cookie.ts';
import { acme, alice, appUrl, bob, carol, interceptId, others } from '../api/fake-edge.ts';
import { FakeDashboard, intercept, type Browser } from './fake-dashboard.ts';

const admin = { kind: 'member', role: 'admin' } as const;
const id = interceptId('c');
const asker = { id: 1009, login: 'asker' };
let edge: FakeDashboard;
let key: string;
let label: string;
let tokenId: string;
let asAdmin: Browser;
let asOther: Browser;

beforeEach(async () => {
  edge = await new FakeDashboard().start();
  key = await edge.newCluster();
  label = await edge.newPreview(key, alice);
  edge.intercepts.set(key, [intercept(id, alice)]);
  await edge.clusterOfLabel(label)?.askFor(label, asker);
  edge.org(acme.id).members.set(carol.id, admin).set(alice.id, { kind: 'member', role: 'member' });
  edge.org(others.id).members.set(bob.id, admin);
  asAdmin = edge.browser(carol);
  asOther = edge.browser(bob, [others]);
  await asAdmin.get('/dashboard');
  await asOther.get('/dashboard');
  const made = await edge
    .org(acme.id)
    .makeToken(
      { kind: 'personal', name: 't', binding: { kind: 'organisation' }, creator: carol },
      'test',
    );
  tokenId = made.ok ? made.value.record.id : '';
  edge.changes.length = 0;
});

/** Every form of the dashboard, with what is good for an owner of the organisation. */
const forms = (): [path: string, fields: Record<string, string>][] => [
  [`/dashboard/previews/${label}/public`, { for: '3600' }],
  [`/dashboard/previews/${label}/prolong`, { for: '3600' }],
  [`/dashboard/previews/${label}/extend`, {}],
  [`/dashboard/previews/${label}/private`, {}],
  [`/dashboard/intercepts/${key}/${id}/end`, {}],
  [`/dashboard/previews/${label}/gate`, { gate: 'repo' }],
  [`/dashboard/previews/${label}/guests/${asker.id}/allow`, { for: '3600' }],
  [`/dashboard/previews/${label}/guests/${asker.id}/revoke`, {}],
  [`/dashboard/previews/${label}/remove`, {}],
  ['/dashboard/clusters', { name: 'one-more' }],
  [`/dashboard/clusters/${key}/remove`, { name: 'main' }],
  ['/dashboard/tokens', { kind: 'personal', name: 'n', scope: 'view' }],
  [`/dashboard/tokens/${tokenId}/rotate`, {}],
  [`/dashboard/tokens/${tokenId}/revoke`, {}],
  ['/dashboard/policy', { max_previews_per_person: '3' }],
  ['/dashboard/stop-all', {}],
];

const pages = [
  '/',
  '/dashboard',
  '/dashboard/clusters',
  '/dashboard/tokens',
  '/dashboard/policy',
  '/dashboard/audit',
  '/dashboard/setup',
  '/dashboard/audit.csv',
  '/dashboard/audit.jsonl',
  '/dashboard/events',
  '/dashboard/live.js',
];

it('has no route that these tests do not know', () => {
  const { routes } = dashboardRoutes({ login: {}, parts: {} } as never);
  const known = [
    ...pages.map((path) => `GET ${path}`),
    ...forms().map(([path]) => `POST ${path}`),
  ].map((each) =>
    each
      .replace(label, ':label')
      .replace(`${key}/${id}`, ':cluster/:id')
      .replace(tokenId, ':id')
      .replace(`clusters/${key}`, 'clusters/:key')
      .replace(`guests/${asker.id}`, 'guests/:user'),
  );
  expect(routes.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(
    known.toSorted(),
  );
});

describe('threat 39: a form that another site sends', () => {
  it.each([
    ['no Origin', { origin: '-' }],
    ['null', { origin: 'null' }],
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['a preview’s Origin', { origin: 'https://amber-otter.preview.example.dev' }],
    ['a sibling’s Origin', { origin: 'https://x.byway.example.com' }],
    ['another scheme', { origin: 'http://byway.example.com' }],
    ['another port', { origin: `${appUrl}:8443` }],
    ['Origin that begins alike', { origin: `${appUrl}.evil.example` }],
    ['another site by its own word', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling by its own word', { 'sec-fetch-site': 'same-site' }],
  ])('changes nothing: %s (threat 39)', async (_name, headers) => {
    for (const [path, fields] of forms()) {
      const seen = await asAdmin.post(path, fields, headers as Record<string, string>);
      expect([path, seen.status]).toEqual([path, 403]);
    }
    expect(edge.changes).toEqual([]);
  });

  it.each(['text/plain', 'multipart/form-data; boundary=x', 'application/json', '-'])(
    'changes nothing with another type of body: %s (threat 39)',
    async (type) => {
      for (const [path, fields] of forms()) {
        const foreign = { 'content-type': type, origin: 'https://evil.example' };
        expect((await asAdmin.post(path, fields, foreign)).status).toBe(403);
        // Even from here it is no form of ours. Without a type, undici calls it text/plain.
        expect((await asAdmin.post(path, fields, { 'content-type': type })).status).toBe(400);
      }
      expect(edge.changes).toEqual([]);
    },
  );

  it('needs the Strict cookie of this very login (threat 39)', async () => {
    const mine = asAdmin.cookies.get('__Host-byway_dash') ?? '';
    const theirs = asOther.cookies.get('__Host-byway_dash') ?? '';
    const former = { ...edge.logins.get('secret-0')!, sid: 'a-login-before' };
    const services = { ring: edge.ring, random: { bytes: (n: number) => new Uint8Array(n) } };
    const time = { ...services, appOrigin: () => appUrl, clock: edge.clock };
    const elsewhere = { ...time, appOrigin: () => 'https://other.example' };
    const valueOf = (line: string): string => /=([^;]*)/.exec(line)?.[1] ?? '';
    const session = await edge.ring.sign(
      'byway-session+jwt',
      { sub: `gh:${carol.id}`, sid: 'sid-0', jti: 'x' },
      { issuer: appUrl, audience: appUrl, ttlS: 60, nowMs: edge.nowMs },
    );
    const wrong = [
      undefined,
      theirs,
      mine.replace(/.(?=.{20}$)/, (one) => (one === 'A' ? 'B' : 'A')),
      valueOf(await dashCookie(time, former)),
      valueOf(await dashCookie(elsewhere, edge.logins.get('secret-0')!)),
      session,
    ];
    for (const value of wrong) {
      if (value === undefined) asAdmin.cookies.delete('__Host-byway_dash');
      else asAdmin.cookies.set('__Host-byway_dash', value);
      for (const [path, fields] of forms()) {
        expect((await asAdmin.post(path, fields)).status).toBe(403);
      }
    }
    expect(edge.changes).toEqual([]);
    asAdmin.cookies.set('__Host-byway_dash', mine);
    expect((await asAdmin.post('/dashboard/stop-all')).status).toBe(303);
  });

  it('needs the login too, which may have ended meanwhile (threat 39)', async () => {
    edge.logins.clear();
    for (const [path, fields] of forms()) {
      expect((await asAdmin.post(path, fields)).status).toBe(401);
    }
    expect(edge.changes).toEqual([]);
  });

  it('the cookie is Strict, for this host, and ends with the login (threat 39)', async () => {
    const browser = edge.browser(carol);
    edge.nowMs += 11 * 3_600_000;
    const { headers } = await browser.get('/dashboard');
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-byway_dash=[\w.-]+; Max-Age=3600; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
      ),
    ]);
    expect((await browser.get('/dashboard')).headers.getSetCookie()).toEqual([]);
  });
});

it('threat 40: nothing can be framed, and no other page gets a hold of a window', async () => {
  const answers = [];
  for (const browser of [asAdmin, asOther, edge.stranger()]) {
    for (const path of pages) {
      const response = await browser.raw(path);
      await response.body?.cancel();
      answers.push([path, response] as const);
    }
    for (const [path, fields] of forms()) {
      const { status, headers } = await browser.post(path, fields);
      answers.push([path, { status, headers }] as const);
    }
  }
  for (const [path, { status, headers }] of answers) {
    // There is nothing to frame in a redirect.
    if (status === 303) continue;
    if (headers.get('content-type') === 'application/json') continue;
    expect([path, headers.get('content-security-policy')]).toEqual([
      path,
      expect.stringContaining("frame-ancestors 'none'"),
    ]);
    expect([path, headers.get('x-frame-options')]).toEqual([path, 'DENY']);
    expect([path, headers.get('cross-origin-opener-policy')]).toEqual([path, 'same-origin']);
  }
});

it('threat 41: looking changes nothing, whoever looks and by whichever address', async () => {
  for (const browser of [asAdmin, asOther, edge.stranger()]) {
    for (const path of [...pages, ...forms().map(([each]) => each)]) {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const response = await browser.raw(path, { method });
        await response.body?.cancel();
      }
    }
  }
  expect(edge.changes).toEqual([]);
});

describe('threat 36: somebody else’s organisation', () => {
  it('is as if it were not there, for every id of a form (threat 36)', async () => {
    const ids = [label, id, tokenId, key];
    for (const [path, fields] of forms().filter(([each]) =>
      ids.some((one) => each.includes(one)),
    )) {
      const seen = await asOther.post(path, fields);
      const none = await asOther.post(
        path
          .replace(label, `${label.slice(0, -4)}zzzz`)
          .replace(id, interceptId('e'))
          .replace(`clusters/${key}`, 'clusters/zzzzzzzz')
          .replace(tokenId, 'zzzzzzzzzzzz'),
        fields,
      );
      expect([path, seen.status]).toEqual([path, 404]);
      expect(none.status).toBe(404);
      const blank = (text: string): string =>
        text.replaceAll(
          new RegExp(
            `${label}|${id}|${tokenId}|${key}|${label.slice(0, -4)}zzzz|e{32}|z{12}|z{8}`,
            'g',
          ),
          '·',
        );
      expect(blank(seen.text)).toBe(blank(none.text));
    }
    expect(edge.changes).toEqual([]);
  });

  it('cannot be named by somebody whose login does not have it (threat 36)', async () => {
    for (const organisation of ['acme', 'ACME', '77', 'no-such']) {
      for (const path of pages.slice(1, -1)) {
        const seen = await asOther.raw(`${path}?organisation=${organisation}`);
        expect([path, seen.status]).toEqual([path, 404]);
        expect(await seen.text()).not.toMatch(/alice|amber-otter/);
      }
      for (const [path, fields] of forms()) {
        expect((await asOther.post(`${path}?organisation=${organisation}`, fields)).status).toBe(
          404,
        );
      }
    }
    expect(edge.changes).toEqual([]);
  });

  it('shows nothing of it on any page, nor binds a token to it (threat 36)', async () => {
    for (const path of pages.slice(1, 8)) {
      expect((await asOther.get(path)).text).not.toMatch(/alice|amber-otter|carol/);
    }
    for (const target of [`preview:${label}`, `cluster:${key}`]) {
      const wish = { kind: 'service', name: 'n', scope: 'view', for: target };
      expect((await asOther.post('/dashboard/tokens', wish)).status).toBe(404);
    }
    expect(edge.changes).toEqual([]);
  });

  it('is closed to a member of it who was removed, with the login still there (threats 32 and 36)', async () => {
    edge.org(acme.id).members.delete(carol.id);
    for (const path of pages.slice(1, -1)) {
      expect((await asAdmin.raw(path)).status).toBe(404);
    }
    for (const [path, fields] of forms()) {
      expect((await asAdmin.post(path, fields)).status).toBe(404);
    }
    expect(edge.changes).toEqual([]);
  });
});
