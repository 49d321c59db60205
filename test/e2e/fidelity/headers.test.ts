/** What the gateway takes from a request and adds to it, and whose intercept a request reaches. */
import type { IncomingHttpHeaders, IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, listen, type Made } from '../world.ts';
import { hostOf, Scene, valuesOf } from './scene.ts';

const scene = new Scene();
let other: Made;
let otherLaptop: Server;
let seen: IncomingMessage | undefined;

beforeAll(async () => {
  await scene.start();
  scene.laptop = (request, response) => {
    seen = request;
    response.end('laptop');
  };
  otherLaptop = await listen((_request, response) => response.end('other'));
  const { port } = otherLaptop.address() as AddressInfo;
  other = await scene.world.intercept('--name', 'other', '--port', `${port}:http`);
});
afterAll(async () => {
  await scene.stop();
  otherLaptop?.closeAllConnections();
  otherLaptop?.close();
});

/** The fields of one request as the laptop got them; fails where anybody else got it. */
async function arriving(fields: readonly string[]): Promise<IncomingMessage> {
  seen = undefined;
  const answer = await scene.ask({ fields });
  expect(answer.body.toString()).toBe('laptop');
  return seen!;
}

function headerOf(made: Made): { name: string; value: string } {
  return made.headers[0]!;
}

describe('the intercept header', () => {
  it('leads each preview URL to its own laptop', async () => {
    expect((await scene.ask()).body.toString()).toBe('laptop');
    expect((await scene.ask({ host: hostOf(other) })).body.toString()).toBe('other');
    const { name, value } = headerOf(other);
    const direct = await call({ port: scene.world.ingressPort, headers: { [name]: value } });
    expect(direct.text).toBe('other');
  });

  const tricks: [string, (name: string, value: string) => string[]][] = [
    ['as it is', (name, value) => [name, value]],
    ['in upper case', (name, value) => [name.toUpperCase(), value]],
    ['in lower case', (name, value) => [name.toLowerCase(), value]],
    ['twice', (name, value) => [name, value, name.toUpperCase(), value]],
    ['with _ for -', (name, value) => [name.replaceAll('-', '_'), value]],
    ['with one _ for -', (name, value) => [name.replace('-', '_').toUpperCase(), value]],
    ['named by Connection', (name, value) => [name, value, 'Connection', `close, ${name}`]],
    [
      'named by Connection in other case',
      (name, value) => ['Connection', name.toUpperCase(), name, value, 'Connection', 'close'],
    ],
    ['in baggage', (name, value) => ['baggage', `${name}=${encodeURIComponent(value)}`]],
    ['with blanks around', (name, value) => [name, `  ${value}\t`]],
    ['as one of a list', (name, value) => [name, `${value}, ${value}`]],
    ['empty', (name) => [name, '']],
  ];

  it.each(tricks)(
    'of another intercept, sent by the viewer %s, leads nowhere else',
    async (_how, make) => {
      const { name, value } = headerOf(other);
      const request = await arriving(make(name, value));
      const own = headerOf(scene.made);
      expect(valuesOf(request, own.name)).toEqual([own.value]);
      const spellings = request.rawHeaders.filter(
        (text, index) => index % 2 === 0 && text.toLowerCase().replaceAll('_', '-') === own.name,
      );
      expect(spellings).toHaveLength(1);
    },
  );

  it.each(['', 'close', 'x-telepresence-intercept-id'])(
    'is set even where the viewer sends none (Connection: %s)',
    async (connection) => {
      const own = headerOf(scene.made);
      const request = await arriving(connection === '' ? [] : ['Connection', connection]);
      expect(valuesOf(request, own.name)).toEqual([own.value]);
    },
  );

  it('in trailers of the request leads nowhere else', async () => {
    const { name, value } = headerOf(other);
    const client = await scene.raw();
    client.send(
      `POST / HTTP/1.1\r\nHost: ${scene.host}\r\nTransfer-Encoding: chunked\r\nTrailer: ${name}\r\n\r\n` +
        `1\r\nx\r\n0\r\n${name}: ${value}\r\n\r\n`,
    );
    expect(await client.take(/laptop|other|cluster/)).toContain('laptop');
    client.socket.destroy();
  });

  it('is not shown to the viewer', async () => {
    const { value } = headerOf(scene.made);
    const { head, body } = await scene.ask();
    expect(JSON.stringify(head.rawHeaders) + body.toString()).not.toContain(value);
  });
});

