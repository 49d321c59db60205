/** The gate as a request meets it: who gets in, who does not, and what that tells them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Way } from '#edge/gate/way.ts';
import { beginTransaction } from '#edge/gate/transaction.ts';
import { makeToken } from '#edge/gate/token.ts';
import type { Membership } from '#edge/github/membership.ts';
import { responseHead } from '#edge/relay/response-head.ts';
import { appOrigin, random, ring } from './key-ring.ts';
import {
  alice,
  bytesOf,
  clusterKey,
  hourMs,
  member,
  navigation,
  organisationId,
  outcome,
  pageField,
  ScratchGate,
  sid,
} from './scratch-gate.ts';

let world: ScratchGate;
const labels = { private: '', other: '', public: '', ended: '', unknown: '' };

beforeAll(async () => {
  world = new ScratchGate();
  labels.private = await world.preview('private', '1');
  labels.other = await world.preview('private', '2');
  labels.public = await world.preview('public', '3');
  labels.ended = await world.preview('private', '4');
  world.cluster.remove(labels.ended);
  labels.unknown = labels.private.slice(0, -20) + 'a'.repeat(20);
  await world.connect();
});
afterAll(() => world.stop());
beforeEach(() => {
  world.before = () => Promise.resolve();
  world.canSignIn = true;
  world.members.clear();
  world.members.set(alice.id, member);
  world.logins.set(sid, world.nowMs + 12 * hourMs);
  world.cluster.withdraw({ kind: 'everybody' });
});

const withToken = (token: string): string[] => ['X-Byway-Token', token];

describe('a session', () => {
  it('opens its own preview for a member', async () => {
    const way = await world.ask(labels.private, { fields: await world.cookie(labels.private) });
    expect(way).toMatchObject({
      kind: 'relay',
      passage: { label: labels.private, isPrivate: true, keys: [`sid:${sid}`, alice.id] },
    });
  });

  it('threat 13: of one preview is 401 on another', async () => {
    const fields = await world.cookie(labels.private);
    expect(outcome(await world.ask(labels.other, { fields }))).toBe(401);
    expect(outcome(await world.ask(labels.private, { fields }))).toBe('relay');
    expect(outcome(await world.ask(labels.other, { fields }))).toBe(401);
  });

  it('threat 13: of another organisation is 401', async () => {
    const fields = await world.cookie(labels.private, { organisationId: organisationId + 1 });
    expect(outcome(await world.ask(labels.private, { fields }))).toBe(401);
  });

  it('threat 37: from before the preview was made private is void, at once', async () => {
    const label = await world.preview('public', '5');
    const fields = await world.cookie(label);
    expect(outcome(await world.ask(label))).toBe('relay');
    expect(outcome(await world.ask(label, { fields }))).toBe('relay');
    world.cluster.setAccess(label, { access: 'private', publicForS: 0 });
    expect(outcome(await world.ask(label))).toBe(401);
    expect(outcome(await world.ask(label, { fields }))).toBe(401);
    const fresh = await world.cookie(label, { epoch: 1 });
    expect(outcome(await world.ask(label, { fields: fresh }))).toBe('relay');
  });

  it.each(['', 'x', 'a.b.c', '..', '"', '%00', 'undefined', 'null', '[object Object]'])(
    'threat 16: overwritten with %j leads to one clean login',
    async (value) => {
      const cookie = ['Cookie', `__Host-byway_session=${value}`];
      const asked = { target: '/deep?x=1', fields: [...cookie, ...navigation] };
      const way = await world.ask(labels.private, asked);
      expect(outcome(way)).toBe(303);
      expect(pageField(way, 'location')).toMatch(/^https:\/\/byway\.example\.com\/authorize\?tx=/);
      expect(pageField(way, 'set-cookie')).toMatch(/^__Host-byway_tx_/);
      expect(outcome(await world.ask(labels.private, { fields: cookie }))).toBe(401);
    },
  );

  it('threat 16: with another signature is none, though the true one was just verified', async () => {
    const text = await world.session(labels.private);
    const cookie = (value: string) => ({ fields: ['Cookie', `__Host-byway_session=${value}`] });
    expect(outcome(await world.ask(labels.private, cookie(text)))).toBe('relay');
    const last = text.endsWith('A') ? 'Q' : 'A';
    for (const other of [text.slice(0, -1) + last, `${text}A`, text.slice(0, -1), `${text}.x`]) {
      expect(outcome(await world.ask(labels.private, cookie(other)))).toBe(401);
    }
  });

  it('threat 11: that is there twice counts as absent', async () => {
    const text = await world.session(labels.private);
    const twice = `__Host-byway_session=${text}; __Host-byway_session=${text}`;
    expect(outcome(await world.ask(labels.private, { fields: ['Cookie', twice] }))).toBe(401);
  });

  it('threat 32: ends with its login', async () => {
    const fields = await world.cookie(labels.private);
    expect(outcome(await world.ask(labels.private, { fields }))).toBe('relay');
    world.logins.delete(sid);
    world.cluster.withdraw({ kind: 'logins', sids: [sid] });
    expect(outcome(await world.ask(labels.private, { fields }))).toBe(401);
  });

  const memberships: [Membership | undefined, number, string][] = [
    [undefined, 404, 'BW-6002'],
    [{ kind: 'pending' }, 403, 'BW-6003'],
    [{ kind: 'unavailable', retryAfterMs: 1000 }, 503, 'BW-6008'],
  ];
  it.each(memberships)(
    'threat 33: of somebody whose membership is %j is a %i, for every label alike',
    async (membership, status, code) => {
      if (membership) world.members.set(alice.id, membership);
      else world.members.delete(alice.id);
      const answers = new Set<string>();
      for (const label of [labels.private, labels.ended, labels.unknown]) {
        const way = await world.ask(label, { fields: await world.cookie(label) });
        expect(outcome(way)).toBe(status);
        expect(bytesOf(way)).toContain(code);
        answers.add(bytesOf(way).replaceAll(label, ''));
      }
      expect(answers.size).toBe(1);
    },
  );

  it('threat 10: of somebody who is no member any more leads to the login, where they can ask', async () => {
    world.members.delete(alice.id);
    for (const label of [labels.private, labels.ended, labels.unknown]) {
      const fields = [...(await world.cookie(label)), ...navigation];
      const way = await world.ask(label, { target: '/deep', fields });
      expect(outcome(way)).toBe(303);
      expect(pageField(way, 'location')).toMatch(/^https:\/\/byway\.example\.com\/authorize\?tx=/);
      expect(bytesOf(way)).not.toContain('ticket');
      expect(outcome(await world.ask(label, { method: 'POST', fields }))).toBe(404);
    }
    world.members.set(alice.id, { kind: 'pending' });
    const fields = [...(await world.cookie(labels.private)), ...navigation];
    expect(outcome(await world.ask(labels.private, { fields }))).toBe(403);
    world.members.delete(alice.id);
    world.canSignIn = false;
    expect(outcome(await world.ask(labels.private, { fields }))).toBe(404);
  });

  it('tells members, and them alone, that a preview has ended', async () => {
    const fields = await world.cookie(labels.ended);
    expect(bytesOf(await world.ask(labels.ended, { fields }))).toContain('BW-6009');
    expect(outcome(await world.ask(labels.ended))).toBe(401);
  });
});

describe('a label', () => {
  const targets: [string, string[], string][] = [
    ['a navigation', navigation, 'GET'],
    ['an old browser', ['Accept', 'text/html'], 'GET'],
    ['a program', [], 'GET'],
    ['a form', ['Accept', 'text/html', 'Content-Type', 'text/plain'], 'POST'],
    ['a script', ['Sec-Fetch-Mode', 'cors', 'Sec-Fetch-Dest', 'empty'], 'GET'],
    ['a WebSocket', ['Connection', 'Upgrade', 'Upgrade', 'websocket'], 'GET'],
    ['a preflight', ['Origin', 'https://evil.test', 'Accept', '*/*'], 'OPTIONS'],
    ['a broken cookie', ['Cookie', '__Host-byway_session=a.b.c'], 'GET'],
  ];

  it.each(targets)(
    'threat 19: to %s, unknown, ended and private are the same in bytes, calls and reads',
    async (_who, fields, method) => {
      const costs = new Set<string>();
      const answers = new Set<string>();
      for (const label of [labels.unknown, labels.ended, labels.private, labels.other]) {
        const before = [world.calls.length, world.statements];
        const way = await world.ask(label, { method, fields, target: '/a?b=c' });
        const after = [world.calls.length, world.statements];
        costs.add(after.map((count, index) => count - (before[index] ?? 0)).join());
        answers.add(withoutChance(bytesOf(way), label));
      }
      expect([...costs]).toEqual(['0,0']);
      expect(answers.size).toBe(1);
    },
  );

  it.each(targets.slice(0, 3))(
    'threat 19: to %s, no cluster at all is the same as well',
    async (_who, fields, method) => {
      const [there, nowhere] = await Promise.all([
        world.ask(labels.private, { method, fields }),
        world.ask(labels.unknown, { method, fields }, null),
      ]);
      expect(withoutChance(bytesOf(nowhere), labels.unknown)).toBe(
        withoutChance(bytesOf(there), labels.private),
      );
    },
  );

  it('threat 19: is not told by a token that is good for none of them', async () => {
    const fields = withToken(makeToken('bws', random).token);
    const answers = new Set<string>();
    for (const label of [labels.unknown, labels.ended, labels.private, labels.public]) {
      answers.add(bytesOf(await world.ask(label, { fields })));
    }
    answers.add(bytesOf(await world.ask(labels.unknown, { fields }, null)));
    expect(answers.size).toBe(1);
  });

  it('threat 17: that has ended is never issued again, and looks like one that never was', async () => {
    expect(world.cluster.previews.knows(labels.ended)).toBe(true);
    expect(labels.ended.slice(-20)).toMatch(/^[a-z2-7]{20}$/);
    const [ended, unknown] = [await world.ask(labels.ended), await world.ask(labels.unknown)];
    expect(bytesOf(ended)).toBe(bytesOf(unknown));
  });
});

