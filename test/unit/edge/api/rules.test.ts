/** What an organisation allows, who changed what, and which requests change nothing. */
import { beforeEach, describe, expect, it } from 'vitest';
import { operations } from '#edge/api/operations.ts';
import { defaultPolicy } from '#edge/objects/stores/policy.ts';
import {
  alice,
  bob,
  carol,
  FakeEdge,
  ingress,
  interceptId,
  operatorToken,
  type Answer,
} from './fake-edge.ts';

let edge: FakeEdge;
let key: string;
let asAlice: string;
let asAdmin: string;

beforeEach(async () => {
  edge = await new FakeEdge().open();
  key = await edge.newCluster();
  edge.org(77).members.set(alice.id, { kind: 'member', role: 'member' });
  edge.org(77).members.set(carol.id, { kind: 'member', role: 'admin' });
  asAlice = edge.login(alice);
  asAdmin = edge.login(carol);
});

const policyOf = (patch: object, bearer = asAdmin): Promise<Answer> =>
  edge.call('PATCH', '/api/v1/policy', bearer, patch);
const make = (digit: string, more: object = {}, bearer = asAlice): Promise<Answer> =>
  edge.call('POST', '/api/v1/previews', bearer, {
    cluster: key,
    intercept: { id: interceptId(digit), name: 'web' },
    ingress,
    ...more,
  });
const change = (label: string, body: object, bearer = asAlice): Promise<Answer> =>
  edge.call('PATCH', `/api/v1/previews/${label}`, bearer, body);
const secondsOf = ({ body }: Answer): number =>
  (Date.parse(body.public_until as string) - edge.nowMs) / 1000;

