/** What people see and change at the dashboard. */
import { beforeEach, describe, expect, it } from 'vitest';
import { acme, alice, bob, carol, interceptId, others } from '../api/fake-edge.ts';
import { FakeDashboard, intercept, type Browser } from './fake-dashboard.ts';

let edge: FakeDashboard;
let key: string;
let label: string;
let asAlice: Browser;
let asBob: Browser;
let asAdmin: Browser;

beforeEach(async () => {
  edge = await new FakeDashboard().start();
  key = await edge.newCluster();
  label = await edge.newPreview(key, alice);
  const member = { kind: 'member', role: 'member' } as const;
  edge.org(acme.id).members.set(alice.id, member).set(bob.id, member);
  edge.org(acme.id).members.set(carol.id, { kind: 'member', role: 'admin' });
  [asAlice, asBob, asAdmin] = [edge.browser(alice), edge.browser(bob), edge.browser(carol)];
  for (const each of [asAlice, asBob, asAdmin]) await each.get('/dashboard');
  edge.changes.length = 0;
});

const forms = (text: string): string[] =>
  [...text.matchAll(/<form\s+method="post"\s+action="([^"]+)"/g)].map(([, action = '']) => action);

describe('the way in', () => {
  it('is a page that says what this is, for a stranger', async () => {
    const seen = await edge.stranger().get('/');
    expect(seen.status).toBe(200);
    expect(seen.text).toContain('Sign in with GitHub');
  });

  it('leads somebody who is signed in on to the dashboard', async () => {
    const seen = await asAlice.get('/');
    expect([seen.status, seen.headers.get('location')]).toEqual([303, '/dashboard']);
  });

  it('is a login at GitHub for a page, and 401 for a script', async () => {
    const page = await edge.stranger().get('/dashboard/tokens');
    expect(page.status).toBe(303);
    expect(page.headers.get('location')).toMatch(/^https:\/\/github\.com\//);
    const byScript = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' };
    const script = await edge.stranger().get('/dashboard/tokens', byScript);
    expect(script.status).toBe(401);
    expect(script.headers.get('set-cookie')).toBeNull();
  });

  it('is closed to somebody who is no member any more, with a way to another organisation', async () => {
    const both = edge.browser(bob, [others, acme]);
    const seen = await both.get('/dashboard');
    expect(seen.status).toBe(404);
    expect(seen.text).toContain('/dashboard?organisation=acme');
    expect((await both.get('/dashboard?organisation=ACME')).status).toBe(200);
  });
});

describe('previews', () => {
  it('are listed with owner, cluster, access and state', async () => {
    const { text } = await asBob.get('/dashboard');
    for (const part of ['alice', 'main', 'organisation', 'connected', `https://${label}.preview`]) {
      expect(text).toContain(part);
    }
    edge.away.add(key);
    expect((await asBob.get('/dashboard')).text).toContain('connector away');
  });

  it('have buttons for their owner and for owners of the organisation only', async () => {
    expect(forms((await asBob.get('/dashboard')).text)).toEqual([]);
    for (const each of [asAlice, asAdmin]) {
      const actions = forms((await each.get('/dashboard')).text);
      expect(actions).toEqual([
        `/dashboard/previews/${label}/public`,
        `/dashboard/previews/${label}/remove`,
      ]);
    }
  });

  it('are made public for a time, extended, made private again and removed', async () => {
    const made = await asAlice.post(`/dashboard/previews/${label}/public`, { for: '3600' });
    expect(made.headers.get('location')).toBe('/dashboard?done=public');
    const { text } = await asAlice.get('/dashboard?done=public');
    expect(text).toContain('The preview is public now');
    expect(text).toMatch(/<time datetime="2026-01-01T01:00:00.000Z" data-left[^>]*>1 h</);
    const longer = await asAlice.post(`/dashboard/previews/${label}/prolong`, { for: '7200' });
    expect(longer.status).toBe(303);
    expect((await asAlice.get('/dashboard')).text).toContain('2026-01-01T02:00:00.000Z');
    const shorter = await asAlice.post(`/dashboard/previews/${label}/prolong`, { for: '60' });
    expect([shorter.status, shorter.text]).toEqual([400, expect.stringContaining('for longer')]);
    expect((await asAdmin.post(`/dashboard/previews/${label}/private`)).status).toBe(303);
    expect((await asAlice.get('/dashboard')).text).toContain('>organisation</span');
    const late = await asAlice.post(`/dashboard/previews/${label}/prolong`, { for: '7200' });
    expect(late.status).toBe(400);
    expect((await asAlice.post(`/dashboard/previews/${label}/remove`)).status).toBe(303);
    expect((await asAlice.get('/dashboard')).text).not.toContain(label);
    expect(edge.audited().map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      'operator cluster.create',
      'operator preview.create',
      'gh:1001 preview.public',
      'gh:1001 preview.public',
      'gh:1003 preview.private',
      'gh:1001 preview.remove',
    ]);
  });

  it('show how long they live and how they are used, and are extended', async () => {
    const dayMs = 86_400_000;
    const { nowMs } = edge;
    edge.lives.set(label, {
      untilMs: nowMs + 2 * dayMs,
      idleS: 86_400,
      usedMs: nowMs,
      hits: 1234,
    });
    const { text } = await asAlice.get('/dashboard');
    expect(text).toContain('1,234 requests');
    expect(text).toMatch(/in\s+<time datetime="2026-01-03T00:00:00.000Z" data-left[^>]*>2 d</);
    expect(text).toMatch(/or\s+<time datetime="2026-01-02T00:00:00.000Z" data-left[^>]*>1 d</);
    expect(forms((await asBob.get('/dashboard')).text)).toEqual([]);
    const extended = await asAlice.post(`/dashboard/previews/${label}/extend`);
    expect(extended.headers.get('location')).toBe('/dashboard?done=extended');
    expect((await asAlice.get('/dashboard')).text).toContain('2026-01-15T00:00:00.000Z');
    expect(edge.audited().at(-1)?.action).toBe('preview.extend');
  });

  it('are for nobody else to change, whatever the address', async () => {
    for (const verb of ['public', 'prolong', 'extend', 'private', 'remove']) {
      const seen = await asBob.post(`/dashboard/previews/${label}/${verb}`, { for: '60' });
      expect(seen.status).toBe(403);
      expect(seen.text).toContain('only alice or an owner');
    }
    expect(edge.changes).toEqual([]);
  });

  it('are public for no longer than the organisation allows, or not at all', async () => {
    const policy = edge.org(acme.id);
    await policy.setPolicy({ longest_public_s: 7200 }, 'test');
    const { text } = await asAlice.get('/dashboard');
    expect([...text.matchAll(/<option value="(\d+)"/g)].map(([, each]) => each)).toEqual([
      '3600',
      '7200',
    ]);
    const path = `/dashboard/previews/${label}/public`;
    expect((await asAlice.post(path, { for: '7201' })).status).toBe(403);
    for (const wrong of ['-1', '1.5', 'x', '9999999999']) {
      expect((await asAlice.post(path, { for: wrong })).status).toBe(400);
    }
    await policy.setPolicy({ public_allowed: false }, 'test');
    expect(forms((await asAlice.get('/dashboard')).text)).toEqual([
      `/dashboard/previews/${label}/remove`,
    ]);
    expect((await asAlice.post(path, { for: '60' })).status).toBe(403);
  });

  it('have a column for pull requests where there is one', async () => {
    expect((await asBob.get('/dashboard')).text).not.toContain('Pull request');
    const links = new Map([
      [label, { text: 'acme/shop#12', url: 'https://github.com/acme/shop/pull/12' }],
    ]);
    await edge.start({ pullRequests: async () => links });
    const { text } = await asBob.get('/dashboard');
    expect(text).toContain('Pull request');
    expect(text).toContain('<a href="https://github.com/acme/shop/pull/12">acme/shop#12</a>');
  });
});

