/** Who may call the API, and what each of them may do there. */
import { beforeEach, describe, expect, it } from 'vitest';
import { failedRate } from '#edge/api/guesses.ts';
import { makeToken } from '#edge/gate/token.ts';
import type { Membership } from '#edge/github/membership.ts';
import {
  acme,
  alice,
  bob,
  carol,
  FakeEdge,
  formerOperatorToken,
  ingress,
  interceptId,
  operatorToken,
  others,
} from './fake-edge.ts';

const random = { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) };
const me = '/api/v1/me';

let edge: FakeEdge;
let key: string;
let foreignKey: string;
/** Alice's, bob's and one of another organisation. */
let label: string;
let bobsLabel: string;
let foreignLabel: string;
let asAlice: string;
let asBob: string;
let asAdmin: string;

beforeEach(async () => {
  edge = await new FakeEdge().open();
  key = await edge.newCluster();
  foreignKey = await edge.newCluster(others);
  label = await edge.newPreview(key, alice, 'a');
  bobsLabel = await edge.newPreview(key, bob, 'b');
  foreignLabel = await edge.newPreview(foreignKey, carol, 'c');
  for (const user of [alice, bob]) edge.org(77).members.set(user.id, member('member'));
  edge.org(77).members.set(carol.id, member('admin'));
  edge.org(88).members.set(carol.id, member('admin'));
  asAlice = edge.login(alice);
  asBob = edge.login(bob);
  asAdmin = edge.login(carol);
  edge.changes.length = 0;
  edge.calls.length = 0;
});

function member(role: 'admin' | 'member'): Membership {
  return { kind: 'member', role };
}

async function tokenOf(bearer: string, wish: object): Promise<{ id: string; token: string }> {
  const { status, body } = await edge.call('POST', '/api/v1/tokens', bearer, wish);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
}

describe('a bearer is', () => {
  it('the operator, with the token of now and the one that is being replaced (threat 52)', async () => {
    for (const bearer of [operatorToken, formerOperatorToken]) {
      const { status, body } = await edge.call('GET', me, bearer);
      expect(status).toBe(200);
      const scopes = ['view', 'intercept'];
      expect(body).toEqual({ kind: 'operator', user: null, organisation: null, scopes });
    }
  });

  it('a person by a login, for one organisation', async () => {
    expect((await edge.call('GET', me, asAlice)).body).toEqual({
      kind: 'person',
      user: alice,
      organisation: acme,
      scopes: ['view', 'intercept'],
    });
  });

  it('a person by a personal token', async () => {
    const { token } = await tokenOf(asAlice, { kind: 'personal', name: 'ci', scopes: ['view'] });
    expect((await edge.call('GET', me, token)).body).toEqual({
      kind: 'person',
      user: alice,
      organisation: acme,
      scopes: ['view'],
    });
  });

  it('a service', async () => {
    const { token } = await tokenOf(asAdmin, { kind: 'service', name: 'e2e' });
    expect((await edge.call('GET', me, token)).body).toEqual({
      kind: 'service',
      user: null,
      organisation: acme,
      scopes: ['view'],
    });
  });

  it('threat 57: never a connector, which is told so', async () => {
    const { token } = await tokenOf(asAdmin, { kind: 'connector', name: 'c', cluster: key });
    for (const bearer of [token, `bwc_${key}_${'0'.repeat(64)}`]) {
      const { status, body } = await edge.call('GET', me, bearer);
      expect([status, body.error.code]).toEqual([403, 'BW-5008']);
    }
  });

  it('threat 50: nobody by a token that was revoked, has expired or was disabled', async () => {
    const made = await tokenOf(asAlice, { kind: 'personal', name: 'a', expires_in_s: 3600 });
    const service = await tokenOf(asAdmin, { kind: 'service', name: 'b' });
    edge.org(77).tokenStore.setDisabled(service.id, true);
    edge.nowMs += 3_600_000;
    for (const [token, word] of [
      [made.token, 'expired'],
      [service.token, 'disabled'],
    ] as const) {
      const { status, body } = await edge.call('GET', me, token);
      expect([status, body.error.code]).toEqual([401, 'BW-5009']);
      expect(body.error.detail).toContain(word);
    }
    const gone = await tokenOf(asAlice, { kind: 'personal', name: 'c' });
    await edge.call('DELETE', `/api/v1/tokens/${gone.id}`, asAlice);
    expect((await edge.call('GET', me, gone.token)).body.error.code).toBe('BW-5001');
  });
});

