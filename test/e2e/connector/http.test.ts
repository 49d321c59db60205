import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ResetCode } from '#protocol/frame.ts';
import { freePort } from '#sandbox/free-port.ts';
import { until } from '../world.ts';
import { l5, origin, Site, type Ask } from './stand-ins.ts';

const site = new Site();
/** What the ingress got, as it came. */
let got = '';
let connections = 0;
/** What the ingress answers to each request that ends with an empty line. */
let serve: (socket: Socket, text: string) => void = () => {};
let port = 0;
/** Free when the tests began, so that nothing listens there. */
let closed = 0;

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

beforeAll(async () => {
  closed = await freePort();
  port = await site.raw((socket) => {
    connections += 1;
    socket.on('data', (bytes) => {
      got += bytes.toString('latin1');
      serve(socket, bytes.toString('latin1'));
    });
  });
  await site.start({ ingress_allow: ['127.0.0.1'] });
  await site.agent('web');
  await site.daemon();
  await site.intercept();
  await site.route(port);
});
afterEach(async () => {
  await site.quiet();
  got = '';
  connections = 0;
  serve = (socket) => void socket.write(ok);
});
afterAll(() => site.stop());

describe('a request', () => {
  it('reaches the ingress with its bytes, the layer-5 host and the intercept’s header', async () => {
    serve = (socket) => void socket.write(ok);
    const spoof = site.spec.headers[0]!.name;
    const fields = ['Host', 'label.preview', 'X-B', '1', 'x-a', '2', 'X-B', '3', 'X-Latin', 'é'];
    const { status, body } = await site.answer({
      path: '/a/../b//c;%zz%2F|?x=1&&y?',
      fields: [...fields, spoof.toUpperCase(), 'other', spoof.replaceAll('-', '_'), 'other'],
    });
    expect([status, body.toString()]).toEqual([200, 'ok']);
    const [{ name, value } = { name: '', value: '' }] = site.spec.headers;
    expect(got.split('\r\n')).toEqual([
      'GET /a/../b//c;%zz%2F|?x=1&&y? HTTP/1.1',
      `Host: ${l5}`,
      'X-B: 1',
      'x-a: 2',
      'X-B: 3',
      'X-Latin: é',
      `${name}: ${value}`,
      `baggage: ${name}=${encodeURIComponent(value)}`,
      '',
      '',
    ]);
  });

  it('for an unknown label is refused', async () => {
    expect((await site.answer({ label: 'nobody' })).reset).toBe(ResetCode.interceptGone);
  });

  it('shares its connection with the next one', async () => {
    for (let turn = 0; turn < 5; turn += 1) expect((await site.answer()).status).toBe(200);
    expect(connections).toBeLessThanOrEqual(1);
  });

  const smuggled = 'GET /evil HTTP/1.1\r\nHost: x\r\n\r\n';
  const framings: [string, Ask, RegExp][] = [
    ['GET without body', { method: 'GET' }, /^(?![\s\S]*(content-length|transfer-encoding))/i],
    ['POST without body', { method: 'POST' }, /\r\nContent-Length: 0\r\n\r\n$/],
    ['PUT without body', { method: 'PUT' }, /\r\nContent-Length: 0\r\n/],
    ['PATCH without body', { method: 'PATCH' }, /\r\nContent-Length: 0\r\n/],
    ['DELETE without body', { method: 'DELETE' }, /^(?![\s\S]*content-length)/i],
    [
      'DELETE with Content-Length: 0',
      { method: 'DELETE', fields: ['Content-Length', '0'] },
      /\r\nContent-Length: 0\r\n/,
    ],
    [
      'GET with a body',
      { method: 'GET', body: smuggled },
      /\r\nTransfer-Encoding: chunked\r\n\r\n1f\r\nGET \/evil[\s\S]*\r\n0\r\n\r\n$/,
    ],
    [
      'GET with a body of known length',
      { method: 'GET', body: smuggled, fields: ['content-length', String(smuggled.length)] },
      /\r\nContent-Length: 31\r\n\r\nGET \/evil[\s\S]*\r\n\r\n$/,
    ],
    [
      'DELETE with a body',
      { method: 'DELETE', body: smuggled, fields: ['Transfer-Encoding', 'gzip, chunked'] },
      /\r\nTransfer-Encoding: chunked\r\n[\s\S]*\r\n0\r\n\r\n$/,
    ],
    [
      'trailers',
      {
        method: 'POST',
        body: 'x',
        trailers: ['X-Sum', '1', 'X_Telepresence-Intercept-ID', 'other', 'Content-Length', '9'],
      },
      /\r\n1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n$/,
    ],
  ];
  it.each(framings)('is framed: %s', async (_name, ask, expected) => {
    serve = (socket) => {
      const chunked = /transfer-encoding/i.test(got);
      if (!chunked || got.includes('\r\n0\r\n')) socket.write(ok);
    };
    expect((await site.answer(ask)).status).toBe(200);
    expect(got).toMatch(expected);
    expect(got.match(/HTTP\/1\.1\r\n/g)).toHaveLength(ask.body === smuggled ? 2 : 1);
  });

  const misframed: [string, Ask][] = [
    ['a body longer than its length', { body: smuggled, fields: ['Content-Length', '3'] }],
    ['a body shorter than its length', { body: 'abc', fields: ['Content-Length', '9'] }],
    ['a length and no body', { fields: ['Content-Length', '9'] }],
    ['two lengths', { body: 'abc', fields: ['Content-Length', '3', 'content-length', '3'] }],
    ['a length that is none', { body: 'abc', fields: ['Content-Length', '+3'] }],
    ['a line break in a value', { fields: ['X-A', 'a\r\nX-B: b'] }],
    ['a blank in the target', { path: '/ HTTP/1.1' }],
  ];
  it.each(misframed)('is refused: %s', async (_name, ask) => {
    serve = () => {};
    expect((await site.answer({ method: 'POST', ...ask })).reset).toBe(ResetCode.protocol);
    expect(got).not.toContain('evil');
    expect((await site.metrics()).byway_sessions).toBe(3);
  });

  it('whose viewer is gone ends at the ingress', async () => {
    let gone = false;
    serve = (socket) => void socket.on('close', () => (gone = true));
    const exchange = site.ask();
    await until(() => Promise.resolve(got === '' ? undefined : true), 'the request arrives');
    exchange.stream.reset(ResetCode.cancel);
    await until(() => Promise.resolve(gone || undefined), 'the ingress sees that it is gone');
  });

  it('with a large body waits for an ingress that does not read', async () => {
    let held: Socket | undefined;
    serve = (socket) => {
      if (held) return;
      held = socket;
      socket.pause();
    };
    const size = 24 * 1024 * 1024;
    const exchange = site.ask({
      method: 'POST',
      fields: ['Content-Length', String(size)],
      open: true,
    });
    await until(() => Promise.resolve(held), 'the head arrives');
    const part = Buffer.alloc(size / 8);
    for (let count = 0; count < 8; count += 1) exchange.stream.write(part);
    await until(
      async () => ((await site.metrics()).byway_held_bytes! > 0 ? true : undefined),
      'bytes are held',
    );
    expect((await site.metrics()).byway_held_bytes).toBeLessThan(8 * 1024 * 1024);
    exchange.stream.end();
    let bytes = 0;
    held!.removeAllListeners('data');
    held!.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes >= size) held!.end(ok.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    });
    held!.resume();
    await exchange.ended;
    expect(exchange.status).toBe(200);
  });
});