describe('the policy', () => {
  it('is seen by members and changed by admins, part by part', async () => {
    expect((await edge.call('GET', '/api/v1/policy', asAlice)).body).toEqual(defaultPolicy);
    const changed = await policyOf({ longest_public_s: 3600 });
    expect(changed.body).toEqual({ ...defaultPolicy, longest_public_s: 3600 });
    const wrong = await policyOf({ longest_public_s: 1 });
    expect([wrong.status, wrong.body.error.code]).toEqual([400, 'BW-5002']);
    expect((await policyOf({ colour: 1 })).status).toBe(400);
    const path = '/api/v1/policy?organisation=77';
    expect((await edge.call('GET', path, operatorToken)).body.longest_public_s).toBe(3600);
    expect((await edge.call('GET', '/api/v1/policy', operatorToken)).status).toBe(400);
  });

  it('threat 38: where it forbids public previews, nobody makes one, the operator neither', async () => {
    const { label } = (await make('a')).body;
    await policyOf({ public_allowed: false });
    const answers = await Promise.all([
      change(label, { access: 'public' }),
      change(label, { access: 'public' }, asAdmin),
      change(label, { access: 'public' }, operatorToken),
      make('b', { access: 'public' }),
      make('a', { access: 'public' }),
      make('c', { access: 'public', owner: bob }, operatorToken),
    ]);
    for (const { status, body } of answers) {
      expect([status, body.error.code]).toEqual([403, 'BW-5010']);
    }
    const listed = await edge.call('GET', `/api/v1/previews?cluster=${key}`, asAlice);
    expect(listed.body.previews).toMatchObject([{ label, access: 'private' }]);
    expect((await change(label, { access: 'private' })).status).toBe(200);
  });

  it('threat 37: forbidden while a change is on its way, it leaves nothing public', async () => {
    const { label } = (await make('a')).body;
    const org = edge.org(77);
    const ask = org.policy.bind(org);
    for (const send of [
      () => change(label, { access: 'public' }),
      () => make('a', { access: 'public' }),
    ]) {
      await policyOf({ public_allowed: true });
      // The policy changes after it was asked.
      org.policy = async () => {
        org.policy = ask;
        const before = await ask();
        await policyOf({ public_allowed: false });
        return before;
      };
      const { body } = await send();
      expect(body.access).toBe('private');
      const listed = await edge.call('GET', `/api/v1/previews?cluster=${key}`, asAlice);
      for (const { access } of listed.body.previews) expect(access).toBe('private');
    }
  });

  it('threat 38: limits the time in public, which is a day unless said otherwise', async () => {
    const { label } = (await make('a')).body;
    expect(secondsOf(await change(label, { access: 'public' }))).toBe(86_400);
    await policyOf({ longest_public_s: 3600 });
    expect(secondsOf(await change(label, { access: 'public' }))).toBe(3600);
    expect(secondsOf(await make('b', { access: 'public' }))).toBe(3600);
    const at = await change(label, { access: 'public', public_for_s: 3600 });
    expect(secondsOf(at)).toBe(3600);
    const over = await change(label, { access: 'public', public_for_s: 3601 });
    expect([over.status, over.body.error.code]).toEqual([403, 'BW-5010']);
    expect(over.body.error.detail).toContain('3600 s');
    await policyOf({ longest_public_s: 7 * 86_400 });
    expect(secondsOf(await change(label, { access: 'public' }))).toBe(86_400);
    const week = { access: 'public', public_for_s: 7 * 86_400 };
    expect(secondsOf(await change(label, week))).toBe(7 * 86_400);
  });

  it('threat 59: limits the previews of a person, over all clusters', async () => {
    await policyOf({ max_previews_per_person: 2 });
    const second = (await edge.call('POST', '/api/v1/clusters', asAdmin, { name: 'b' })).body.key;
    const { label } = (await make('a')).body;
    expect((await make('b', { cluster: second })).status).toBe(201);
    const over = await make('c');
    expect([over.status, over.body.error.code]).toEqual([409, 'BW-5011']);
    expect(over.body.error.detail).toContain('alice has as many previews');
    expect(over.body.error.detail).toContain('which is 2');
    // The same one again is no further one; others have their own.
    expect((await make('a')).body.label).toBe(label);
    expect((await make('d', {}, asAdmin)).status).toBe(201);
    expect((await make('e', { owner: alice }, operatorToken)).status).toBe(201);
    await edge.call('DELETE', `/api/v1/previews/${label}`, asAlice);
    expect((await make('c')).status).toBe(409);
  });

  it('threat 59: lets no more through when many are asked for at the same time', async () => {
    await policyOf({ max_previews_per_person: 3 });
    const digits = ['a', 'b', 'c', 'd', 'e', 'f'];
    const made = await Promise.all(digits.map((digit) => make(digit)));
    expect(made.map(({ status }) => status).sort()).toEqual([201, 201, 201, 409, 409, 409]);
    const listed = await edge.call('GET', `/api/v1/previews?cluster=${key}`, asAlice);
    expect(listed.body.previews).toHaveLength(3);
    expect(edge.audited().filter(({ action }) => action === 'preview.create')).toHaveLength(3);
  });

  it('threat 59: stops everything public at once', async () => {
    const stopped = await edge.call('POST', '/api/v1/stop-all', asAdmin);
    expect(stopped.status).toBe(200);
    expect(stopped.body).toEqual({ ...defaultPolicy, public_allowed: false });
    expect(edge.audited().at(-1)).toMatchObject({ actor: 'gh:1003', action: 'stop-all' });
    const path = '/api/v1/stop-all?organisation=77';
    expect((await edge.call('POST', path, operatorToken)).status).toBe(200);
    expect((await edge.call('POST', '/api/v1/stop-all', operatorToken)).status).toBe(400);
  });
});