describe('threat 32: a person who is no member any more', () => {
  it.each<[Membership, number, string]>([
    [{ kind: 'none' }, 404, 'BW-6002'],
    [{ kind: 'pending' }, 403, 'BW-6003'],
    [{ kind: 'not-installed' }, 403, 'BW-6004'],
    [{ kind: 'suspended' }, 403, 'BW-6005'],
    [{ kind: 'no-permission' }, 403, 'BW-6006'],
    [{ kind: 'saml' }, 403, 'BW-6007'],
    [{ kind: 'unavailable', retryAfterMs: 7000 }, 503, 'BW-6008'],
  ])('is refused and told why: %j', async (membership, status, code) => {
    const { token } = await tokenOf(asAlice, { kind: 'personal', name: 'a' });
    edge.org(77).members.set(alice.id, membership);
    edge.changes.length = 0;
    for (const bearer of [asAlice, token]) {
      for (const [method, path] of [
        ['GET', me],
        ['GET', `/api/v1/previews/${label}`],
        ['DELETE', `/api/v1/previews/${label}`],
      ] as const) {
        const answer = await edge.call(method, path, bearer);
        expect([answer.status, answer.body.error.code]).toEqual([status, code]);
        expect(answer.headers.get('retry-after')).toBe(status === 503 ? '7' : null);
        expect(answer.headers.get('cache-control')).toBe('no-store');
      }
    }
    expect(edge.changes).toEqual([]);
  });
});

describe('threat 60: guesses', () => {
  it('that cannot be tokens are refused before anything is asked', async () => {
    const { token } = makeToken('bwu', random);
    const last = token.endsWith('0') ? '1' : '0';
    for (const bearer of ['x', 'bwu_x', token.slice(0, -1), token.slice(0, -1) + last]) {
      for (let count = 0; count < failedRate.burst + 1; count += 1) {
        expect((await edge.call('GET', me, bearer)).status).toBe(401);
      }
    }
    expect(edge.calls).toEqual([]);
    expect(edge.paces.size).toBe(0);
  });

  it('are limited by address, and then nothing is looked up for a while', async () => {
    const guess = (): Promise<{ status: number; headers: Headers }> =>
      edge.call('GET', me, makeToken('bws', random).token);
    for (let count = 0; count < failedRate.burst; count += 1) {
      expect((await guess()).status).toBe(401);
    }
    const over = await guess();
    expect([over.status, over.headers.get('retry-after')]).toEqual([429, '2']);
    const asked = edge.calls.length;
    expect((await guess()).status).toBe(429);
    expect(edge.calls.length).toBe(asked);
    // The operator is never locked out, nor is anybody elsewhere.
    expect((await edge.call('GET', me, operatorToken)).status).toBe(200);
    edge.address = '192.0.2.2';
    expect((await edge.call('GET', me, asAlice)).status).toBe(200);
    edge.address = '192.0.2.1';
    edge.nowMs += 2000;
    expect((await edge.call('GET', me, asAlice)).status).toBe(200);
  });
});