describe('forwarding fields', () => {
  const sent = {
    'X-Forwarded-For': '203.0.113.7',
    'x-forwarded-for': '203.0.113.8',
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Port': '443',
    'X-Forwarded-Prefix': '/evil',
    'X-Forwarded-Server': 'evil',
    'X-Real-IP': '203.0.113.9',
    'True-Client-IP': '203.0.113.10',
    'CF-Connecting-IP': '203.0.113.11',
    'X-Original-URL': '/evil',
    'X-Rewrite-URL': '/evil',
    Forwarded: 'for=203.0.113.12;host=evil.example',
    X_Forwarded_For: '203.0.113.13',
  };

  it('of the viewer are replaced by the gateway’s', async () => {
    const request = await arriving(Object.entries(sent).flat());
    const { rawHeaders, headers } = request;
    expect(JSON.stringify(rawHeaders)).not.toMatch(/203\.0\.113|evil/);
    const port = String(scene.port);
    expect(valuesOf(request, 'x-forwarded-for')[0]?.split(', ')[0]).toBe('127.0.0.1');
    expect(headers).toMatchObject({
      'x-forwarded-host': scene.host,
      'x-forwarded-proto': 'http',
      'x-forwarded-port': port,
      forwarded: `for=127.0.0.1;host="${scene.host}";proto=http`,
    } satisfies IncomingHttpHeaders);
  });

  it('are there when the viewer sends none', async () => {
    const { headers } = await arriving([]);
    expect(headers).toMatchObject({ 'x-forwarded-host': scene.host, 'x-forwarded-proto': 'http' });
    expect(headers.host).toBe('web.localhost');
  });

  it('cannot be removed by naming them in Connection', async () => {
    const request = await arriving(['Connection', 'close, X-Forwarded-For, Forwarded, Host']);
    const { headers } = request;
    expect(headers).toMatchObject({ 'x-forwarded-host': scene.host, host: 'web.localhost' });
    expect(valuesOf(request, 'x-forwarded-for')[0]?.split(', ')[0]).toBe('127.0.0.1');
    expect(headers.forwarded).toContain('for=127.0.0.1');
  });

  it('leave out what belongs to one connection', async () => {
    const { rawHeaders } = await arriving([
      'Connection',
      'close, X-Hop',
      'X-Hop',
      'one',
      'Keep-Alive',
      'timeout=5',
      'Proxy-Authorization',
      'Basic eDp5',
      'Proxy-Connection',
      'keep-alive',
      'X-Stays',
      'yes',
    ]);
    const names = rawHeaders
      .filter((_text, index) => index % 2 === 0)
      .map((name) => name.toLowerCase());
    expect(names).toContain('x-stays');
    for (const name of ['x-hop', 'keep-alive', 'proxy-authorization', 'proxy-connection'])
      expect(names).not.toContain(name);
  });
});

describe('cookies', () => {
  it.each([
    ['a=1; __Host-byway_session=secret; b=2', 'a=1; b=2'],
    ['__Host-byway_session=secret; a=1', 'a=1'],
    ['a=1;__Host-byway_tx_1=secret;b=2', 'a=1;b=2'],
    ['__host-BYWAY_session=secret; a="x; y"', 'a="x; y"'],
    ['a=__Host-byway_no; b=2', 'a=__Host-byway_no; b=2'],
    ['a=1;; b=%20; =c; d', 'a=1;; b=%20; =c; d'],
  ])('of the gateway do not reach the app: %s', async (cookie, rest) => {
    expect((await arriving(['Cookie', cookie])).headers.cookie).toBe(rest);
  });

  it('of the gateway alone leave no Cookie field', async () => {
    const request = await arriving(['Cookie', '__Host-byway_session=a; __Host-byway_seen=b']);
    expect(valuesOf(request, 'cookie')).toEqual([]);
  });

  it('of the gateway cannot be set by the app, its own can', async () => {
    const serve = scene.laptop;
    scene.laptop = (_request, response) =>
      response
        .writeHead(200, [
          'Set-Cookie',
          '__Host-byway_session=evil; Secure; Path=/',
          'Set-Cookie',
          'mine=1',
          'set-cookie',
          '__HOST-BYWAY_seen=evil',
          'Set-Cookie',
          'wide=1; Domain=web.localhost; Path=/',
        ])
        .end();
    const { head } = await scene.ask();
    scene.laptop = serve;
    expect(head.headers['set-cookie']).toEqual(['mine=1', 'wide=1; Path=/']);
  });
});

describe('answers', () => {
  it.each([
    ['http://web.localhost/next?x=1', (origin: string) => `${origin}/next?x=1`],
    ['//web.localhost/next', (origin: string) => `${origin.replace('http:', '')}/next`],
    ['/relative', () => '/relative'],
    ['http://web.localhost.evil.example/', () => 'http://web.localhost.evil.example/'],
    ['http://elsewhere.example/', () => 'http://elsewhere.example/'],
  ])('that redirect to %s', async (location, want) => {
    const serve = scene.laptop;
    scene.laptop = (_request, response) => response.writeHead(302, { Location: location }).end();
    const { head } = await scene.ask();
    scene.laptop = serve;
    expect(head.headers.location).toBe(want(`http://${scene.host}`));
  });

  it('stay out of search engines, whatever the app says', async () => {
    const serve = scene.laptop;
    scene.laptop = (_request, response) => response.writeHead(200, { 'X-Robots-Tag': 'all' }).end();
    const { head } = await scene.ask();
    scene.laptop = serve;
    expect(valuesOf(head, 'x-robots-tag')).toEqual(['noindex']);
  });
});

it('leaves nothing behind, and sent nothing to the cluster', async () => {
  await scene.quiet();
  expect(scene.inCluster).toBe(0);
});