describe('the audit log', () => {
  it('threat 38: has a row for each preview, change of access and removal', async () => {
    const { label } = (await make('a')).body;
    await change(label, { access: 'public', public_for_s: 60 });
    await make('a', { access: 'private' });
    await make('a', { access: 'private' });
    await edge.call('DELETE', `/api/v1/previews/${label}`, asAdmin);
    const until = new Date(edge.nowMs + 60_000).toISOString();
    const rows = edge.audited().filter(({ subject }) => subject === label);
    const owner = alice.id;
    expect(rows.map(({ id: _id, atMs: _atMs, subject: _subject, ...rest }) => rest)).toEqual([
      {
        actor: 'gh:1001',
        action: 'preview.create',
        details: { access: 'private', until: null, owner },
      },
      { actor: 'gh:1001', action: 'preview.public', details: { access: 'public', until, owner } },
      {
        actor: 'gh:1001',
        action: 'preview.private',
        details: { access: 'private', until: null, owner },
      },
      {
        actor: 'gh:1003',
        action: 'preview.remove',
        details: { access: 'private', until: null, owner, reason: 'removed' },
      },
    ]);
  });

  it('threat 38: has a row for each change of who may see a private preview', async () => {
    const { label } = (await make('a', { gate: 'repo' })).body;
    await change(label, { gate: 'org' });
    await change(label, { gate: 'repo', access: 'public', public_for_s: 60 });
    const rows = edge.audited().filter(({ subject }) => subject === label);
    expect(rows.map(({ action, details }) => [action, details['gate']])).toEqual([
      ['preview.create', 'repo'],
      ['preview.gate', 'org'],
      ['preview.gate', 'repo'],
      ['preview.public', undefined],
    ]);
    for (const [wish, reason] of [
      [{}, 'access or gate must be given'],
      [{ public_for_s: 60 }, 'access or gate must be given'],
      [{ gate: 'org', public_for_s: 60 }, 'public_for_s goes with access'],
      [{ gate: 'team' }, 'gate'],
    ] as const) {
      const refused = await change(label, wish);
      expect(refused.status).toBe(400);
      expect(refused.body.error.detail).toContain(reason);
    }
  });

  it('is read by admins, filtered and by pages', async () => {
    const labels: string[] = [];
    for (const digit of ['a', 'b', 'c']) {
      labels.push((await make(digit)).body.label as string);
      edge.nowMs += 1000;
    }
    const get = (query: string, bearer = asAdmin): Promise<Answer> =>
      edge.call('GET', `/api/v1/audit?${query}`, bearer);
    const first = await get('action=preview.create&limit=2');
    expect(first.body.entries).toMatchObject([
      { subject: labels[2], actor: 'gh:1001', at: '2026-01-01T00:00:02.000Z' },
      { subject: labels[1] },
    ]);
    const rest = await get(`action=preview.create&limit=2&cursor=${first.body.next}`);
    expect(rest.body).toMatchObject({ entries: [{ subject: labels[0] }], next: null });
    const since = encodeURIComponent('2026-01-01T01:00:02+01:00');
    expect((await get(`since=${since}`)).body.entries).toHaveLength(1);
    expect((await get('actor=gh:1')).body.entries).toEqual([]);
    expect((await get('organisation=77', operatorToken)).body.entries).toHaveLength(4);
    for (const query of ['limit=0', 'limit=501', 'limit=x', 'since=yesterday', 'cursor=x']) {
      expect((await get(query)).status, query).toBe(400);
    }
    expect((await get('limit=500')).status).toBe(200);
    expect((await get('', asAlice)).status).toBe(403);
  });
});

it('threat 41: GET and HEAD change nothing that is stored, whoever asks', async () => {
  const { label } = (await make('a')).body;
  const made = await edge.call('POST', '/api/v1/tokens', asAdmin, { kind: 'service', name: 's' });
  edge.changes.length = 0;
  const paths = Object.keys(operations).map((path) =>
    path
      .replace('{key}', key)
      .replace('{label}', label)
      .replace('{id}', made.body.id as string),
  );
  paths.push('/healthz', '/api/v1/openapi.json', '/report', `/report?preview=${label}`);
  paths.push('/webhooks/github', '/authorize', '/logout', '/');
  for (const path of paths) {
    for (const query of ['', '?organisation=77', `?cluster=${key}`, '?access=public']) {
      for (const bearer of ['', operatorToken, asAlice, asAdmin, made.body.token as string]) {
        for (const method of ['GET', 'HEAD']) {
          const url = path.includes('?') ? path : path + query;
          expect((await edge.call(method, url, bearer)).status, url).toBeLessThan(500);
        }
      }
    }
  }
  expect(edge.changes).toEqual([]);
  for (const [path, methods] of Object.entries(operations)) {
    const unsafe = Object.keys(methods).filter((method) => method !== 'get');
    expect(['post', 'patch', 'delete'], path).toEqual(expect.arrayContaining(unsafe));
  }
});