/** Without label, transaction and nonce, which are another each time. */
function withoutChance(bytes: string, label: string): string {
  return bytes
    .replaceAll(label, '<label>')
    .replaceAll(/tx=[\w-]+\.[\w-]+\.[\w-]+/g, 'tx=<tx>')
    .replaceAll(/__Host-byway_tx_[0-9A-Za-z]{8}=[\w-]+/g, '<nonce>')
    .replaceAll(/"Content-Length","\d+"/g, '<length>');
}

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

describe('a public preview', () => {
  it('threat 38: is private when its time is over, before any alarm', async () => {
    const label = await world.preview('public', '6');
    const startMs = world.nowMs;
    try {
      world.nowMs = startMs + 86_400_000 - 1;
      expect(outcome(await world.ask(label))).toBe('relay');
      world.nowMs += 1;
      expect(outcome(await world.ask(label))).toBe(401);
    } finally {
      world.nowMs = startMs;
    }
  });

  it('threats 37 and 38: is private at once when the organisation forbids public ones', async () => {
    const forbidding = new ScratchGate();
    const label = await forbidding.preview('public', '1');
    await forbidding.connect();
    expect(outcome(await forbidding.ask(label))).toBe('relay');
    const policy = { ...(await forbidding.gate.objects.org(1).policy()), public_allowed: false };
    forbidding.cluster.withdraw({ kind: 'policy', policy });
    expect(outcome(await forbidding.ask(label))).toBe(401);
    await forbidding.stop();
  });

  it('threat 59: shows strangers who look at it a notice first, and nothing else to anybody', async () => {
    const notice = await world.ask(labels.public, { fields: navigation });
    expect(outcome(notice)).toBe(200);
    expect(bytesOf(notice)).toContain('/.byway/seen');
    const cookie = await world.cookie(labels.public);
    for (const fields of [
      [],
      ['Cookie', '__Host-byway_seen=1', ...navigation],
      [...cookie, ...navigation],
    ]) {
      expect(outcome(await world.ask(labels.public, { fields }))).toBe('relay');
    }
  });
});

