/** What a request says beside its credential: path, preflight, Origin, fields of the app. */
import { describe, expect, it } from 'vitest';
import type { Way } from '#edge/gate/way.ts';
import { responseHead } from '#edge/relay/response-head.ts';
import { appOrigin } from '../key-ring.ts';
import { navigation, outcome, pageField, withToken } from '../scratch-gate.ts';
import { labels, useGate, world } from './five-labels.ts';

useGate();

describe('paths', () => {
  const lookalikes = [
    '/%2ebyway/session',
    '/%2Ebyway/callback?code=x',
    '//.byway/session',
    '/.byway%2f..',
    '/.byway%2fsession',
    '/a/../.byway/session',
    '/./.byway/session',
    '/.BYWAY/session',
    '/.byway;/session',
    '/.bywayx',
    '/.byway\\session',
    '/ .byway/session',
    '/.byway%00/session',
    '/.byway%3F/session',
    '/.byway#/session'.replace('#', '%23'),
  ];

  it.each(lookalikes)('threat 23: %s is the app’s, behind the gate', async (target) => {
    const fields = await world.cookie(labels.private);
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      expect(outcome(await world.ask(labels.private, { method, target }))).toBe(401);
      expect(outcome(await world.ask(labels.private, { method, target, fields }))).toBe('relay');
    }
  });

  it.each(['/.byway', '/.byway?x', '/.byway/', '/.byway/x', '/.byway/../', '/.byway/session/'])(
    'threat 23: %s is the gateway’s, and never goes to the app',
    async (target) => {
      const fields = await world.cookie(labels.private);
      for (const label of [labels.private, labels.public, labels.unknown]) {
        for (const method of ['GET', 'POST', 'OPTIONS', 'HEAD', 'PURGE']) {
          const way = await world.ask(label, { method, target, fields });
          expect(outcome(way)).toBe(404);
        }
      }
    },
  );
});

describe('a preflight', () => {
  it('threat 29: without a credential is answered here: no app, no login, no permission', async () => {
    const asking = ['Origin', 'https://evil.test', 'Access-Control-Request-Method', 'PUT'];
    for (const more of [[], navigation, ['Accept', 'text/html']]) {
      const asked = { method: 'OPTIONS', fields: [...asking, ...more] };
      const way = await world.ask(labels.private, asked);
      expect(outcome(way)).toBe(401);
      for (const name of ['location', 'set-cookie', 'access-control-allow-origin']) {
        expect(pageField(way, name)).toBeUndefined();
      }
    }
    expect(outcome(await world.ask(labels.private, { method: 'OPTIONS', target: '*' }))).toBe(401);
  });

  it('threat 29: of a public preview, or with a token, is the app’s to answer', async () => {
    expect(outcome(await world.ask(labels.public, { method: 'OPTIONS' }))).toBe('relay');
    const fields = withToken(world.token().token);
    const way = await world.ask(labels.private, { method: 'OPTIONS', fields });
    expect(outcome(way)).toBe('relay');
  });
});

describe('a WebSocket', () => {
  const upgrade = ['Connection', 'Upgrade', 'Upgrade', 'websocket'];
  const own = (): string => world.gate.originOf(labels.private);
  const foreign = (): string[] => [
    'https://evil.test',
    world.gate.originOf(labels.other),
    'null',
    '',
    own().replace('https', 'http'),
    `${own()}:8443`,
    `${own()}/`,
    own().toUpperCase(),
    `${own()}.evil.test`,
    appOrigin,
  ];
  const ask = (...fields: string[][]): Promise<Way> =>
    world.ask(labels.private, { fields: [...upgrade, ...fields.flat()] });

  it('threat 30: with the viewer’s cookie opens from the preview’s own origin only', async () => {
    const cookie = await world.cookie(labels.private);
    expect(outcome(await ask(cookie, ['Origin', own()]))).toBe('relay');
    for (const origin of foreign()) {
      expect([origin, outcome(await ask(cookie, ['Origin', origin]))]).toEqual([origin, 403]);
    }
    expect(outcome(await ask(cookie))).toBe(403);
  });

  it('threat 30: with a token needs no Origin, and takes no foreign one', async () => {
    const token = withToken(world.token().token);
    expect(outcome(await ask(token))).toBe('relay');
    expect(outcome(await ask(token, ['Origin', own()]))).toBe('relay');
    for (const origin of foreign()) {
      expect(outcome(await ask(token, ['Origin', origin]))).toBe(403);
    }
  });

  it('threat 30: without a credential is 401 from anywhere, and never a redirect', async () => {
    for (const origin of [own(), 'https://evil.test']) {
      expect(outcome(await ask(['Origin', origin], navigation))).toBe(401);
    }
  });
});

describe('the app’s own fields', () => {
  it('threat 27: its Authorization is never read: neither good nor bad ones change anything', async () => {
    const cookie = await world.cookie(labels.private);
    const texts = ['Bearer x', `Bearer ${world.token().token}`, 'Basic dTpw', ''];
    for (const text of texts) {
      const own = ['Authorization', text];
      expect(outcome(await world.ask(labels.private, { fields: own }))).toBe(401);
      expect(outcome(await world.ask(labels.public, { fields: own }))).toBe('relay');
      const both = { fields: [...own, ...cookie] };
      expect(outcome(await world.ask(labels.private, both))).toBe('relay');
    }
  });

  it('threat 28: what a member was given, nobody is given after', async () => {
    const asked = { target: '/x.css' };
    const way = await world.ask(labels.private, {
      ...asked,
      fields: await world.cookie(labels.private),
    });
    if (way.kind !== 'relay') throw new Error('not relayed');
    const head = [':status', '200', 'Cache-Control', 'public, max-age=600'];
    const { fields } = responseHead(head, way.passage);
    expect(fields).toContain('private, no-store');
    expect(fields).not.toContain('public, max-age=600');
    expect(outcome(await world.ask(labels.private, asked))).toBe(401);
  });
});