describe('threat 36: what belongs to another organisation', () => {
  const preview = (cluster: string): object => ({
    cluster,
    intercept: { id: interceptId('f'), name: 'web' },
    ingress,
  });
  const unknownKey = 'aaaaaaaa';
  const unknownLabel = (): string => `amber-otter-${key}a-${'7'.repeat(20)}`;

  it('is answered exactly as what never was, whatever the method', async () => {
    const cases: [string, (id: string) => [string, string, unknown?], string, string][] = [
      ['cluster', (id) => ['GET', `/api/v1/clusters/${id}`], foreignKey, unknownKey],
      [
        'cluster',
        (id) => ['PATCH', `/api/v1/clusters/${id}`, { shards: 2 }],
        foreignKey,
        unknownKey,
      ],
      ['cluster', (id) => ['DELETE', `/api/v1/clusters/${id}`], foreignKey, unknownKey],
      ['list', (id) => ['GET', `/api/v1/previews?cluster=${id}`], foreignKey, unknownKey],
      ['new', (id) => ['POST', '/api/v1/previews', preview(id)], foreignKey, unknownKey],
      ['preview', (id) => ['GET', `/api/v1/previews/${id}`], foreignLabel, unknownLabel()],
      [
        'preview',
        (id) => ['PATCH', `/api/v1/previews/${id}`, { access: 'public' }],
        foreignLabel,
        unknownLabel(),
      ],
      ['preview', (id) => ['DELETE', `/api/v1/previews/${id}`], foreignLabel, unknownLabel()],
      [
        'token',
        (id) => ['POST', '/api/v1/tokens', { kind: 'service', name: 'x', preview: id }],
        foreignLabel,
        unknownLabel(),
      ],
      [
        'token',
        (id) => ['POST', '/api/v1/tokens', { kind: 'connector', name: 'x', cluster: id }],
        foreignKey,
        unknownKey,
      ],
      ...(['clusters', 'tokens', 'policy', 'audit'] as const).map(
        (what) =>
          [
            what,
            (id: string) => ['GET', `/api/v1/${what}?organisation=${id}`] as [string, string],
            '88',
            '99',
          ] as [string, (id: string) => [string, string], string, string],
      ),
      [
        'policy',
        (id) => ['PATCH', `/api/v1/policy?organisation=${id}`, { public_allowed: false }],
        '88',
        '99',
      ],
      ['stop', (id) => ['POST', `/api/v1/stop-all?organisation=${id}`], '88', '99'],
      [
        'register',
        (id) => [
          'POST',
          '/api/v1/clusters',
          { name: 'x', organisation: { id: Number(id), login: 'x' } },
        ],
        '88',
        '99',
      ],
    ];
    for (const [what, request, foreign, unknown] of cases) {
      // Carol is an admin of both, but her login is for one.
      const answers = await Promise.all(
        [foreign, unknown].map(async (id) => {
          const [method, path, body] = request(id);
          const answer = await edge.call(method, path, asAdmin, body);
          return { status: answer.status, text: answer.text.replaceAll(id, 'ID') };
        }),
      );
      expect(answers[0], what).toEqual(answers[1]);
      expect(answers[0]?.status, what).toBe(404);
    }
    expect(edge.changes).toEqual([]);
  });

  it('goes for tokens by their id', async () => {
    const admin88 = edge.login(carol, others);
    const foreign = await tokenOf(admin88, { kind: 'service', name: 'theirs' });
    edge.changes.length = 0;
    for (const id of [foreign.id, 'AAAAAAAAAAAA']) {
      expect((await edge.call('DELETE', `/api/v1/tokens/${id}`, asAdmin)).status).toBe(404);
      expect((await edge.call('POST', `/api/v1/tokens/${id}/rotate`, asAdmin)).status).toBe(404);
    }
    expect(edge.changes).toEqual([]);
    expect((await edge.call('GET', me, foreign.token)).status).toBe(200);
  });

  it('a member sees all of the own organisation and nothing else', async () => {
    const { body } = await edge.call('GET', '/api/v1/clusters', asAlice);
    expect(body.clusters.map((each: { key: string }) => each.key)).toEqual([key]);
    const listed = await edge.call('GET', `/api/v1/previews?cluster=${key}`, asAlice);
    expect(listed.body.previews).toHaveLength(2);
    for (const path of [`clusters/${key}`, `previews/${bobsLabel}`, 'policy']) {
      expect((await edge.call('GET', `/api/v1/${path}`, asAlice)).status).toBe(200);
    }
  });
});

