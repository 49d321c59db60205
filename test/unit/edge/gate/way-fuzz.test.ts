/** Whatever a request says, the verdict hangs on the preview's record and a verified viewer alone. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cookieName } from '#edge/gate/cookies.ts';
import { matchHost } from '#edge/gate/host.ts';
import { makeToken } from '#edge/gate/token.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { forge, random } from './key-ring.ts';
import { outcome, organisationId, ScratchGate, sid } from './scratch-gate.ts';

const previewDomain = 'preview.example.dev';
let world: ScratchGate;
let closed = '';
let open = '';
/** Of a member, for `closed`. */
let session = '';
/** Things that are nearly good: for another place, of another kind, damaged. */
let nearly: string[] = [];

beforeAll(async () => {
  world = new ScratchGate();
  closed = await world.preview('private', '1');
  open = await world.preview('public', '2');
  await world.connect();
  session = await world.session(closed);
  const { token } = world.token();
  const signed = await forge({ typ: 'byway-session+jwt' }, { sub: 'gh:1001', pid: closed });
  nearly = [
    session.slice(0, -1),
    session.replace(/\.[^.]*$/, '.'),
    session.toUpperCase(),
    await world.session(open),
    await world.session(closed, { organisationId: organisationId + 1 }),
    await world.session(closed, { sid: 'ended' }),
    await world.session(closed, { viewer: { kind: 'person', id: 666, login: 'mallory' } }),
    await world.session(closed, { viewer: { kind: 'token', id: 'AAAAAAAAAAAA' }, sid: '-' }),
    signed,
    token.slice(0, -1),
    token.toLowerCase(),
    makeToken('bws', random).token,
    makeToken('bwc', random).token,
    makeToken('bwu', random).token,
    world.token({ binding: { kind: 'preview', label: open } }).token,
    world.token({ scopes: ['intercept'] }).token,
    world.token({ expiresMs: 1 }).token,
    sid,
  ];
});
afterAll(() => world.stop());

const method = fc.oneof(
  fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'get', 'PURGE', 'CONNECT', 'TRACE', ''),
  fc.string({ maxLength: 8 }),
);
const piece = fc.oneof(
  fc.constantFrom(
    '.byway',
    '%2ebyway',
    '..',
    '.',
    '',
    'public',
    'robots.txt',
    'healthz',
    '%23',
    '%3f',
    '%00',
    '\\',
    ';',
    '@',
    'callback',
    'session',
    'seen',
    'logout',
    'authorize',
  ),
  fc.string({ maxLength: 12 }),
);
const path = fc.array(piece, { maxLength: 6 }).map((pieces) => `/${pieces.join('/')}`);
const query = fc.oneof(
  fc.constant(''),
  fc.constantFrom('?', '?access=public', '?code=x&tx=y', '?token=x', '?x=/.byway/', '#/public'),
  fc.string({ maxLength: 12 }).map((text) => `?${text}`),
);
const target = fc.oneof(
  fc.tuple(path, query).map((parts) => parts.join('')),
  fc.constantFrom('*', 'http://x/', '//evil.test/', '', '/.byway/session'),
  fc.string({ maxLength: 20 }),
);
const names = [
  ...['User-Agent', 'Accept', 'Origin', 'Referer', 'Authorization', 'Proxy-Authorization'],
  ...['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Uri', 'X-Original-URL', 'X-Real-IP'],
  ...['X-HTTP-Method-Override', 'X-Requested-With', 'Connection', 'Upgrade', 'X-Byway-User'],
  ...[
    'Sec-Fetch-Mode',
    'Sec-Fetch-Dest',
    'Sec-Fetch-Site',
    'Purpose',
    'Access-Control-Request-Method',
  ],
  ...['CF-Connecting-IP', 'Cf-Worker', 'Host', 'Via', 'Forwarded', 'X_Byway_Token'],
];
const values = [
  ...['', '*', '127.0.0.1', 'localhost', 'text/html', 'navigate', 'document', 'websocket'],
  ...['kube-probe/1.30', 'Googlebot/2.1', 'OPTIONS', 'x-byway-token', 'null', 'public'],
];
const field = fc
  .tuple(
    fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 10 })),
    fc.oneof(fc.constantFrom(...values), fc.string({ maxLength: 20 })),
  )
  .map(([name, value]) => (/^(cookie|x-byway-token)$/i.test(name) ? [] : [name, value]));
const fields = fc.array(field, { maxLength: 8 }).map((all) => all.flat());

