/** Tokens over the API: who may make, see, rotate and revoke which. */
import { beforeEach, describe, expect, it } from 'vitest';
import { acme, alice, bob, carol, FakeEdge, operatorToken, others } from './fake-edge.ts';
import { employ } from './staff.ts';

const tokens = '/api/v1/tokens';
let edge: FakeEdge;
let key: string;
let label: string;
let asAlice: string;
let asBob: string;
let asAdmin: string;

beforeEach(async () => {
  edge = await new FakeEdge().open();
  key = await edge.newCluster();
  label = await edge.newPreview(key, alice);
  employ(edge);
  asAlice = edge.login(alice);
  asBob = edge.login(bob);
  asAdmin = edge.login(carol);
});

const make = (bearer: string, wish: object) => edge.call('POST', tokens, bearer, wish);
const idsOf = async (bearer: string, query = ''): Promise<string[]> =>
  (await edge.call('GET', tokens + query, bearer)).body.tokens.map(({ id }: { id: string }) => id);
const works = async (token: string): Promise<boolean> =>
  (await edge.call('GET', '/api/v1/me', token)).status === 200;

describe('a token', () => {
  it('threat 50: is shown when it is made, and by nothing afterwards', async () => {
    const { status, body, headers } = await make(asAlice, { kind: 'personal', name: 'my laptop' });
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    const { token, ...row } = body;
    expect(token).toMatch(/^bwu_/);
    expect(row).toEqual({
      id: token.slice(4, 16),
      kind: 'personal',
      name: 'my laptop',
      scopes: ['view', 'intercept'],
      cluster: null,
      preview: null,
      repository_id: null,
      expires_at: '2026-01-31T00:00:00.000Z',
      last_used_at: null,
      created_at: '2026-01-01T00:00:00.000Z',
      creator: alice,
    });
    const listed = await edge.call('GET', tokens, asAlice);
    expect(listed.body).toEqual({ tokens: [row] });
    expect(listed.text).not.toContain(token.slice(17, 60));
    expect(JSON.stringify(edge.audited())).not.toContain(token.slice(17, 60));
  });

  it.each([
    [
      { kind: 'service', name: 'a' },
      { kind: 'service', scopes: ['view'] },
    ],
    [{ kind: 'service', name: 'a', cluster: 'KEY' }, { cluster: 'KEY' }],
    [{ kind: 'service', name: 'a', preview: 'LABEL' }, { preview: 'LABEL' }],
    [{ kind: 'service', name: 'a', repository_id: 7 }, { repository_id: 7 }],
    [
      { kind: 'connector', name: 'a', cluster: 'KEY' },
      { scopes: [], expires_at: null },
    ],
  ])('is bound to what was asked: %j', async (wish, answer) => {
    const named = (value: object): object =>
      JSON.parse(JSON.stringify(value).replace('KEY', key).replace('LABEL', label)) as object;
    const { status, body } = await make(asAdmin, named(wish));
    expect(status).toBe(201);
    expect(body).toMatchObject(named(answer));
  });

  it.each<[object, string]>([
    [{ kind: 'personal' }, 'name'],
    [{ kind: 'personal', name: 'a\u202eb' }, 'cannot be shown'],
    [{ kind: 'personal', name: 'a', cluster: 'aaaaaaaa' }, 'bound to nothing'],
    [{ kind: 'connector', name: 'a' }, 'cluster: '],
    [{ kind: 'connector', name: 'a', cluster: 'KEY', scopes: ['view'] }, 'no scopes'],
    [{ kind: 'service', name: 'a', cluster: 'KEY', repository_id: 7 }, 'one of them'],
    [{ kind: 'service', name: 'a', scopes: [] }, 'scopes: '],
    [{ kind: 'service', name: 'a', scopes: ['view', 'view'] }, 'twice'],
    [{ kind: 'service', name: 'a', scopes: ['admin'] }, 'scopes.0: '],
    [{ kind: 'service', name: 'a', expires_in_s: 59 }, 'expires_in_s: '],
    [{ kind: 'service', name: 'a', expires_in_s: 366 * 86_400 + 1 }, 'expires_in_s: '],
    [{ kind: 'service', name: 'a', colour: 1 }, 'colour'],
  ])('that cannot be is refused with its fault: %j', async (wish, words) => {
    const { status, body } = await make(
      asAdmin,
      JSON.parse(JSON.stringify(wish).replace('KEY', key)),
    );
    expect([status, body.error.code]).toEqual([400, 'BW-5002']);
    expect(body.error.detail).toContain(words);
  });

  it('never may more than the one it was made with', async () => {
    const writer = edge.login(alice, acme, { scopes: ['intercept'] });
    const own = await make(writer, { kind: 'personal', name: 'a' });
    expect(own.body.scopes).toEqual(['intercept']);
    for (const wish of [
      { kind: 'personal', name: 'a', scopes: ['view', 'intercept'] },
      { kind: 'service', name: 'a', preview: label },
    ]) {
      expect((await make(writer, wish)).status).toBe(403);
    }
  });
});