describe('a member', () => {
  it('owns the previews that they make, whatever they say', async () => {
    const wish = { cluster: key, intercept: { id: interceptId('d'), name: 'web' }, ingress };
    const made = await edge.call('POST', '/api/v1/previews', asAlice, wish);
    expect([made.status, made.body.owner]).toEqual([201, alice]);
    const own = await edge.call('POST', '/api/v1/previews', asAlice, {
      ...wish,
      owner: { ...alice, login: 'another-name' },
    });
    expect([own.status, own.body.owner]).toEqual([201, alice]);
    const forBob = await edge.call('POST', '/api/v1/previews', asAlice, { ...wish, owner: bob });
    expect([forBob.status, forBob.body.error.code]).toEqual([403, 'BW-5007']);
  });

  it('changes and removes their own previews only', async () => {
    const change = { access: 'public' };
    const path = (of: string): string => `/api/v1/previews/${of}`;
    for (const [method, body] of [['PATCH', change], ['DELETE']] as const) {
      const foreign = await edge.call(method, path(label), asBob, body);
      expect([foreign.status, foreign.body.error.code]).toEqual([403, 'BW-5007']);
    }
    expect((await edge.call('PATCH', path(label), asAlice, change)).status).toBe(200);
    expect((await edge.call('DELETE', path(label), asAlice)).status).toBe(204);
    expect((await edge.call('PATCH', path(bobsLabel), asAdmin, change)).status).toBe(200);
    expect((await edge.call('DELETE', path(bobsLabel), asAdmin)).status).toBe(204);
  });

  it('does not get at somebody’s preview by asking for the same one again', async () => {
    const again = {
      cluster: key,
      intercept: { id: interceptId('a'), name: 'web' },
      ingress,
      access: 'public',
    };
    expect((await edge.call('POST', '/api/v1/previews', asBob, again)).status).toBe(403);
    expect((await edge.call('GET', `/api/v1/previews/${label}`, asBob)).body.access).toBe(
      'private',
    );
    expect((await edge.call('POST', '/api/v1/previews', asAlice, again)).body.label).toBe(label);
  });

  it.each<[string, string, unknown?]>([
    ['POST', '/clusters', { name: 'mine' }],
    ['PATCH', '/clusters/KEY', { shards: 2 }],
    ['DELETE', '/clusters/KEY'],
    ['PATCH', '/policy', { public_allowed: true }],
    ['POST', '/stop-all'],
    ['GET', '/audit'],
    ['POST', '/tokens', { kind: 'service', name: 'x' }],
    ['POST', '/tokens', { kind: 'service', name: 'x', repository_id: 7 }],
    ['POST', '/tokens', { kind: 'service', name: 'x', cluster: 'KEY' }],
    ['POST', '/tokens', { kind: 'connector', name: 'x', cluster: 'KEY' }],
  ])('needs an owner of the organisation for %s %s', async (method, path, body) => {
    const text = body === undefined ? undefined : JSON.stringify(body).replace('KEY', key);
    const url = `/api/v1${path.replace('KEY', key)}`;
    const answer = await edge.call(method, url, asAlice, text);
    expect([answer.status, answer.body.error.code]).toEqual([403, 'BW-5007']);
    expect(edge.changes).toEqual([]);
    expect((await edge.call(method, url, asAdmin, text)).status).toBeLessThan(300);
  });

  it('with a token to look only changes nothing', async () => {
    const viewer = edge.login(carol, acme, { scopes: ['view'] });
    for (const [method, path, body] of [
      ['POST', '/clusters', { name: 'x' }],
      ['PATCH', `/clusters/${key}`, { shards: 2 }],
      ['DELETE', `/clusters/${key}`],
      ['POST', '/previews', {}],
      ['PATCH', `/previews/${label}`, { access: 'public' }],
      ['DELETE', `/previews/${label}`],
      ['POST', '/tokens', { kind: 'personal', name: 'x' }],
      ['PATCH', '/policy', {}],
      ['POST', '/stop-all'],
    ] as const) {
      const answer = await edge.call(method, `/api/v1${path}`, viewer, body);
      expect([answer.status, answer.body.error.code]).toEqual([403, 'BW-5007']);
    }
    expect(edge.changes).toEqual([]);
    for (const path of ['clusters', `clusters/${key}`, `previews/${label}`, 'audit', 'tokens']) {
      expect((await edge.call('GET', `/api/v1/${path}`, viewer)).status).toBe(200);
    }
  });
});