describe('an answer', () => {
  it.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "x"\r\n\r\n', 200],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n', 204],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', 304],
  ])('to %s without a body ends at once', async (method, text, status) => {
    serve = (socket) => void socket.write(text);
    const exchange = await site.answer({ method });
    expect([exchange.status, exchange.body.length, exchange.reset]).toEqual([status, 0, undefined]);
    expect(exchange.field('content-length')).toEqual(text.includes('Length') ? ['5'] : []);
    serve = (socket) => void socket.write(ok);
    expect((await site.answer()).body.toString()).toBe('ok');
    expect(connections).toBeLessThanOrEqual(1);
  });

  it('has its interim heads, chunks, trailers, and duplicates, without hop-by-hop fields', async () => {
    serve = (socket) =>
      void socket.write(
        'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n' +
          'Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nSet-Cookie: a=1\r\n' +
          `set-cookie: b=2; Domain=${l5}; Path=/\r\nLocation: http://${l5}/x?u=http://${l5}/\r\n\r\n` +
          '3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n',
      );
    const exchange = await site.answer();
    expect(exchange.heads).toEqual([
      [':status', '103', ':reason', 'Early Hints', 'Link', '</a>'],
      [
        ':status',
        '200',
        ':reason',
        'Fine',
        'Set-Cookie',
        'a=1',
        'set-cookie',
        'b=2; Path=/',
        'Location',
        `${origin}/x?u=http://${l5}/`,
      ],
    ]);
    expect(exchange.body.toString()).toBe('abcde');
    expect(exchange.trailers).toEqual(['X-Sum', '5']);
  });

  it('without length ends with its connection', async () => {
    serve = (socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end');
    const exchange = await site.answer();
    expect([exchange.body.toString(), exchange.reset]).toEqual(['until the end', undefined]);
  });

  const cuts: [string, string, (socket: Socket) => void][] = [
    ['Content-Length', 'Content-Length: 9\r\n\r\nabc', (socket) => socket.end()],
    ['chunked', 'Transfer-Encoding: chunked\r\n\r\n9\r\nabc', (socket) => socket.end()],
    ['last chunk', 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n', (socket) => socket.end()],
    ['until close', '\r\nabc', (socket) => void socket.resetAndDestroy()],
    [
      'not chunked',
      'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
      (socket) => socket.write('zz'),
    ],
  ];
  it.each(cuts)('that is cut short never ends cleanly: %s', async (_name, rest, cut) => {
    let ingress: Socket | undefined;
    serve = (socket) => {
      ingress = socket;
      socket.write(`HTTP/1.1 200 OK\r\n${rest}`);
    };
    const exchange = site.ask();
    await until(
      () => Promise.resolve(exchange.body.toString() === 'abc' || undefined),
      'the first part arrives',
    );
    cut(ingress!);
    await exchange.ended;
    expect(exchange.reset).toBe(ResetCode.originReset);
  });

  it.each([
    ['a head that is too large', `X-Large: ${'x'.repeat(61 * 1024)}\r\n\r\n`, 'BW-3006'],
    ['a head of too many fields', `${'X-A: b\r\n'.repeat(256)}\r\n`, 'BW-3006'],
    ['both framings', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 'BW-3006'],
  ])('becomes a page: %s', async (_name, rest, code) => {
    serve = (socket) => void socket.write(`HTTP/1.1 200 OK\r\n${rest}`);
    const exchange = await site.answer();
    expect([exchange.status, exchange.field('x-byway-error')]).toEqual([502, [code]]);
    expect(exchange.body.toString()).toContain(`127.0.0.1:${port}`);
    expect(site.connector.errors()).not.toContain('Error:');
  });

  it('comes before the upload is over, and whole', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(413, { Connection: 'close' });
      response.end('too much');
    });
    const early = await site.serve(server);
    await site.route(early, {}, 'early');
    const exchange = site.ask({ label: 'early', method: 'POST', body: 'first', open: true });
    await exchange.ended;
    expect([exchange.status, exchange.body.toString()]).toEqual([413, 'too much']);
    for (let count = 0; count < 64; count += 1) exchange.stream.write(Buffer.alloc(65_536));
    exchange.stream.end();
  });
});

