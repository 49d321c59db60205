/** What is not relayed is answered clearly, and tells nobody which previews there are. */
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { on } from '../engine.ts';
import { until } from '../world.ts';
import { hostOf, Scene } from './scene.ts';

const scene = new Scene();
beforeAll(() => scene.start());
afterAll(() => scene.stop());

/** All bytes of the answer to `text`; the date, which says nothing, becomes the same. */
async function answerBytes(text: string): Promise<string> {
  const client = await scene.raw();
  client.send(text);
  // workerd does not close a connection whose upgrade was refused.
  const whole = /\r\nUpgrade:/.test(text)
    ? client.take(/\r\n\r\n[^]*\}\s*(0\r\n\r\n)?$|Length: 0\r\n[^]*\r\n\r\n$/i)
    : client.all();
  const bytes = await whole;
  client.socket.destroy();
  return bytes.replace(/\r\nDate: [^\r]*/i, '\r\nDate: then');
}

function get(host: string, ...lines: string[]): string {
  return [`GET / HTTP/1.1`, `Host: ${host}`, ...lines, 'Connection: close', '', ''].join('\r\n');
}

const html = 'Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8';
/** A person's browser in which the notice of a public preview was seen. */
const person = [...html.split(': '), 'Cookie', '__Host-byway_seen=1'];

interface ErrorBody {
  error: { code: string; detail?: string };
}

describe('labels', () => {
  it('unknown, ended and private ones get the same bytes', async () => {
    const hidden = await scene.world.intercept('--name', 'hidden', '--preview-access', 'private');
    const ended = await scene.world.intercept('--name', 'ended');
    expect((await scene.ask({ host: hostOf(ended) })).status).toBe(200);
    expect((await scene.world.stack.byway('leave', 'ended')).code).toBe(0);
    const made = hostOf(hidden);
    const [label = '', ...rest] = made.split('.');
    const domain = rest.join('.');
    const swapped = label.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
    const hosts = {
      private: made,
      ended: hostOf(ended),
      'of no cluster': `kind-stone-aaaaaaaaa-aaaaaaaaaaaaaaaaaaaa.${domain}`,
      'no label at all': `x.${domain}`,
      'nearly the private one': `${swapped}.${domain}`,
    };
    const upgrade = [
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ];
    const asks: ((host: string) => string)[] = [
      (host) => get(host),
      (host) => get(host, html),
      (host) => get(host).replace('GET / ', 'HEAD / '),
      (host) => get(host, 'Cookie: __Host-byway_session=x', 'Authorization: Bearer x'),
      (host) =>
        get(host, 'Origin: http://x.example', 'Access-Control-Request-Method: GET').replace(
          'GET',
          'OPTIONS',
        ),
      (host) => get(host, 'Content-Length: 5').replace('GET', 'POST') + 'hello',
      (host) => get(host, ...upgrade).replace('Connection: close', 'Connection: Upgrade'),
    ];
    for (const ask of asks) {
      const first = await answerBytes(ask(hosts.private));
      expect(first).toMatch(/^HTTP\/1\.1 401 /);
      expect(first).not.toMatch(/set-cookie/i);
      for (const [kind, host] of Object.entries(hosts))
        expect(await answerBytes(ask(host)), `${kind}: ${ask(host)}`).toBe(first);
    }
    // The gateway's own paths are there, or not, for every label alike.
    const own = (host: string) => get(host).replace('GET / ', 'GET /.byway/login?x ');
    const missing = await answerBytes(own(hosts.private));
    expect(missing).toMatch(/^HTTP\/1\.1 404 /);
    for (const host of Object.values(hosts)) expect(await answerBytes(own(host))).toBe(missing);
    const opened = await scene.ask({ host: made.toUpperCase() });
    expect(opened.status).toBe(401);
    expect((await scene.world.stack.byway('leave', 'hidden')).code).toBe(0);
  });

  it('match in any case, with a final dot and any port', async () => {
    const [name = '', port = ''] = scene.host.split(':');
    for (const host of [scene.host.toUpperCase(), `${name}.:${port}`, name, `${name}:1`])
      expect((await scene.ask({ host })).body.toString(), host).toBe('laptop');
  });
});

/** workerd takes the first two as HTTP allows (RFC 9112 §3.2.2, §6.3), and drops the fragment. */
const refusedByNode: [string, () => string][] = [
  ['an absolute target', () => get(scene.host).replace('GET / ', `GET http://${scene.host}/ `)],
  [
    'length and chunks',
    () => get(scene.host, 'Content-Length: 4', 'Transfer-Encoding: chunked') + '0\r\n\r\n',
  ],
  ['a fragment', () => get(scene.host).replace('GET / ', 'GET /#x ')],
  ['a target *', () => get(scene.host).replace('GET / ', 'GET * ')],
];
const ofTheEngine = on({ node: refusedByNode, cloudflare: [] });

