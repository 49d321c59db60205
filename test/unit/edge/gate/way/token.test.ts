/** What a token opens, and in which place alone it is one. */
import { describe, expect, it } from 'vitest';
import { beginTransaction } from '#edge/gate/transaction.ts';
import { makeToken } from '#edge/gate/token.ts';
import { appOrigin, random, ring } from '../key-ring.ts';
import { clusterKey, navigation, outcome, pageField, withToken } from '../scratch-gate.ts';
import { labels, useGate, world } from './five-labels.ts';

useGate();

describe('a token', () => {
  it('opens a private preview, without a cookie in return', async () => {
    const { id, token } = world.token();
    const way = await world.ask(labels.private, { fields: withToken(token) });
    expect(way).toMatchObject({ kind: 'relay', passage: { keys: [`token:${id}`] } });
    expect(way.kind === 'relay' && way.passage.setCookie).toBeUndefined();
  });

  it.each([
    ['the cluster', { kind: 'cluster', key: clusterKey }, 'relay'],
    ['another cluster', { kind: 'cluster', key: 'bbbbbbbb' }, 401],
    ['a repository', { kind: 'repository', id: 1 }, 401],
    ['another preview', { kind: 'preview', label: 'amber-otter' }, 401],
  ] as const)('threat 51: bound to %s', async (_what, binding, expected) => {
    const fields = withToken(world.token({ binding }).token);
    expect(outcome(await world.ask(labels.private, { fields }))).toBe(expected);
  });

  it.each([
    ['without the scope to view', { scopes: ['intercept'] as const }],
    ['of a connector', { kind: 'connector' as const }],
    ['of a person', { kind: 'personal' as const }],
    ['that has expired', { expiresMs: 1 }],
  ])('threat 51: %s opens nothing, whatever the organisation says', async (_what, change) => {
    const fields = withToken(world.token(change).token);
    expect(outcome(await world.ask(labels.private, { fields }))).toBe(401);
    expect(outcome(await world.ask(labels.public, { fields }))).toBe(401);
  });

  it('threat 51: of each kind is good in its own place only', async () => {
    const tx = await beginTransaction(
      ring,
      random,
      { label: labels.private, returnPath: '/' },
      { appOrigin, nowMs: world.nowMs },
    );
    const bws = world.token().token;
    const session = await world.session(labels.private);
    const cookie = (value: string): string[] => ['Cookie', `__Host-byway_session=${value}`];
    const places: string[][] = [
      ...[makeToken('bwc', random).token, makeToken('bwu', random).token, session, tx.token].map(
        withToken,
      ),
      ...[bws, makeToken('bwu', random).token, tx.token, tx.nonce].map(cookie),
      ...[bws, session].map((text) => ['Authorization', `Bearer ${text}`]),
      ...[bws, session].map((text) => ['Proxy-Authorization', `Bearer ${text}`]),
      ['Cookie', `X-Byway-Token=${bws}`],
      ['X_Byway_Token', bws],
      ['Cookie', `__Host-byway_sso=${session}`],
    ];
    for (const fields of places) {
      const way = await world.ask(labels.private, { fields });
      expect([fields[0], outcome(way)]).toEqual([fields[0], 401]);
      expect(pageField(way, 'set-cookie')).toBeUndefined();
    }
    for (const query of [`X-Byway-Token=${bws}`, `token=${bws}`, `access_token=${bws}`]) {
      expect(outcome(await world.ask(labels.private, { target: `/?${query}` }))).toBe(401);
    }
    expect(outcome(await world.ask(labels.private, { fields: withToken(bws) }))).toBe('relay');
  });

  it('threat 55: that is bad is not made good by a cookie, and sets none', async () => {
    const { token } = world.token();
    const cookie = await world.cookie(labels.private);
    expect(outcome(await world.ask(labels.private, { fields: cookie }))).toBe('relay');
    const bad = ['', ' ', 'x', token.slice(0, -1), makeToken('bws', random).token, `${token} `];
    for (const text of bad) {
      for (const more of [[], navigation]) {
        const fields = [...withToken(text), ...cookie, ...more];
        const way = await world.ask(labels.private, { fields });
        expect(outcome(way)).toBe(401);
        expect(pageField(way, 'set-cookie')).toBeUndefined();
        expect(pageField(way, 'location')).toBeUndefined();
      }
    }
  });

  it('threat 55: in two fields is none', async () => {
    const { token } = world.token();
    const twice = [...withToken(token), 'x-byway-token', token];
    expect(outcome(await world.ask(labels.private, { fields: twice }))).toBe(401);
    expect(outcome(await world.ask(labels.public, { fields: twice }))).toBe(401);
  });

  it('threat 32: that was revoked is refused at once', async () => {
    const { id, token } = world.token();
    expect(outcome(await world.ask(labels.private, { fields: withToken(token) }))).toBe('relay');
    world.tokens.delete(token);
    world.cluster.withdraw({ kind: 'token', id });
    expect(outcome(await world.ask(labels.private, { fields: withToken(token) }))).toBe(401);
  });

  it('becomes a session of this preview, and of no other', async () => {
    const { token } = world.token();
    const asked = { method: 'POST', target: '/.byway/session', fields: withToken(token) };
    const way = await world.ask(labels.private, asked);
    expect(outcome(way)).toBe(204);
    const [pair = ''] = (pageField(way, 'set-cookie') ?? '').split(';');
    const fields = ['Cookie', pair];
    expect(outcome(await world.ask(labels.private, { fields }))).toBe('relay');
    expect(outcome(await world.ask(labels.other, { fields }))).toBe(401);
    world.tokens.delete(token);
    world.cluster.withdraw({ kind: 'everybody' });
    expect(outcome(await world.ask(labels.private, { fields }))).toBe(401);
  });

  it('threat 51: that does not open this preview becomes no session of it', async () => {
    const bindings = [
      { binding: { kind: 'preview', label: labels.other } },
      { binding: { kind: 'cluster', key: 'bbbbbbbb' } },
      { scopes: ['intercept'] },
      { expiresMs: world.nowMs },
    ] as const;
    for (const change of bindings) {
      const fields = withToken(world.token(change).token);
      const asked = { method: 'POST', target: '/.byway/session', fields };
      expect(outcome(await world.ask(labels.private, asked))).toBe(401);
    }
  });

  it('threat 55: that is bad becomes no session, though a good one came along', async () => {
    const fields = [...withToken('bws_x'), ...(await world.cookie(labels.private))];
    for (const label of [labels.private, labels.public, labels.unknown]) {
      const asked = { method: 'POST', target: '/.byway/session', fields };
      const way = await world.ask(label, asked);
      expect(outcome(way)).toBe(401);
      expect(pageField(way, 'set-cookie')).toBeUndefined();
    }
  });
});