describe('people at a preview', () => {
  const mallory = { id: 1004, login: 'mallory' };
  const path = (verb: string): string =>
    `/dashboard/previews/${label}/guests/${mallory.id}/${verb}`;

  it('who ask are let in for a time, and out again, by whoever may change it', async () => {
    await edge.clusterOfLabel(label)?.askFor(label, mallory);
    const asked = (await asAlice.get('/dashboard')).text;
    expect(asked).toContain('mallory asks');
    expect(forms(asked)).toContain(path('allow'));
    const toBob = (await asBob.get('/dashboard')).text;
    expect([toBob.includes('mallory asks'), forms(toBob)]).toEqual([true, []]);
    for (const verb of ['allow', 'revoke']) {
      expect((await asBob.post(path(verb), { for: '3600' })).status).toBe(403);
    }
    for (const wrong of ['59', '9999999', 'x', '1.5']) {
      expect((await asAlice.post(path('allow'), { for: wrong })).status).toBe(400);
    }
    const allowed = await asAlice.post(path('allow'), { for: '3600' });
    expect(allowed.headers.get('location')).toBe('/dashboard?done=allowed');
    const { text } = await asAdmin.get('/dashboard');
    expect(text).toMatch(/and mallory for <time datetime="2026-01-01T01:00:00.000Z" data-left/);
    expect(text).not.toContain('mallory asks');
    expect(forms(text)).toContain(path('revoke'));
    const revoked = await asAdmin.post(path('revoke'));
    expect(revoked.headers.get('location')).toBe('/dashboard?done=disallowed');
    expect((await asAlice.get('/dashboard')).text).not.toContain('mallory');
    expect((await asAlice.post(path('allow'), { for: '3600' })).status).toBe(404);
    expect((await asAlice.post(path('revoke'))).status).toBe(404);
    const rows = edge.audited().map(({ actor, action }) => `${actor} ${action}`);
    expect(rows.slice(-2)).toEqual(['gh:1001 preview.allow', 'gh:1003 preview.disallow']);
  });

  it('who looked last are named to members, tokens by their name', async () => {
    const made = await edge
      .org(acme.id)
      .makeToken({ kind: 'service', name: 'e2e tests', binding: { kind: 'organisation' } }, 'test');
    if (!made.ok) throw new Error(made.refusal.reason);
    const { nowMs } = edge;
    const viewers = [
      { viewer: { kind: 'person' as const, ...bob }, atMs: nowMs },
      { viewer: { kind: 'token' as const, id: made.value.record.id }, atMs: nowMs },
      { viewer: { kind: 'token' as const, id: 'gone00000000' }, atMs: nowMs },
    ];
    const life = { untilMs: nowMs + 1000, idleS: 60, usedMs: nowMs, hits: 3 };
    edge.lives.set(label, { ...life, viewers });
    const { text } = await asAlice.get('/dashboard');
    expect(text).toMatch(/>bob<\/span>\s*<span class="soft"><time datetime="2026-01-01T00:00/);
    expect(text).toContain('token “e2e tests”');
    expect(text).toContain('token gone00000000');
    edge.lives.set(label, life);
    expect((await asAlice.get('/dashboard')).text).not.toContain('Last viewers');
  });

  it('are members, or readers of the repository, as whoever may change it chooses', async () => {
    expect((await asBob.get('/dashboard')).text).toContain('>organisation</span');
    const path = `/dashboard/previews/${label}/gate`;
    // Where there is no pull request there is no repository.
    expect(forms((await asAlice.get('/dashboard')).text)).not.toContain(path);
    const repository = { id: 2001, owner: acme, name: 'shop' };
    edge.pulls.set(label, [{ repository, number: 12, sinceMs: edge.nowMs }]);
    expect(forms((await asAlice.get('/dashboard')).text)).toContain(path);
    expect(forms((await asBob.get('/dashboard')).text)).toEqual([]);
    expect((await asBob.post(path, { gate: 'repo' })).status).toBe(403);
    for (const gate of ['', 'all', 'public']) {
      expect((await asAlice.post(path, { gate })).status).toBe(400);
    }
    const changed = await asAlice.post(path, { gate: 'repo' });
    expect(changed.headers.get('location')).toBe('/dashboard?done=gate');
    expect((await asBob.get('/dashboard')).text).toContain('readers of the repository');
    expect(edge.audited().at(-1)).toMatchObject({
      actor: 'gh:1001',
      action: 'preview.gate',
      details: { gate: 'repo' },
    });
    await asAdmin.post(path, { gate: 'org' });
    expect((await asBob.get('/dashboard')).text).toContain('>organisation</span');
  });
});

describe('clusters', () => {
  it('are registered by an owner, with the token once and what to do with it', async () => {
    expect(forms((await asAlice.get('/dashboard/clusters')).text)).toEqual([]);
    expect((await asAlice.post('/dashboard/clusters', { name: 'dev' })).status).toBe(403);
    expect(forms((await asAdmin.get('/dashboard/clusters')).text)).toContain('/dashboard/clusters');
    const made = await asAdmin.post('/dashboard/clusters', { name: 'dev' });
    expect([made.status, made.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const token = /value="(bwc_[^"]+)"/.exec(made.text)?.[1] ?? '';
    expect(token).not.toBe('');
    // In the field and for the button that copies it; never in a command, which a shell would keep.
    expect(made.text.split(token)).toHaveLength(3);
    expect(made.text).toContain('url: https://byway.example.com');
    const { text } = await asAdmin.get('/dashboard/clusters');
    expect(text).not.toContain('with the banner');
    Object.assign(edge.banners, { styled: 5, plain: 2, none: 1 });
    const counted = (await asAdmin.get('/dashboard/clusters')).text.replaceAll(/\s+/g, ' ');
    expect(counted).toContain('5 with the banner, 2 with a plain one');
    expect(counted).toContain('1 without');
    expect([text.includes('>dev<'), text.includes(token)]).toEqual([true, false]);
    const again = await asAdmin.post('/dashboard/clusters', { name: 'dev' });
    expect([again.status, again.text]).toEqual([409, expect.stringContaining('is taken')]);
    for (const name of ['', 'Dev', '-x', 'x'.repeat(64), 'ä']) {
      expect((await asAdmin.post('/dashboard/clusters', { name })).status).toBe(400);
    }
    expect(edge.audited().at(-1)).toMatchObject({
      actor: 'gh:1003',
      action: 'cluster.create',
      details: { name: 'dev', shards: 1 },
    });
  });

  it('are removed by an owner who types their name', async () => {
    const path = `/dashboard/clusters/${key}/remove`;
    expect((await asAlice.post(path, { name: 'main' })).status).toBe(403);
    for (const name of ['', 'other', 'MAIN']) {
      expect((await asAdmin.post(path, { name })).status).toBe(400);
    }
    expect(edge.changes).toEqual([]);
    const removed = await asAdmin.post(path, { name: 'main' });
    expect(removed.headers.get('location')).toBe('/dashboard/clusters?done=cluster-removed');
    expect((await asAdmin.get('/dashboard/clusters')).text).toContain('There is no cluster yet');
    expect((await asAdmin.post(path, { name: 'main' })).status).toBe(404);
    expect(edge.audited().at(-1)).toMatchObject({ actor: 'gh:1003', action: 'cluster.remove' });
  });
});

describe('intercepts', () => {
  const orders = interceptId('c');

  it('without a preview are listed too, with the state of their laptop', async () => {
    edge.intercepts.set(key, [intercept(orders, bob, { state: 'waiting' })]);
    const { text } = await asAlice.get('/dashboard');
    expect(text).toContain('no preview');
    expect(text).toContain('laptop waiting');
    expect(text).toContain('orders.shop, port http, on alices-laptop');
    expect(text).not.toContain(`/dashboard/intercepts/${key}/${orders}/end`);
  });

  it('are ended by their owner or an owner of the organisation, and by nobody else', async () => {
    edge.intercepts.set(key, [intercept(orders, bob)]);
    const path = `/dashboard/intercepts/${key}/${orders}/end`;
    expect((await asAlice.post(path)).status).toBe(403);
    expect((await asBob.get('/dashboard')).text).toContain(path);
    const seen = await asBob.post(path);
    expect(seen.headers.get('location')).toBe('/dashboard?done=intercept-ended');
    expect(edge.ended).toEqual([{ id: orders, by: 'bob' }]);
    expect((await asBob.post(path)).status).toBe(404);
  });
});

describe('pages with nothing on them', () => {
  it('say what to do next', async () => {
    await asAlice.post(`/dashboard/previews/${label}/remove`);
    expect((await asAlice.get('/dashboard')).text).toContain('byway intercept');
    edge.clusters.clear();
    expect((await asAlice.get('/dashboard')).text).toContain('There is no cluster yet');
    expect((await asAlice.get('/dashboard/clusters')).text).toContain('An owner of acme');
    expect((await asAdmin.get('/dashboard/clusters')).text).toContain('Register the first one');
    expect((await asAlice.get('/dashboard/tokens')).text).toContain('There is no token yet');
    const query = '/dashboard/audit?action=nothing.such';
    expect((await asAdmin.get(query)).text).toContain('Nothing fits the filter');
  });
});

describe('tokens', () => {
  const wish: [string, string][] = [
    ['kind', 'personal'],
    ['name', 'my laptop'],
    ['life', '604800'],
    ['scope', 'view'],
  ];
  const idOf = (text: string): string => /bw[csu]_([0-9A-Za-z]{12})_/.exec(text)?.[1] ?? '';

  it('are shown once, then listed without their secret, rotated and revoked', async () => {
    const made = await asAlice.post('/dashboard/tokens', wish);
    expect(made.status).toBe(200);
    const secret = /value="(bwu_[^"]+)"/.exec(made.text)?.[1] ?? '';
    const { text } = await asAlice.get('/dashboard/tokens');
    expect(text).toContain('my laptop');
    expect(text).not.toContain(secret);
    expect(text).toContain('personal: view');
    const id = idOf(made.text);
    const rotated = await asAlice.post(`/dashboard/tokens/${id}/rotate`);
    expect(rotated.text).toMatch(/value="bwu_/);
    expect(rotated.text).not.toContain(secret);
    const revoked = await asAlice.post(`/dashboard/tokens/${id}/revoke`);
    expect(revoked.headers.get('location')).toBe('/dashboard/tokens?done=revoked');
    expect((await asAlice.get('/dashboard/tokens')).text).not.toContain('my laptop');
  });

  it('follow the rules of the API: of others only for owners, connectors only by them', async () => {
    const made = await asAlice.post('/dashboard/tokens', wish);
    const id = idOf(made.text);
    expect((await asBob.get('/dashboard/tokens')).text).not.toContain('my laptop');
    expect((await asBob.post(`/dashboard/tokens/${id}/revoke`)).status).toBe(404);
    expect((await asBob.post(`/dashboard/tokens/${id}/rotate`)).status).toBe(404);
    const list = (await asAdmin.get('/dashboard/tokens')).text;
    expect(list).toContain('my laptop');
    expect(list).not.toContain(`/dashboard/tokens/${id}/rotate`);
    expect((await asAdmin.post(`/dashboard/tokens/${id}/rotate`)).status).toBe(403);
    const connector = { kind: 'connector', name: 'c', for: `cluster:${key}` };
    expect((await asAlice.post('/dashboard/tokens', connector)).status).toBe(403);
    expect((await asAdmin.post('/dashboard/tokens', connector)).text).toMatch(/value="bwc_/);
    const service = { kind: 'service', name: 's', scope: 'view', for: `preview:${label}` };
    expect((await asAlice.post('/dashboard/tokens', service)).text).toMatch(/value="bws_/);
    expect((await asBob.post('/dashboard/tokens', service)).status).toBe(403);
    expect(
      (await asAlice.post('/dashboard/tokens', { ...service, for: 'organisation' })).status,
    ).toBe(403);
  });

  it('are refused with a reason where something is missing', async () => {
    const nameless = await asAlice.post('/dashboard/tokens', { kind: 'personal', scope: 'view' });
    expect([nameless.status, nameless.text]).toEqual([
      400,
      expect.stringContaining('needs a name'),
    ]);
    const idle = await asAlice.post('/dashboard/tokens', { kind: 'personal', name: 'x' });
    expect([idle.status, idle.text]).toEqual([400, expect.stringContaining('tick at least one')]);
  });
});

describe('the policy', () => {
  const same = {
    public_allowed: 'on',
    longest_public_s: '1',
    longest_public_s_unit: 'days',
    longest_life_s: '14',
    longest_life_s_unit: 'days',
    idle_life_s: '3',
    idle_life_s_unit: 'days',
    max_previews_per_person: '20',
    max_public_requests_per_minute: '6000',
    max_public_bytes_per_day: '10',
    max_public_bytes_per_day_unit: 'GiB',
    edge_intercepts: 'nobody',
  };

  it('is shown to members and changed by owners', async () => {
    const seen = await asAlice.get('/dashboard/policy');
    expect(seen.text).toContain('1 day<');
    expect(forms(seen.text)).toEqual([]);
    expect((await asAlice.post('/dashboard/policy', same)).status).toBe(403);
    expect((await asAlice.post('/dashboard/stop-all')).status).toBe(403);
    const change = { ...same, longest_public_s: '90', longest_public_s_unit: 'minutes' };
    expect((await asAdmin.post('/dashboard/policy', change)).status).toBe(303);
    expect(edge.org(acme.id).policies.current.longest_public_s).toBe(5400);
    expect((await asAdmin.get('/dashboard/policy')).text).toMatch(/value="90"/);
    const shortLived = { ...change, longest_life_s: '7', idle_life_s: '1' };
    expect((await asAdmin.post('/dashboard/policy', shortLived)).status).toBe(303);
    const { longest_life_s: life, idle_life_s: idle } = edge.org(acme.id).policies.current;
    expect([life, idle]).toEqual([7 * 86_400, 86_400]);
  });

  it('changes in nothing that was not changed, and not to what is out of range', async () => {
    await edge.org(acme.id).setPolicy({ max_public_bytes_per_day: 12_345 }, 'test');
    const before = { ...edge.org(acme.id).policies.current };
    const shown = {
      ...same,
      max_public_bytes_per_day: '12345',
      max_public_bytes_per_day_unit: 'bytes',
    };
    await asAdmin.post('/dashboard/policy', shown);
    expect(edge.org(acme.id).policies.current).toEqual(before);
    for (const wrong of [
      { longest_public_s: '31' },
      { longest_public_s_unit: 'years' },
      { max_previews_per_person: '1.5' },
      { edge_intercepts: 'everybody' },
    ]) {
      expect((await asAdmin.post('/dashboard/policy', { ...shown, ...wrong })).status).toBe(400);
    }
    expect(edge.org(acme.id).policies.current).toEqual(before);
  });

  it('takes the largest values that there are', async () => {
    const most = {
      ...same,
      longest_public_s: '30',
      max_previews_per_person: '1000',
      max_public_requests_per_minute: '1000000000',
      max_public_bytes_per_day: '1000000000000000',
      max_public_bytes_per_day_unit: 'bytes',
      edge_intercepts: 'members',
    };
    expect((await asAdmin.post('/dashboard/policy', most)).status).toBe(303);
    expect(edge.org(acme.id).policies.current.max_public_bytes_per_day).toBe(1e15);
    expect((await asAdmin.post('/dashboard/policy', most)).status).toBe(303);
  });

  it('can be stopped in one click', async () => {
    expect((await asAdmin.post('/dashboard/stop-all')).status).toBe(303);
    expect(edge.org(acme.id).policies.current.public_allowed).toBe(false);
    expect(edge.audited().at(-1)?.action).toBe('stop-all');
  });
});

describe('the audit log', () => {
  it('is for owners of the organisation', async () => {
    for (const path of ['/dashboard/audit', '/dashboard/audit.csv', '/dashboard/audit.jsonl']) {
      expect((await asAlice.get(path)).status).toBe(403);
    }
    expect((await asAlice.get('/dashboard')).text).not.toContain('/dashboard/audit');
    expect((await asAdmin.get('/dashboard')).text).toContain('/dashboard/audit');
  });

  it('is filtered, and goes on page by page', async () => {
    for (let index = 0; index < 60; index += 1) {
      await edge.org(acme.id).note({
        actor: `gh:${1001 + (index % 2)}`,
        action: 'test.row',
        subject: `row-${index}`,
        details: {},
      });
    }
    const first = await asAdmin.get('/dashboard/audit?action=test.row');
    expect(first.text.match(/row-\d+/g)).toHaveLength(50);
    const next =
      /rel="next"\s+href="([^"]+)"/.exec(first.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await asAdmin.get(next);
    expect(second.text.match(/row-\d+/g)).toHaveLength(10);
    expect(second.text).not.toContain('rel="next"');
    const ofBob = await asAdmin.get('/dashboard/audit?actor=gh:1002&action=test.row');
    expect(ofBob.text.match(/row-\d+/g)).toHaveLength(30);
    const later = await asAdmin.get('/dashboard/audit?since=2026-01-02');
    expect(later.text).toContain('Nothing fits the filter');
    expect((await asAdmin.get('/dashboard/audit?since=yesterday')).status).toBe(400);
  });

  it('is exported as CSV that no spreadsheet runs, and as JSON lines', async () => {
    const nasty = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '|x', '%x', '＝1'];
    for (const subject of nasty) {
      await edge
        .org(acme.id)
        .note({ actor: 'edge', action: 'test', subject, details: { a: '"b"' } });
    }
    const csv = await asAdmin.get('/dashboard/audit.csv?action=test');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="audit-77.csv"');
    const [head, ...rows] = csv.text.trimEnd().split('\r\n');
    expect(head).toBe('"at","actor","action","subject","details","id"');
    expect(rows).toHaveLength(nasty.length);
    for (const row of rows) {
      expect(row).toMatch(/^"2026-01-01T00:00:00.000Z","edge","test","'/);
      expect(row).toContain('"{""a"":""\\""b\\""""}"');
    }
    const jsonl = await asAdmin.get('/dashboard/audit.jsonl?action=test');
    const entries = jsonl.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries.map(({ subject }) => subject).toReversed()).toEqual(nasty);
  });

  it('is exported beyond one page of the store', async () => {
    for (let index = 0; index < 600; index += 1) {
      await edge
        .org(acme.id)
        .note({ actor: 'edge', action: 'many', subject: `r${index}`, details: {} });
    }
    const { text } = await asAdmin.get('/dashboard/audit.jsonl?action=many');
    expect(text.trimEnd().split('\n')).toHaveLength(600);
  });
});

it('text of people is text on every page (threat 10)', async () => {
  const evil = '<img src=x onerror=alert(1)>"\'';
  edge.intercepts.set(key, [
    intercept(interceptId('d'), alice, {
      name: evil,
      workload: evil,
      laptop: evil,
      namespace: evil,
    }),
  ]);
  await asAlice.post('/dashboard/tokens', [
    ['kind', 'personal'],
    ['name', evil],
    ['scope', 'view'],
  ]);
  const query = new URLSearchParams({ actor: evil, action: evil, done: evil });
  for (const path of [
    '/dashboard',
    '/dashboard/tokens',
    `/dashboard?${query}`,
    `/dashboard/audit?${query}`,
    '/dashboard/audit',
  ]) {
    const { text, status } = await asAdmin.get(path);
    expect(status).toBe(200);
    expect(text).not.toContain('<img');
  }
});