describe('a member', () => {
  it('makes service tokens for previews of their own', async () => {
    const wish = { kind: 'service', name: 'e2e', preview: label };
    expect((await make(asAlice, wish)).status).toBe(201);
    expect((await make(asBob, wish)).status).toBe(403);
    expect((await make(asAdmin, wish)).status).toBe(201);
  });

  it('sees, rotates and revokes what they made; others’ are as unknown ones', async () => {
    const mine = (await make(asAlice, { kind: 'personal', name: 'a' })).body;
    const forPreview = (await make(asAlice, { kind: 'service', name: 'b', preview: label })).body;
    const bobs = (await make(asBob, { kind: 'personal', name: 'c' })).body;
    expect((await idsOf(asAlice)).sort()).toEqual([mine.id, forPreview.id].sort());
    expect((await idsOf(asAdmin)).length).toBe(3);
    const unknown = await edge.call('DELETE', `${tokens}/AAAAAAAAAAAA`, asAlice);
    const foreign = await edge.call('DELETE', `${tokens}/${bobs.id}`, asAlice);
    expect(foreign.text.replace(bobs.id, 'ID')).toBe(unknown.text.replace('AAAAAAAAAAAA', 'ID'));
    expect((await edge.call('POST', `${tokens}/${bobs.id}/rotate`, asAlice, {})).status).toBe(404);
    for (const { id, token } of [mine, forPreview]) {
      const rotated = await edge.call('POST', `${tokens}/${id}/rotate`, asAlice);
      expect(rotated.status).toBe(200);
      expect(rotated.body).toMatchObject({ id });
      expect(await works(token)).toBe(true);
      expect(await works(rotated.body.token)).toBe(true);
      expect((await edge.call('DELETE', `${tokens}/${id}`, asAlice)).status).toBe(204);
      expect(await works(rotated.body.token)).toBe(false);
      expect((await edge.call('DELETE', `${tokens}/${id}`, asAlice)).status).toBe(404);
    }
    expect(await works(bobs.token)).toBe(true);
  });

  it('manages tokens that an admin made for their preview', async () => {
    const { id } = (await make(asAdmin, { kind: 'service', name: 'b', preview: label })).body;
    expect((await edge.call('DELETE', `${tokens}/${id}`, asBob)).status).toBe(404);
    expect((await edge.call('DELETE', `${tokens}/${id}`, asAlice)).status).toBe(204);
  });

  it('who was an admin gets no new secret of the whole organisation’s token', async () => {
    const { id } = (await make(asAdmin, { kind: 'service', name: 'all' })).body;
    edge.org(77).members.set(carol.id, { kind: 'member', role: 'member' });
    expect((await edge.call('POST', `${tokens}/${id}/rotate`, asAdmin, {})).status).toBe(403);
    expect((await edge.call('DELETE', `${tokens}/${id}`, asAdmin)).status).toBe(204);
  });
});

describe('an admin', () => {
  it('revokes everybody’s tokens, and never gets the secret of a person’s', async () => {
    const { id, token } = (await make(asAlice, { kind: 'personal', name: 'a' })).body;
    for (const bearer of [asAdmin, operatorToken]) {
      const rotated = await edge.call('POST', `${tokens}/${id}/rotate`, bearer, {});
      expect([rotated.status, rotated.body.error.code]).toEqual([403, 'BW-5007']);
    }
    expect(await works(token)).toBe(true);
    expect((await edge.call('DELETE', `${tokens}/${id}`, asAdmin)).status).toBe(204);
    expect(await works(token)).toBe(false);
  });

  it('rotates with the grace that they choose', async () => {
    const made = (await make(asAdmin, { kind: 'service', name: 'a' })).body;
    const path = `${tokens}/${made.id}/rotate`;
    const now = (await edge.call('POST', path, asAdmin, { grace_s: 60 })).body;
    expect([await works(made.token), await works(now.token)]).toEqual([true, true]);
    edge.nowMs += 60_000;
    expect([await works(made.token), await works(now.token)]).toEqual([false, true]);
    const next = (await edge.call('POST', path, asAdmin, { grace_s: 0 })).body;
    expect([await works(now.token), await works(next.token)]).toEqual([false, true]);
    for (const grace_s of [-1, 1.5, 30 * 86_400 + 1, '60']) {
      expect((await edge.call('POST', path, asAdmin, { grace_s })).status).toBe(400);
    }
    const longest = { grace_s: 30 * 86_400 };
    expect((await edge.call('POST', path, asAdmin, longest)).status).toBe(200);
  });
});

describe('the operator', () => {
  it('names the organisation, and finds tokens by their id', async () => {
    const wish = { kind: 'service', name: 'a' };
    expect((await make(operatorToken, wish)).status).toBe(400);
    const made = await make(operatorToken, { ...wish, organisation: 88 });
    expect([made.status, made.body.creator]).toEqual([201, null]);
    expect((await edge.call('GET', tokens, operatorToken)).status).toBe(400);
    expect(await idsOf(operatorToken, '?organisation=88')).toEqual([made.body.id]);
    expect(await idsOf(operatorToken, '?organisation=77')).toEqual([]);
    const path = `${tokens}/${made.body.id}`;
    expect((await edge.call('POST', `${path}/rotate`, operatorToken, {})).status).toBe(200);
    expect((await edge.call('DELETE', path, operatorToken)).status).toBe(204);
    const actions = edge.audited(others.id).map(({ actor, action }) => [actor, action]);
    expect(actions).toEqual([
      ['operator', 'token.create'],
      ['operator', 'token.rotate'],
      ['operator', 'token.revoke'],
    ]);
  });

  it('cannot bind a token of one organisation to what is another’s', async () => {
    for (const more of [{ cluster: key }, { preview: label }]) {
      const wish = { kind: 'service', name: 'a', organisation: 88, ...more };
      expect((await make(operatorToken, wish)).status).toBeGreaterThanOrEqual(400);
    }
    expect(await idsOf(operatorToken, '?organisation=88')).toEqual([]);
  });

  it('makes no token in a person’s name', async () => {
    const wish = { kind: 'personal', name: 'a', organisation: 77 };
    expect((await make(operatorToken, wish)).status).toBe(400);
  });
});