describe('a connection that was idle and closes on the next request', () => {
  /** The first request of each connection is answered; `then` deals with the second. */
  const second = (then: (socket: Socket) => void): void => {
    const seen = new WeakSet<Socket>();
    serve = (socket) => {
      if (seen.has(socket)) return then(socket);
      seen.add(socket);
      socket.write(ok);
    };
  };
  const fresh = async (): Promise<void> => {
    // An answer without length takes the connection out of use.
    serve = (socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\n');
    await site.answer();
    connections = 0;
    got = '';
  };

  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])('is replaced for %s', async (method) => {
    await fresh();
    second((socket) => socket.destroy());
    await site.answer();
    const exchange = await site.answer({ method });
    expect([exchange.status, connections]).toEqual([200, 2]);
    await fresh();
  });

  it.each<[string, Ask, (socket: Socket) => void]>([
    ['POST', { method: 'POST' }, (socket) => socket.destroy()],
    ['PUT with a body', { method: 'PUT', body: 'x' }, (socket) => socket.destroy()],
    ['a GET that was answered in part', {}, (socket) => socket.end('HTTP/1.1 2')],
    ['a GET that was answered with 103', {}, (socket) => socket.end('HTTP/1.1 103 Hints\r\n\r\n')],
    ['a GET that was answered with nonsense', {}, (socket) => socket.end('nonsense\r\n\r\n')],
  ])('is not replaced for %s', async (_name, ask, then) => {
    await fresh();
    second(then);
    await site.answer();
    const exchange = await site.answer(ask);
    expect([exchange.status, exchange.field('x-byway-error'), connections]).toEqual([
      502,
      ['BW-3006'],
      1,
    ]);
  });

  it('is replaced once, not more often', async () => {
    await fresh();
    second((socket) => socket.destroy());
    await site.answer();
    let requests = 0;
    serve = (socket) => {
      requests += 1;
      socket.destroy();
    };
    expect((await site.answer()).status).toBe(502);
    expect(requests).toBe(2);
  });
});