describe('a service', () => {
  const wish = (cluster: string, more: object = {}): object => ({
    cluster,
    intercept: { id: interceptId('e'), name: 'web' },
    owner: bob,
    ingress,
    ...more,
  });

  it('sees what its token is bound to, and nothing beside it', async () => {
    const seen = async (binding: object): Promise<number[]> => {
      const { token } = await tokenOf(asAdmin, { kind: 'service', name: 's', ...binding });
      const paths = [
        `clusters/${key}`,
        `previews?cluster=${key}`,
        `previews/${label}`,
        `previews/${bobsLabel}`,
        `previews/${foreignLabel}`,
      ];
      const answers = paths.map((path) => edge.call('GET', `/api/v1/${path}`, token));
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    expect(await seen({})).toEqual([200, 200, 200, 200, 404]);
    expect(await seen({ cluster: key })).toEqual([200, 200, 200, 200, 404]);
    expect(await seen({ preview: label })).toEqual([404, 404, 200, 404, 404]);
    expect(await seen({ repository_id: 7 })).toEqual([404, 404, 404, 404, 404]);
    const { token } = await tokenOf(asAdmin, { kind: 'service', name: 's', preview: label });
    expect((await edge.call('GET', '/api/v1/clusters', token)).body).toEqual({ clusters: [] });
  });

  it('changes previews within its binding, with the scope for it', async () => {
    const scopes = ['view', 'intercept'];
    const path = (of: string): string => `/api/v1/previews/${of}`;
    const viewer = await tokenOf(asAdmin, { kind: 'service', name: 's' });
    expect((await edge.call('POST', '/api/v1/previews', viewer.token, wish(key))).status).toBe(403);
    const one = await tokenOf(asAdmin, { kind: 'service', name: 's', preview: label, scopes });
    const change = { access: 'private' };
    expect((await edge.call('PATCH', path(label), one.token, change)).status).toBe(200);
    expect((await edge.call('PATCH', path(bobsLabel), one.token, change)).status).toBe(404);
    expect((await edge.call('POST', '/api/v1/previews', one.token, wish(key))).status).toBe(404);
    const all = await tokenOf(asAdmin, { kind: 'service', name: 's', scopes });
    const made = await edge.call('POST', '/api/v1/previews', all.token, wish(key));
    expect([made.status, made.body.owner]).toEqual([201, bob]);
    const nameless = { ...wish(key), owner: undefined };
    expect((await edge.call('POST', '/api/v1/previews', all.token, nameless)).status).toBe(400);
    expect((await edge.call('DELETE', path(bobsLabel), all.token)).status).toBe(204);
    expect((await edge.call('DELETE', path(foreignLabel), all.token)).status).toBe(404);
    expect(edge.audited().at(-1)).toMatchObject({
      actor: `token:${all.id}`,
      action: 'preview.remove',
      subject: bobsLabel,
    });
  });

  it('has nothing to do with clusters, tokens, policy and audit', async () => {
    const scopes = ['view', 'intercept'];
    const { token } = await tokenOf(asAdmin, { kind: 'service', name: 's', scopes });
    edge.changes.length = 0;
    for (const [method, path, body] of [
      ['POST', '/clusters', { name: 'x' }],
      ['DELETE', `/clusters/${key}`],
      ['GET', '/tokens'],
      ['POST', '/tokens', { kind: 'service', name: 'x' }],
      ['GET', '/policy'],
      ['PATCH', '/policy', {}],
      ['POST', '/stop-all'],
      ['GET', '/audit'],
    ] as const) {
      expect((await edge.call(method, `/api/v1${path}`, token, body)).status).toBe(403);
    }
    expect(edge.changes).toEqual([]);
  });
});

it('threat 61: no bearer gets into a log line, an answer or the audit log', async () => {
  const made = await tokenOf(asAlice, { kind: 'personal', name: 'a' });
  const guess = makeToken('bws', random).token;
  const bearers = [operatorToken, asAlice, made.token, guess, 'bwc_x'];
  const texts: string[] = [];
  for (const bearer of bearers) {
    for (const path of ['me', 'tokens?organisation=77', 'audit?organisation=77', 'nothing']) {
      texts.push((await edge.call('GET', `/api/v1/${path}`, bearer)).text);
    }
  }
  texts.push(JSON.stringify([edge.logged, edge.audited(), edge.faults.map(String)]));
  for (const bearer of bearers) expect(texts.join('\n')).not.toContain(bearer);
});
