/**
 * A stranger cannot tell a private label from one that has ended or never was: status, fields and body
 * are the same, byte for byte, whatever is asked (threat 19). How long answers take is printed.
 */
import { request, type ClientRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byScript, navigation, Visitor } from '#sandbox/visitor.ts';
import { engine } from '../engine.ts';
import { GateScene, people } from './scene.ts';

const scene = new GateScene();
/** What there is of it: at the domain of previews. */
const labels = new Map<string, string>();
const rounds = 60;

beforeAll(async () => {
  await scene.start();
  const origin = await scene.preview();
  // Where nobody has signed in yet the organisation’s installation is not known, and everybody is told so.
  await scene.visitor(people.member, origin);
  const live = scene.labelOf(origin);
  const ended = scene.labelOf(await scene.preview());
  await scene.stack.api('DELETE', `/api/v1/previews/${ended}`);
  // The last 20 characters are chance; the third part is the cluster, with its check.
  const guessed = live.slice(0, -20) + 'abcdefghijklmnopqrst';
  const foreign = guessed.replace(/-[a-z2-7]{9}-/, '-aaaaaaaaa-');
  labels.set('private', live);
  labels.set('ended', ended);
  labels.set('never was', guessed);
  labels.set('of no cluster', foreign);
  labels.set('no label of ours', 'www');
}, 60_000);
afterAll(() => scene.stop());

interface Asking {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}

const html = { accept: 'text/html' };
const upgrade = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
};
const json = { ...byScript, 'content-type': 'application/json' };
const jwt = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJnaDoxIn0.AAAA';

const askings: [string, Asking][] = [
  ['a navigation', { headers: { ...navigation } }],
  ['a navigation to a deep link', { path: '/a/b?c=d%20e', headers: { ...navigation } }],
  ['a navigation of an old browser', { headers: html }],
  [
    'a page in a frame',
    { headers: { ...html, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' } },
  ],
  ['a prefetch', { headers: { ...navigation, 'sec-purpose': 'prefetch' } }],
  ['a script', { path: '/api', headers: { ...byScript } }],
  ['a program without fields', { headers: {} }],
  ['HEAD', { method: 'HEAD', headers: { ...navigation } }],
  ['a form', { method: 'POST', headers: { ...html, 'content-type': 'text/plain' }, body: 'a=b' }],
  ['a POST of a script', { method: 'POST', headers: json, body: '{"a":1}' }],
  ['PUT', { method: 'PUT', headers: json, body: 'x'.repeat(100_000) }],
  ['DELETE', { method: 'DELETE', headers: { ...byScript } }],
  ['a method of no standard', { method: 'PROPFIND', headers: { ...byScript } }],
  ['OPTIONS', { method: 'OPTIONS', headers: { ...byScript } }],
  [
    'a preflight',
    {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example', 'access-control-request-method': 'PUT' },
    },
  ],
  ['a WebSocket', { headers: { ...upgrade } }],
  ['a WebSocket of a foreign page', { headers: { ...upgrade, origin: 'https://a.example' } }],
  ['a WebSocket that is none', { headers: { ...upgrade, 'sec-websocket-version': '7' } }],
  ['a bad session', { headers: { ...byScript, cookie: `__Host-byway_session=${jwt}` } }],
  [
    'a bad session in a navigation',
    { headers: { ...navigation, cookie: `__Host-byway_session=${jwt}` } },
  ],
  [
    'two sessions',
    { headers: { ...byScript, cookie: '__Host-byway_session=a; __Host-byway_session=b' } },
  ],
  ['the mark of a first visit', { headers: { ...navigation, cookie: '__Host-byway_seen=1' } }],
  ['a word as token', { headers: { ...byScript, 'x-byway-token': 'letmein' } }],
  ['a token that never was', { headers: { ...byScript, 'x-byway-token': inventedToken() } }],
  ['the callback, bare', { path: '/.byway/callback', headers: { ...navigation } }],
  [
    'the callback, forged',
    { path: `/.byway/callback?code=${'A'.repeat(43)}&tx=${jwt}`, headers: { ...navigation } },
  ],
  ['the callback by POST', { method: 'POST', path: '/.byway/callback', headers: html, body: '' }],
  [
    'a session for nothing',
    { method: 'POST', path: '/.byway/session', headers: { ...byScript }, body: '' },
  ],
  [
    'a session for a bad token',
    {
      method: 'POST',
      path: '/.byway/session',
      headers: { 'x-byway-token': inventedToken() },
      body: '',
    },
  ],
  ['logout', { path: '/.byway/logout', headers: { ...navigation } }],
  ['logout by POST', { method: 'POST', path: '/.byway/logout', headers: html, body: '' }],
  ['the first visit', { method: 'POST', path: '/.byway/seen', headers: html, body: 'to=%2F' }],
  ['the first visit by GET', { path: '/.byway/seen', headers: { ...navigation } }],
  ['a path of the gateway that is none', { path: '/.byway/admin', headers: { ...byScript } }],
  ['the gateway’s path alone', { path: '/.byway', headers: { ...byScript } }],
  ['a path that is coded', { path: '/%2e%62yway/callback', headers: { ...byScript } }],
  ['a long path', { path: `/${'a'.repeat(5000)}`, headers: { ...navigation } }],
];

/** With the shape and the checksum of one: made by nobody. */
function inventedToken(): string {
  return `bws_${'0'.repeat(12)}_${'0'.repeat(43)}_000000`;
}

/** The whole answer as text, without what differs by nature: time, chance, and the label itself. */
async function answerOf(label: string, asking: Asking): Promise<string> {
  const { status, fields, body } = await exchange(label, asking);
  const all = [String(status), ...fields.map((pair) => pair.join(': ')), '', body].join('\n');
  return all
    .replaceAll(label, 'LABEL')
    .replace(/^date: .*$/im, 'Date')
    .replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'TX')
    .replaceAll(/(__Host-byway_tx_)\w{8}=[\w-]{43}/g, '$1ID=NONCE');
}

function exchange(
  label: string,
  { method = 'GET', path = '/', headers = {}, body }: Asking,
): Promise<{ status: number; fields: [string, string][]; body: string }> {
  return new Promise((resolve, reject) => {
    const { edge = 0 } = scene.stack.ports;
    const outgoing: ClientRequest = request({
      ...{ host: '127.0.0.1', port: edge, method, path, agent: false },
      headers: { Host: `${label}.preview.localhost:${edge}`, ...headers },
    });
    outgoing.once('error', reject);
    outgoing.once('upgrade', (response) => reject(new Error(`upgraded: ${response.statusCode}`)));
    outgoing.once('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('error', reject);
      response.once('end', () => {
        const { rawHeaders, statusCode = 0 } = response;
        const fields = rawHeaders.flatMap((name, index): [string, string][] =>
          index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : [],
        );
        resolve({ status: statusCode, fields, body: Buffer.concat(parts).toString('latin1') });
        outgoing.destroy();
      });
    });
    outgoing.end(body);
  });
}