/** Something that is not quite a credential, in each place that one may be in. */
const credential = fc
  .tuple(
    fc.constantFrom('Cookie', 'cookie', 'X-Byway-Token', 'x-byway-TOKEN', 'Authorization'),
    fc.oneof(
      fc.nat().map((index) => ({ index })),
      fc.string({ maxLength: 30 }).map((text) => ({ text })),
      fc.tuple(fc.nat(), fc.string({ minLength: 1, maxLength: 2 })).map(([at, by]) => ({ at, by })),
    ),
    fc.constantFrom(
      ...Object.values(cookieName),
      '__Host-byway_tx_12345678',
      ' __Host-byway_session',
    ),
  )
  .map(([name, made, cookie]) => (): string[] => {
    const text =
      'index' in made
        ? (nearly[made.index % nearly.length] ?? '')
        : 'text' in made
          ? made.text
          : changed(session, made.at % session.length, made.by);
    return [name, /cookie/i.test(name) ? `${cookie}=${text}` : text];
  });

/** Never the session itself, nor in another form of the same signature. */
function changed(text: string, at: number, by: string): string {
  const result = text.slice(0, at) + by + text.slice(at + 1);
  return result.trim() === text || result.startsWith(`${text};`) ? `${text}x` : result;
}

it('threats 22, 23 and 24: nothing but a good credential opens a private preview', async () => {
  await fc.assert(
    fc.asyncProperty(
      method,
      target,
      fields,
      fc.array(credential, { maxLength: 3 }),
      fc.boolean(),
      async (verb, aim, more, credentials, again) => {
        const asked = {
          method: verb,
          target: aim,
          fields: [...more, ...credentials.flatMap((each) => each())],
        };
        // A second time, when something may be remembered.
        for (let times = again ? 2 : 1; times > 0; times -= 1) {
          const status = outcome(await world.ask(closed, asked));
          expect(status).not.toBe('relay');
          expect(status).not.toBe(500);
          // What is not our own page is a refusal or the way to the login.
          if (!aim.startsWith('/.byway')) {
            expect([303, 400, 401, 403, 404, 405]).toContain(status);
          }
        }
      },
    ),
    { seed: 22, numRuns: fuzzRuns(1000) },
  );
});

it('threat 22: the same verdict under any URL, user agent and field', async () => {
  // Fields that say something to the gate are in other tests.
  const telling = /^(?:origin|upgrade|accept|sec-fetch-.*|x_byway_token)$/i;
  const quiet = fields.map((all) => {
    const kept: string[] = [];
    for (let at = 0; at < all.length; at += 2) {
      if (!telling.test(all[at] ?? '')) kept.push(all[at] ?? '', all[at + 1] ?? '');
    }
    return kept;
  });
  const appPath = fc
    .tuple(path, query)
    .map((parts) => parts.join(''))
    .filter((text) => !/^\/\.byway(?:[/?]|$)/.test(text) && !text.includes('#'));
  const cookie = ['Cookie', `${cookieName.session}=${session}`];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND'),
      appPath,
      quiet,
      async (verb, aim, more) => {
        const asked = { method: verb, target: aim };
        const ask = async (label: string, extra: string[]) =>
          outcome(await world.ask(label, { ...asked, fields: [...more, ...extra] }));
        expect(await ask(closed, [])).toBe(401);
        expect(await ask(closed, cookie)).toBe('relay');
        expect(await ask(open, [])).toBe('relay');
        // Strangers have a pace, and what is remembered an end.
        world.nowMs += 20;
      },
    ),
    { seed: 23, numRuns: fuzzRuns(1000) },
  );
});

it('threat 18: a host is one label of ours as a whole, or nothing', () => {
  const hosts = { appHost: 'byway.example.com', previewDomain };
  const noise = fc.oneof(
    fc.constantFrom(
      '.',
      '..',
      ':',
      ':443',
      ':65536',
      '/',
      '\\',
      '@',
      '%2e',
      '\t',
      ' ',
      'x',
      'xn--',
      '\u212a',
      'a.',
      '\u3002',
    ),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(noise, noise, noise, fc.nat(60), (before, between, after, at) => {
      const name = `${closed}.${previewDomain}`;
      const host = before + name.slice(0, at) + between + name.slice(at) + after;
      const match = matchHost(hosts, host);
      if (match === undefined) return;
      if (match.kind === 'app') throw new Error(`${host} is taken for the app host`);
      // It is what RFC 3986 calls the host, in lower case, without a final dot.
      const { hostname } = new URL(`https://${host}/`);
      expect(hostname.replace(/\.$/, '')).toBe(`${match.label}.${previewDomain}`);
    }),
    { seed: 18, numRuns: fuzzRuns(1000) },
  );
});