describe('when other objects fail', () => {
  const failures: [string, () => Promise<void>][] = [
    ['throws', () => Promise.reject(new Error('on purpose'))],
    [
      'throws at once',
      () => {
        throw new Error('on purpose');
      },
    ],
  ];

  it.each(failures)('threat 24: one that %s lets nobody in', async (_how, fail) => {
    const fields = await world.cookie(labels.private);
    const { token } = world.token();
    for (const call of ['loginUntil', 'membership', 'verifyToken', 'token', '']) {
      world.cluster.withdraw({ kind: 'everybody' });
      world.before = (name) => (name.startsWith(call) ? fail() : Promise.resolve());
      const isOfPerson = call === 'loginUntil' || call === 'membership' || call === '';
      const asked = isOfPerson ? fields : withToken(token);
      const status = outcome(await world.ask(labels.private, { fields: asked }));
      expect(status).toBeGreaterThanOrEqual(500);
    }
    world.before = () => Promise.resolve();
    expect(outcome(await world.ask(labels.private, { fields }))).toBe('relay');
  });

  it('threat 24: one that hangs keeps its askers waiting, and nobody else', async () => {
    const fields = await world.cookie(labels.private);
    let open: () => void = () => {};
    const hanging = new Promise<void>((resolve) => (open = resolve));
    world.before = () => hanging;
    let answer: Way | undefined;
    const waiting = world.ask(labels.private, { fields }).then((way) => (answer = way));
    expect(outcome(await world.ask(labels.private))).toBe(401);
    expect(outcome(await world.ask(labels.public))).toBe('relay');
    expect(answer).toBeUndefined();
    // Access is withdrawn while the answer is on its way.
    world.members.delete(alice.id);
    world.cluster.withdraw({ kind: 'person', userId: alice.id });
    open();
    expect(outcome(await waiting)).toBe(404);
  });

  it('threat 24: a database that fails is a 500, answered once', async () => {
    const broken = new ScratchGate();
    const label = await broken.preview('private', '1');
    const fields = await broken.cookie(label);
    await broken.connect();
    const { previews } = broken.cluster;
    const find = previews.find.bind(previews);
    previews.find = () => {
      throw new Error('disk I/O error');
    };
    for (const asked of [{}, { fields }, { fields: navigation }]) {
      expect(outcome(await broken.ask(label, asked))).toBeGreaterThanOrEqual(500);
    }
    previews.find = find;
    const shared = await broken.preview('public', '2');
    broken.sqlFault = new Error('disk is full');
    for (const [to, asked] of [
      [label, { fields }],
      [shared, {}],
    ] as const) {
      expect(outcome(await broken.ask(to, asked))).toBeGreaterThanOrEqual(500);
    }
    broken.sqlFault = undefined;
    expect(outcome(await broken.ask(label, { fields }))).toBe('relay');
    await broken.stop();
  });

  it('without a GitHub App nobody can sign in, and private stays closed', async () => {
    world.canSignIn = false;
    expect(outcome(await world.ask(labels.private, { fields: navigation }))).toBe(401);
  });
});