describe('a page', () => {
  it('names an ingress where nothing listens, as HTML to a browser', async () => {
    await site.route(closed, {}, 'closed');
    const exchange = await site.answer({ label: 'closed', fields: ['Accept', 'text/html,*/*'] });
    expect([exchange.status, exchange.field('x-byway-error')]).toEqual([502, ['BW-3001']]);
    expect(exchange.field('content-type')).toEqual(['text/html; charset=utf-8']);
    expect(exchange.body.toString()).toContain(`127.0.0.1:${closed}`);
  });

  it('names an ingress that does not speak TLS', async () => {
    await site.route(port, { tls: true }, 'plain');
    serve = (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    const exchange = await site.answer({ label: 'plain' });
    expect([exchange.status, exchange.field('x-byway-error')]).toEqual([502, ['BW-3002']]);
    expect(exchange.body.toString()).toContain(`127.0.0.1:${port}`);
  });

  it('comes at once for addresses that are not allowed, and the edge is told when it asks', async () => {
    const refused = { host: '127.0.0.2' };
    await expect(site.route(port, refused, 'refused')).rejects.toThrow(/does not dial 127.0.0.2/);
    await site.sendRoutes();
    const exchange = await site.answer({ label: 'refused' });
    expect([exchange.status, exchange.field('x-byway-error')]).toEqual([502, ['BW-3003']]);
    expect(connections).toBe(0);
  });

  it('says that a name does not resolve', async () => {
    const unknown = { host: 'no-such-host.invalid' };
    await expect(site.route(port, unknown, 'unknown')).rejects.toThrow('no-such-host.invalid');
    await site.sendRoutes();
    const exchange = await site.answer({ label: 'unknown' });
    expect([exchange.status, exchange.field('x-byway-error')]).toEqual([502, ['BW-3004']]);
  });
});