describe('a stranger’s request', () => {
  it.each(askings)('%s gets one answer for all labels; threat 19', async (_what, asking) => {
    const answers = new Map<string, string>();
    for (const [state, label] of labels) answers.set(state, await answerOf(label, asking));
    const expected = answers.get('private') ?? '';
    expect(expected).not.toMatch(/^(?:200|5\d\d)/);
    for (const [state, answer] of answers) expect([state, answer]).toEqual([state, expected]);
  });
});

describe('somebody who is signed in elsewhere', () => {
  it('gets one answer for all labels, and no word about any; threat 19', async () => {
    const answers = new Map<string, string>();
    for (const [state, label] of labels) {
      const outsider = new Visitor(people.outsider);
      const seen = await outsider.open(
        `http://${label}.preview.localhost:${scene.stack.ports.edge}/`,
      );
      const text = seen.text
        .replaceAll(label, 'LABEL')
        .replaceAll(/name="ticket" value="[^"]+"/g, 'TICKET')
        .replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'TX');
      expect(seen.text).not.toContain(label);
      answers.set(state, `${seen.status} ${seen.url.pathname.replace(/eyJ.*/, '')} ${text}`);
    }
    const [expected] = answers.values();
    expect(expected).toMatch(/^404/);
    for (const [state, answer] of answers) expect([state, answer]).toEqual([state, expected]);
  });
});

describe('time', () => {
  it.each<[string, Asking]>([
    ['a navigation', { headers: { ...navigation } }],
    ['a script', { headers: { ...byScript } }],
    ['a bad session', { headers: { ...byScript, cookie: `__Host-byway_session=${jwt}` } }],
    ['a token that never was', { headers: { 'x-byway-token': inventedToken() } }],
    ['the callback', { path: '/.byway/callback', headers: { ...byScript } }],
  ])(
    'of %s is measured label by label; threat 19',
    async (what, asking) => {
      const times = new Map<string, number[]>([...labels.keys()].map((state) => [state, []]));
      // In turn, so that whatever else the machine does falls on all alike.
      for (let round = -10; round < rounds; round += 1) {
        for (const [state, label] of labels) {
          const beginMs = performance.now();
          await exchange(label, asking);
          if (round >= 0) times.get(state)?.push(performance.now() - beginMs);
        }
      }
      const lines = [...times].map(([state, all]) => {
        const sorted = all.toSorted((one, other) => one - other);
        const at = (share: number): string =>
          (sorted[Math.floor(share * sorted.length)] ?? 0).toFixed(2);
        return `${state} ${at(0.1)}/${at(0.5)}/${at(0.9)}`;
      });
      process.stderr.write(`${engine}: ${what}, 10/50/90 % in ms: ${lines.join(', ')}\n`);
    },
    60_000,
  );
});
