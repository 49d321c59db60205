/** What of a request reaches the app, and what of its answer reaches the viewer. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestHead } from '#edge/relay/request-head.ts';
import { responseHead } from '#edge/relay/response-head.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';

const host = 'amber-otter.preview.example.dev';

function toApp(...fields: string[]): [string, string][] {
  const head = requestHead({
    method: 'GET',
    target: '/a?b',
    fields: ['Host', host, ...fields],
    address: '192.0.2.7',
    scheme: 'https',
    host,
    port: 443,
  });
  return pairs(head).filter(([name]) => !name.startsWith(':') && name !== 'Host');
}

function toViewer(
  fields: string[],
  passage: Parameters<typeof responseHead>[1] = { isPrivate: true },
  status = '200',
): [string, string][] {
  return pairs(responseHead([':status', status, ':reason', '', ...fields], passage).fields);
}

function pairs(list: readonly string[]): [string, string][] {
  const all: [string, string][] = [];
  for (let at = 0; at < list.length; at += 2) all.push([list[at] ?? '', list[at + 1] ?? '']);
  return all;
}

const valuesOf = (all: [string, string][], name: string): string[] =>
  all.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);

const forwarding = [
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'Forwarded',
];

describe('towards the app', () => {
  it('threat 14: go none of the gateway’s cookies and tokens, in no spelling', () => {
    const secret = 'secret-of-the-viewer';
    const head = toApp(
      ...['Cookie', `a=1; __Host-byway_session=${secret}; b=2`],
      ...['cookie', `__host-BYWAY_sso=${secret}`],
      ...['COOKIE', `__Host-byway_tx_12345678=${secret};c=3`],
      ...['X-Byway-Token', secret],
      ...['x-byway-token', secret],
      ...['X_Byway_Token', secret],
      ...['X-BYWAY_Token', secret],
      ...['X-Byway-Anything', secret],
    );
    expect(JSON.stringify(head)).not.toContain(secret);
    expect(valuesOf(head, 'cookie').join('; ')).toBe('a=1; b=2; c=3');
    expect(head.filter(([name]) => /byway/i.test(name))).toEqual([]);
  });

  it('threat 14: no gateway’s cookie gets through whatever is around it', () => {
    const junk = fc.string({ unit: fc.constantFrom('a', '=', ';', ' ', '\t', '"', ',', '_', 'é') });
    fc.assert(
      fc.property(junk, junk, (before, after) => {
        const cookie = `${before};__Host-byway_session=secret;${after}`;
        expect(JSON.stringify(toApp('Cookie', cookie))).not.toContain('secret');
      }),
      { seed: 14, numRuns: fuzzRuns(300) },
    );
  });

  it('threat 20: forwarding fields are there once, and ours, however they were sent', () => {
    const spelled = forwarding.flatMap((name) => [
      name,
      name.toLowerCase(),
      name.toUpperCase(),
      name.replaceAll('-', '_'),
      name.replace('-', '_').toLowerCase(),
    ]);
    const head = toApp(...spelled.flatMap((name) => [name, 'evil']), 'X-Real_IP', 'evil');
    expect(JSON.stringify(head)).not.toContain('evil');
    expect(head).toEqual([
      ['X-Forwarded-For', '192.0.2.7'],
      ['X-Forwarded-Host', host],
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-Port', '443'],
      ['Forwarded', `for=192.0.2.7;host="${host}";proto=https`],
    ]);
  });

  it('threat 21: what other gateways believe is not passed on', () => {
    const names = [
      'X-Original-Url',
      'X-Rewrite-Url',
      'X-Real-Ip',
      'True-Client-Ip',
      'Cf-Connecting-Ip',
    ];
    const head = toApp(...names.flatMap((name) => [name, '/admin']));
    expect(JSON.stringify(head)).not.toContain('/admin');
  });

  it('threat 26: Connection takes away what came, and nothing that is set here', () => {
    const named = [...forwarding, 'Host', 'Cookie', 'Authorization', 'X-Own'].join(', ');
    const head = toApp(
      ...['Connection', named.toLowerCase()],
      ...['Cookie', 'a=1', 'Authorization', 'Bearer app', 'X-Own', '1'],
    );
    for (const name of forwarding) expect(valuesOf(head, name.toLowerCase())).toHaveLength(1);
    expect(valuesOf(head, 'cookie')).toEqual(['a=1']);
    expect(valuesOf(head, 'authorization')).toEqual(['Bearer app']);
    expect(valuesOf(head, 'x-own')).toEqual([]);
    expect(valuesOf(head, 'connection')).toEqual([]);
  });

  it('threat 27: the app’s own Authorization and cookies arrive as they came', () => {
    for (const text of ['Bearer x', 'Basic dTpw', 'bws_x', '']) {
      expect(valuesOf(toApp('authorization', text), 'authorization')).toEqual([text]);
    }
    const cookie = 'sid="a b"; theme=dark;x=__Host-byway_no';
    expect(valuesOf(toApp('Cookie', cookie), 'cookie')).toEqual([cookie]);
  });
});

describe('towards the viewer', () => {
  it('threat 15: an app sets its own cookies, each for itself, and none of the gateway’s', () => {
    const own = ['a=1; Path=/', '__Host-app=2; Secure; Path=/', 'x=__Host-byway_no'];
    const reserved = [
      '__Host-byway_session=evil; Path=/; Secure',
      ' __Host-byway_seen=1',
      '\t__host-BYWAY_tx_12345678=evil',
      '=__Host-byway_session=evil',
      ' = __Host-byway_session=evil',
      '__Host-byway_anything=evil',
    ];
    const sent = [...own, ...reserved].flatMap((value) => ['Set-Cookie', value]);
    for (const isPrivate of [true, false]) {
      expect(valuesOf(toViewer(sent, { isPrivate }), 'set-cookie')).toEqual(own);
    }
  });

  const keepers = [
    ...['Cache-Control', 'public, max-age=31536000, immutable'],
    ...['cache-control', 's-maxage=60'],
    ...['CDN-Cache-Control', 'max-age=60'],
    ...['Cloudflare-CDN-Cache-Control', 'max-age=60'],
    ...['Surrogate-Control', 'max-age=60'],
    ...['Expires', 'Thu, 01 Jan 2099 00:00:00 GMT'],
    ...['Pragma', 'cache'],
  ];

  it.each(['200', '206', '301', '304', '404', '500'])(
    'threat 28: no cache may keep a private answer, whatever the app says: %s',
    (status) => {
      const head = toViewer(['ETag', '"1"', ...keepers], { isPrivate: true }, status);
      expect(head).toEqual([
        ['ETag', '"1"'],
        ['X-Robots-Tag', 'noindex'],
        ['Cache-Control', 'private, no-store'],
      ]);
    },
  );

  it('threat 28: a public answer keeps what the app says, unless a session goes along', () => {
    const head = toViewer(keepers, { isPrivate: false });
    expect(valuesOf(head, 'cache-control')).toEqual([keepers[1], keepers[3]]);
    const setCookie = '__Host-byway_session=x; Path=/';
    const renewed = toViewer(keepers, { isPrivate: false, setCookie });
    expect(valuesOf(renewed, 'set-cookie')).toEqual([setCookie]);
    expect(valuesOf(renewed, 'cache-control')).toEqual(['private, no-store']);
    expect(valuesOf(renewed, 'cdn-cache-control')).toEqual([]);
  });

  it('a session goes with the answer, not with what comes before it', () => {
    const setCookie = '__Host-byway_session=x';
    const passage = { isPrivate: true, setCookie };
    expect(valuesOf(toViewer([], passage, '103'), 'set-cookie')).toEqual([]);
    expect(valuesOf(toViewer([], passage, '101'), 'set-cookie')).toEqual([]);
    expect(valuesOf(toViewer([], passage, '404'), 'set-cookie')).toEqual([setCookie]);
  });

  it('threat 19: search engines are told to stay away, whatever the app says', () => {
    const head = toViewer(['X-Robots-Tag', 'all'], { isPrivate: false });
    expect(valuesOf(head, 'x-robots-tag')).toEqual(['noindex']);
  });
});