describe('requests that are not relayed', () => {
  it.each([
    ['of another domain', 'evil.example'],
    ['below the label', 'x.LABEL'],
    ['the domain itself', 'preview.localhost'],
    ['with the label as user', 'LABEL@evil.example'],
    ['an address', '127.0.0.1'],
    ['empty', ''],
    ['with a path', 'LABEL/x'],
    ['with a bad port', 'LABEL:99999999'],
    ['a longer domain', 'LABEL.evil.example'],
    ['the label before another domain', 'LABELevil.example'],
  ])('a host %s is a 400', async (_kind, pattern) => {
    const name = scene.host.replace(/:\d+$/, '');
    const text = await answerBytes(get(pattern.replace('LABEL', name)));
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each([
    ['no Host', () => 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['two Hosts', () => get(scene.host, 'Host: evil.example')],
    ['the same Host twice', () => get(scene.host, `Host: ${scene.host}`)],
    ['two Hosts in other case', () => get('evil.example', `HOST: ${scene.host}`)],
    ...ofTheEngine,
    ['two lengths', () => get(scene.host, 'Content-Length: 1', 'Content-Length: 2')],
    ['a coding that is not chunked', () => get(scene.host, 'Transfer-Encoding: gzip')],
    ['a folded field', () => get(scene.host, 'X-A: 1', ' 2')],
    ['a blank before the colon', () => get(scene.host, 'X-A : 1')],
  ])('%s is a 400', async (_kind, text) => {
    expect(await answerBytes(text())).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('CONNECT and TRACE are a 405', async () => {
    const connect = `CONNECT ${scene.host} HTTP/1.1\r\nHost: ${scene.host}\r\n\r\n`;
    // workerd refuses CONNECT before it asks the edge.
    const refused = on({ node: /^HTTP\/1\.1 405 [^]*BW-1004/, cloudflare: /^HTTP\/1\.1 50[01] / });
    expect(await answerBytes(connect)).toMatch(refused);
    const trace = get(scene.host).replace('GET', 'TRACE');
    expect(await answerBytes(trace)).toMatch(/^HTTP\/1\.1 405 [^]*BW-1004/);
  });

  it('an upgrade to something else is a 400', async () => {
    const text = get(scene.host, 'Upgrade: h2c').replace(
      'Connection: close',
      'Connection: Upgrade',
    );
    expect(await answerBytes(text)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('a head that is too large is a 431', async () => {
    for (const lines of [
      Array.from({ length: 12 }, (_, index) => `X-${index}: ${'x'.repeat(8000)}`),
      [`X-One: ${'x'.repeat(61_500)}`],
      Array.from({ length: 300 }, (_, index) => `X-${index}: x`),
    ])
      expect(await answerBytes(get(scene.host, ...lines))).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('the gateway’s own paths are its own', async () => {
    for (const path of ['/.byway', '/.byway/', '/.byway/x', '/.byway?x'])
      expect((await scene.ask({ path })).status).toBe(404);
  });
});

describe('a local port that is closed', () => {
  it('becomes a 502 that names laptop and port, and heals', async () => {
    const { laptop, laptopPort } = scene.world;
    laptop.closeAllConnections();
    await new Promise((resolve) => laptop.close(resolve));
    const page = await scene.ask({ fields: person });
    expect(page.status).toBe(502);
    expect(page.head.headers['content-type']).toMatch(/^text\/html/);
    const text = page.body.toString();
    expect(text).toMatch(/^<!doctype html>/i);
    for (const part of [hostname(), String(laptopPort), 'BW-4001', 'byway leave web'])
      expect(text).toContain(part);
    for (const fields of [[], ['Accept', '*/*'], ['Accept', 'application/json']]) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const body = method === 'POST' ? { body: 'x'.repeat(100_000) } : {};
        const answer = await scene.ask({ method, fields, ...body });
        expect(answer.status).toBe(502);
        expect(answer.head.headers['content-type']).toMatch(/^application\/json/);
        const { error } = JSON.parse(answer.body.toString()) as ErrorBody;
        expect(error.code).toBe('BW-4001');
        expect(JSON.stringify(error)).toContain(hostname());
        expect(JSON.stringify(error)).toContain(String(laptopPort));
      }
    }
    const head = await scene.ask({ method: 'HEAD' });
    expect(head.status).toBe(502);
    const upgrade = get(
      scene.host,
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ).replace('Connection: close', 'Connection: Upgrade');
    expect(await answerBytes(upgrade)).toMatch(/^HTTP\/1\.1 502 [^]*BW-4001/);
    await new Promise<void>((resolve) => laptop.listen(laptopPort, '127.0.0.1', resolve));
    expect((await scene.ask()).body.toString()).toBe('laptop');
  });
});

describe('an ingress that is closed', () => {
  it('becomes a 502 that names its address', async () => {
    await scene.world.ingress.stop();
    const address = `127.0.0.1:${scene.world.ingressPort}`;
    const answer = await until(async () => {
      const got = await scene.ask({ fields: person });
      return got.body.includes('BW-3001') ? got : undefined;
    }, 'no page about the ingress');
    expect(answer.status).toBe(502);
    expect(answer.head.headers['content-type']).toMatch(/^text\/html/);
    expect(answer.body.toString()).toContain(address);
    const plain = await scene.ask({ method: 'POST', body: 'x'.repeat(100_000) });
    expect(plain.status).toBe(502);
    expect(JSON.stringify(JSON.parse(plain.body.toString()))).toContain(address);
  });
});

it('leaves nothing behind, and sent nothing to the cluster', async () => {
  await scene.quiet();
  expect(scene.inCluster).toBe(0);
});
