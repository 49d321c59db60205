import { createServer, request as httpRequest, Agent as HttpAgent, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Client, request as undiciRequest } from 'undici';
import { AgentWorld, RawClient, RawServer, specOf } from './agent-world.ts';
import { call, until } from './world.ts';

const world = new AgentWorld();
const rawApp = new RawServer();
const rawLaptop = new RawServer();
let app: Server;
let laptop: Server;
const filter = [{ name: 'X-Me', value: 'alice' }];
const match = { 'x-me': 'alice' };

function answering(name: string): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      if (incoming.url === '/slow') setTimeout(() => response.end(`${name} slow`), 300);
      else
        response.end(`${name} ${incoming.method} ${incoming.url} ${Buffer.concat(parts).length}`);
    });
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}
const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const spec = (port: string, headers = filter, id = 'i1') =>
  specOf(id, headers, port, '127.0.0.1:4711');

beforeAll(async () => {
  app = await answering('app');
  laptop = await answering('laptop');
  await rawApp.listen();
  await rawLaptop.listen();
  await world.start(
    [
      { name: 'http', protocol: 'http', app: portOf(app) },
      { name: 'raw', protocol: 'http', app: rawApp.port },
      { name: 'auto', protocol: 'auto', app: rawApp.port },
      { name: 'tcp', protocol: 'tcp', app: rawApp.port },
    ],
    { environment: { DATABASE_URL: 'postgres://db' } },
  );
});
afterEach(async () => {
  rawApp.onSocket = () => {};
  rawLaptop.onSocket = () => {};
  for (const { sockets } of [rawApp, rawLaptop])
    for (const socket of sockets.splice(0)) socket.destroy();
  await world.connector.intercepts();
  await world.quiet();
});
afterAll(async () => {
  await world.stop();
  await rawApp.close();
  await rawLaptop.close();
  for (const server of [app, laptop]) {
    server.closeAllConnections();
    server.close();
  }
});

/** Lets the raw app answer each whole request head with `answer`; collects what it was sent. */
function scripted(
  server: RawServer,
  answer: (socket: Socket, got: string) => void,
): { got: string } {
  const seen = { got: '' };
  server.onSocket = (socket) => {
    let got = '';
    socket.on('data', (bytes: Buffer) => {
      got += bytes.toString('latin1');
      seen.got += bytes.toString('latin1');
      if (!got.includes('\r\n\r\n')) return;
      const whole = got;
      got = '';
      answer(socket, whole);
    });
  };
  return seen;
}

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const getMine = 'GET / HTTP/1.1\r\nHost: a\r\nx-ME: alice\r\n\r\n';
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('the tunnel', () => {
  it('says which ports and environment there are, with its bearer', () => {
    expect(world.connector.authorization).toBe('Bearer 0123456789abcdef');
    expect(world.connector.about).toEqual({
      role: 'agent',
      ports: [
        { name: 'http', protocol: 'http' },
        { name: 'raw', protocol: 'http' },
        { name: 'auto', protocol: 'http' },
        { name: 'tcp', protocol: 'tcp' },
      ],
      environment: { DATABASE_URL: 'postgres://db' },
      tickets: [],
    });
  });

  it('is ready, and keeps its intercepts while the connector is away', async () => {
    expect((await world.own('/healthz')).status).toBe(200);
    await until(
      async () => ((await world.own('/readyz')).status === 200 ? true : undefined),
      'not ready',
    );
    await world.connector.intercepts({ spec: spec('http'), laptop: portOf(laptop) });
    await world.connector.stop();
    await until(
      async () => ((await world.own('/readyz')).status === 503 ? true : undefined),
      'still ready',
    );
    const away = await call({ port: world.port(), headers: { ...match, Accept: 'text/html' } });
    expect(away.status).toBe(503);
    expect(away.headers['x-byway-error']).toBe('BW-4002');
    expect(away.text).toContain('alices-laptop');
    expect((await call({ port: world.port() })).text).toContain('app');
    await world.connector.start();
    await until(async () => world.connector.session, 'not back');
    expect(world.connector.about?.tickets).toEqual(['ticket-i1']);
    expect((await call({ port: world.port(), headers: match })).text).toContain('laptop');
  });
});

describe('which side', () => {
  it('matches names in any case, one of several values, exactly, and all headers', async () => {
    const both = [...filter, { name: 'x-also', value: 'yes' }];
    await world.connector.intercepts({ spec: spec('raw', both), laptop: rawLaptop.port });
    scripted(rawApp, (socket) => socket.write(ok.replace('ok', 'ap')));
    scripted(rawLaptop, (socket) => socket.write(ok.replace('ok', 'la')));
    const side = async (fields: string): Promise<string> => {
      const client = new RawClient(world.port('raw'));
      client.write(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
      await client.until(({ text }) => text.length >= ok.length);
      client.destroy();
      return client.text.slice(-2);
    };
    expect(await side('X-ME: alice\r\nX-Also: yes\r\n')).toBe('la');
    expect(await side('x-me: bob\r\nx-me:alice \r\nx-also: yes\r\n')).toBe('la');
    expect(await side('x-me: alice\r\n')).toBe('ap');
    expect(await side('x-me: Alice\r\nx-also: yes\r\n')).toBe('ap');
    expect(await side('x-me: alice, bob\r\nx-also: yes\r\n')).toBe('ap');
    expect(await side('x_me: alice\r\nx-also: yes\r\n')).toBe('ap');
    expect(await side('x-other: alice\r\nx-also: yes\r\n')).toBe('ap');
    expect(world.connector.peers.at(-1)).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('prefers the filter with most headers, and takes the rest with one that has none', async () => {
    await world.connector.intercepts(
      { spec: spec('http', [], 'all') },
      { spec: spec('http', filter, 'one'), laptop: portOf(laptop) },
    );
    expect((await call({ port: world.port(), headers: match })).text).toContain('laptop');
    const rest = await call({ port: world.port() });
    expect(JSON.parse(rest.text)).toMatchObject({ error: { code: 'BW-4002' } });
  });

  it('holds from the acknowledgement on for 50 connections that were open before', async () => {
    const agent = new HttpAgent({ keepAlive: true, maxSockets: 50 });
    const all = (headers: Record<string, string>): Promise<string[]> =>
      Promise.all(
        Array.from(
          { length: 50 },
          async () => (await call({ port: world.port(), agent, headers })).text.split(' ')[0]!,
        ),
      );
    expect(new Set(await all(match))).toEqual(new Set(['app']));
    let stop = false;
    const load = Promise.all(
      Array.from({ length: 10 }, async () => {
        while (!stop) expect((await call({ port: world.port(), agent })).text).toContain('app');
      }),
    );
    for (let round = 0; round < 5; round += 1) {
      await world.connector.intercepts({ spec: spec('http'), laptop: portOf(laptop) });
      expect(new Set(await all(match))).toEqual(new Set(['laptop']));
      expect(new Set(await all({}))).toEqual(new Set(['app']));
      await world.connector.intercepts();
      expect(new Set(await all(match))).toEqual(new Set(['app']));
    }
    stop = true;
    await load;
    agent.destroy();
  });

  it('lets a request in flight finish where it is', async () => {
    const agent = new HttpAgent({ keepAlive: true, maxSockets: 1 });
    const atApp = call({ port: world.port(), path: '/slow', headers: match, agent });
    await until(
      async () => ((await world.metric('byway_clients')) > 0 ? true : undefined),
      'no client',
    );
    await world.connector.intercepts({ spec: spec('http'), laptop: portOf(laptop) });
    expect((await atApp).text).toBe('app slow');
    const before = world.connector.peers.length;
    const atLaptop = call({ port: world.port(), path: '/slow', headers: match, agent });
    await until(
      async () => (world.connector.peers.length > before ? true : undefined),
      'no stream',
    );
    await world.connector.intercepts();
    expect((await atLaptop).text).toBe('laptop slow');
    expect((await call({ port: world.port(), headers: match, agent })).text).toContain('app');
    agent.destroy();
  });
});

describe('HTTP/1.1', () => {
  it('passes bytes on unchanged in both directions, on one connection for each side', async () => {
    await world.connector.intercepts({ spec: spec('raw'), laptop: rawLaptop.port });
    const head =
      'GET /a/../b//c;%zz|?x=1&&y? HTTP/1.1\r\nhOSt:a\r\nX-Two: 1\r\nx-two:   2 \r\nX-Latin: \xe9\r\n\r\n';
    const answer =
      'HTTP/1.1 299 Ja \xe9\r\nset-COOKIE: a=1\r\nSet-Cookie: b=2\r\nTransfer-Encoding: chunked\r\n\r\n' +
      '3;ext=1\r\nabc\r\n0\r\nTrailer: x\r\n\r\n';
    const seen = scripted(rawApp, (socket) => socket.write(Buffer.from(answer, 'latin1')));
    scripted(rawLaptop, (socket) => socket.write(ok));
    const client = new RawClient(world.port('raw'));
    for (let turn = 1; turn <= 3; turn += 1) {
      client.text = '';
      client.write(head);
      await client.until(({ text }) => text.length >= answer.length);
      expect(client.text).toBe(answer);
      expect(seen.got).toBe(head.repeat(turn));
      client.write(getMine);
      await client.until(({ text }) => text === answer + ok);
    }
    expect([rawApp.sockets.length, rawLaptop.sockets.length]).toEqual([1, 1]);
    client.destroy();
  });

  it('answers pipelined requests in order, however they are cut', async () => {
    await world.connector.intercepts({ spec: spec('http'), laptop: portOf(laptop) });
    const host = 'Host: a\r\n';
    const sent =
      `POST /1 HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello` +
      `\r\nGET /2 HTTP/1.1\r\n${host}X-Me: alice\r\n\r\n` +
      `POST /3 HTTP/1.1\r\n${host}x-me:alice\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n` +
      `HEAD /4 HTTP/1.1\r\n${host}\r\n` +
      `GET /5 HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;
    const run = async (pieces: string[]): Promise<void> => {
      const client = new RawClient(world.port());
      for (const piece of pieces) {
        client.write(piece);
        if (pieces.length > 1) await new Promise((done) => setImmediate(done));
      }
      await client.until(({ ended }) => ended);
      const bodies = [...client.text.matchAll(/(?:app|laptop) \w+ \/\d \d+/g)].map(
        ([text]) => text,
      );
      expect(bodies).toEqual([
        'app POST /1 5',
        'laptop GET /2 0',
        'laptop POST /3 3',
        'app GET /5 0',
      ]);
      expect(client.text.match(/HTTP\/1\.1 200/g)).toHaveLength(5);
      client.destroy();
    };
    for (let at = 0; at < sent.length; at += 10) {
      await Promise.all(
        Array.from({ length: Math.min(10, sent.length - at) }, (_, index) =>
          run([sent.slice(0, at + index), sent.slice(at + index)].filter((piece) => piece !== '')),
        ),
      );
    }
    await run([...sent]);
  });

  it('answers what was sent ahead of a half-close', async () => {
    scripted(rawApp, (socket, got) => {
      for (let at = got.indexOf('GET'); at >= 0; at = got.indexOf('GET', at + 1)) socket.write(ok);
    });
    const client = new RawClient(world.port('raw'));
    client.write(get + get + get);
    client.socket.end();
    await until(
      async () => (rawApp.sockets[0]?.readableEnded ? true : undefined),
      'the app hears of no end',
    );
    rawApp.sockets[0]!.end();
    await client.until(({ ended }) => ended);
    expect(client.text).toBe(ok.repeat(3));
  });

  it('reads ahead only so far', async () => {
    const client = new RawClient(world.port('raw'));
    await until(async () => (rawApp.sockets.length >= 0 ? true : undefined), '');
    client.write(get);
    const much = Buffer.from(get.repeat(400_000));
    client.socket.write(much);
    await until(async () => (rawApp.sockets.length > 0 ? true : undefined), 'no connection');
    // What the kernel takes on both sides is a few MB; the rest has to stay with the client.
    await until(async () => (client.socket.writableLength > 0 ? true : undefined), 'all was taken');
    expect(rawApp.sockets).toHaveLength(1);
    client.destroy();
    await until(async () => (client.closed ? true : undefined), 'not closed');
  });

  it('carries 100, 103 and a final status without 100', async () => {
    rawApp.onSocket = (socket) => {
      let got = '';
      socket.on('data', (bytes: Buffer) => {
        got += bytes.toString();
        if (got.endsWith('\r\n\r\n')) {
          socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Con');
          setImmediate(() => socket.write('tinue\r\n\r\n'));
        }
        if (got.endsWith('hello')) socket.write(ok);
      });
    };
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n';
    const client = new RawClient(world.port('raw'));
    client.write(head);
    const interim = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n';
    await client.until(({ text }) => text === interim);
    client.write('hello');
    await client.until(({ text }) => text === interim + ok);
    client.destroy();
    rawApp.onSocket = (socket) => {
      socket.on('data', () =>
        socket.end('HTTP/1.1 417 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
      );
    };
    const refused = new RawClient(world.port('raw'));
    refused.write(head);
    await refused.until(({ ended }) => ended);
    expect(refused.text).toMatch(/^HTTP\/1\.1 417 No\r\n/);
    refused.destroy();
  });

  it('knows answers without a body: HEAD, 204, 304', async () => {
    const answers = [
      'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n',
      'HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\n',
      'HTTP/1.1 304 Not\r\nTransfer-Encoding: chunked\r\n\r\n',
      ok,
    ];
    let turn = 0;
    scripted(rawApp, (socket) => socket.write(answers[turn++]!));
    const client = new RawClient(world.port('raw'));
    client.write(`${get.replace('GET', 'HEAD')}${get}${get}${get}`);
    await client.until(({ text }) => text === answers.join(''));
    expect(client.ended).toBe(false);
    client.destroy();
  });

  it('ends after an answer that its connection ends, and resets where the connection broke', async () => {
    const head = 'HTTP/1.1 200 OK\r\n\r\n';
    scripted(rawApp, (socket) => socket.end(`${head}whole`));
    const whole = new RawClient(world.port('raw'));
    whole.write(get);
    await whole.until(({ ended }) => ended);
    expect(whole.text).toBe(`${head}whole`);
    expect(whole.error).toBeUndefined();
    scripted(rawApp, (socket) =>
      socket.write(`${head}part`, () => setTimeout(() => socket.resetAndDestroy(), 30)),
    );
    const broken = new RawClient(world.port('raw'));
    broken.write(get);
    await broken.until(({ closed }) => closed);
    expect([broken.text, broken.ended, broken.error]).toEqual([`${head}part`, false, 'ECONNRESET']);
  });

  it.each([
    ['length', 'Content-Length: 10\r\n\r\npart', 'end'],
    ['length', 'Content-Length: 10\r\n\r\npart', 'reset'],
    ['chunked', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n', 'end'],
    ['chunked', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n', 'reset'],
  ])('never ends cleanly a body by %s that is cut (%s, %s)', async (_name, rest, how) => {
    const answer = `HTTP/1.1 200 OK\r\n${rest}`;
    const cut = (socket: Socket): void =>
      void socket.write(answer, () =>
        setTimeout(() => (how === 'end' ? socket.end() : socket.resetAndDestroy()), 30),
      );
    scripted(rawApp, cut);
    scripted(rawLaptop, cut);
    await world.connector.intercepts({ spec: spec('raw'), laptop: rawLaptop.port });
    for (const request of [get, getMine]) {
      const client = new RawClient(world.port('raw'));
      client.write(request);
      await client.until(({ closed }) => closed);
      expect([client.text, client.ended, client.error]).toEqual([answer, false, 'ECONNRESET']);
    }
    const read = async (): Promise<string> =>
      (await undiciRequest(`http://127.0.0.1:${world.port('raw')}/`)).body.text();
    await expect(read()).rejects.toThrow();
  });

  it('splices after 101 with early bytes, and stays there when intercepts change', async () => {
    rawApp.onSocket = (socket) => {
      let switched = false;
      socket.on('data', (bytes: Buffer) => {
        if (switched) return void socket.write(`<${bytes.toString()}>`);
        switched = true;
        socket.write('HTTP/1.1 101 Switching\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\nearly');
      });
      socket.on('end', () => socket.end('bye'));
    };
    const client = new RawClient(world.port('raw'));
    client.write(
      'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: upgrade\r\nX-Me: alice\r\n\r\nsoon',
    );
    await client.until(({ text }) => text.endsWith('early<soon>'));
    expect(await world.metric('byway_spliced')).toBe(1);
    await world.connector.intercepts({ spec: spec('raw'), laptop: rawLaptop.port });
    client.write(getMine);
    await client.until(({ text }) => text.endsWith(`<${getMine}>`));
    client.socket.end();
    await client.until(({ ended, text }) => ended && text.endsWith('bye'));
    await until(
      async () => ((await world.metric('byway_spliced')) === 0 ? true : undefined),
      'still spliced',
    );
  });

  it('goes on as HTTP when an upgrade is ignored', async () => {
    scripted(rawApp, (socket, got) => {
      socket.write(ok);
      if (got.includes('second')) socket.write('');
    });
    const client = new RawClient(world.port('raw'));
    client.write(`GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n${get}`);
    await client.until(({ text }) => text === ok + ok);
    client.destroy();
  });

  it('refuses CONNECT', async () => {
    const client = new RawClient(world.port('raw'));
    client.write('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n');
    await client.until(({ ended }) => ended);
    expect(client.text).toMatch(/^HTTP\/1\.1 405 /);
    client.destroy();
  });

  it('closes the idle client when the app does, unless the laptop has it', async () => {
    scripted(rawApp, (socket) => socket.write(ok));
    scripted(rawLaptop, (socket) => socket.write(ok));
    const client = new RawClient(world.port('raw'));
    client.write(get);
    await client.until(({ text }) => text === ok);
    rawApp.sockets[0]!.end();
    await client.until(({ ended }) => ended);
    await world.connector.intercepts({ spec: spec('raw'), laptop: rawLaptop.port });
    const other = new RawClient(world.port('raw'));
    other.write(get + getMine);
    await other.until(({ text }) => text === ok + ok);
    const idle = rawApp.sockets[1]!;
    const gone = new Promise((done) => idle.once('close', done));
    idle.end();
    await gone;
    other.write(getMine + get);
    await other.until(({ text }) => text === ok.repeat(4));
    expect(rawApp.sockets).toHaveLength(3);
    other.destroy();
  });

  it('tries once more what found a closed connection, if that is harmless', async () => {
    let served = 0;
    rawApp.onSocket = (socket) => {
      let first = true;
      socket.on('data', () => {
        served += 1;
        if (first) socket.write(ok);
        else socket.resetAndDestroy();
        first = false;
      });
    };
    const client = new RawClient(world.port('raw'));
    client.write(get);
    await client.until(({ text }) => text === ok);
    client.write(get);
    await client.until(({ text }) => text === ok + ok);
    expect(served).toBe(3);
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
    await client.until(({ text }) => text.includes('HTTP/1.1 502 '));
    expect(served).toBe(4);
    client.destroy();
  });

  it('answers with a page when nothing listens, and the connection stays', async () => {
    const closed = new RawServer();
    await closed.listen();
    const { port } = closed;
    await closed.close();
    await world.connector.intercepts({ spec: spec('http'), laptop: port });
    const client = new Client(`http://127.0.0.1:${world.port()}`);
    const connects: number[] = [];
    client.on('connect', () => connects.push(1));
    for (let turn = 0; turn < 3; turn += 1) {
      const refused = await client.request({ path: '/', method: 'GET', headers: match });
      expect([refused.statusCode, refused.headers['x-byway-error']]).toEqual([502, 'BW-4001']);
      expect(await refused.body.json()).toMatchObject({
        error: { code: 'BW-4001', detail: expect.stringMatching(/alices-laptop.*4711/) },
      });
      const fine = await client.request({ path: '/', method: 'POST', body: 'abc' });
      expect(await fine.body.text()).toBe('app POST / 3');
    }
    expect(connects).toHaveLength(1);
    await client.close();
    expect(await world.metric('byway_failed_requests')).toBeGreaterThanOrEqual(3);
    const upload = new RawClient(world.port());
    upload.write('POST / HTTP/1.1\r\nHost: a\r\nX-Me: alice\r\nContent-Length: 9\r\n\r\npart');
    await upload.until(({ ended }) => ended);
    expect(upload.text).toMatch(/^HTTP\/1\.1 502 [^]*\r\nConnection: close\r\n/);
    upload.destroy();
  });

  it('names the app’s address when the app refuses or breaks off', async () => {
    scripted(rawApp, (socket) => socket.resetAndDestroy());
    const broken = await call({ port: world.port('raw') });
    expect([broken.status, broken.headers['x-byway-error']]).toEqual([502, 'BW-4004']);
    expect(broken.text).toContain(`127.0.0.1:${rawApp.port}`);
    expect((await call({ port: world.port('raw'), method: 'HEAD' })).status).toBe(502);
  });

  it('says that the laptop broke off', async () => {
    await world.connector.intercepts({ spec: spec('raw'), laptop: rawLaptop.port });
    for (const cut of [
      (socket: Socket) => socket.end(),
      (socket: Socket) => socket.resetAndDestroy(),
    ]) {
      scripted(rawLaptop, cut);
      const broken = await call({ port: world.port('raw'), headers: match });
      expect([broken.status, broken.headers['x-byway-error']]).toEqual([502, 'BW-4003']);
    }
  });

  it('tells the upstream when the client goes', async () => {
    await world.connector.intercepts({ spec: spec('raw'), laptop: rawLaptop.port });
    for (const [server, request] of [
      [rawApp, get],
      [rawLaptop, getMine],
    ] as const) {
      let gone = 0;
      server.onSocket = (socket) => {
        socket.on('data', () => {});
        socket.on('close', () => (gone += 1));
        socket.on('end', () => socket.end());
      };
      for (const leave of [
        (socket: Socket) => socket.destroy(),
        (socket: Socket) => socket.resetAndDestroy(),
      ]) {
        const before = server.sockets.length;
        const client = new RawClient(world.port('raw'));
        client.write(request);
        await until(
          async () => (server.sockets.length > before ? true : undefined),
          'no connection',
        );
        leave(client.socket);
      }
      await until(async () => (gone === 2 ? true : undefined), 'the upstream does not see it');
    }
  });

  it('is paced by a client that does not read', async () => {
    await world.connector.intercepts({ spec: spec('raw'), laptop: rawLaptop.port });
    const total = 64 * 1024 * 1024;
    for (const [server, request] of [
      [rawApp, get],
      [rawLaptop, getMine],
    ] as const) {
      scripted(server, (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
        socket.write(Buffer.alloc(total));
      });
      const client = new RawClient(world.port('raw'));
      client.socket.removeAllListeners('data');
      client.socket.pause();
      client.write(request);
      await until(async () => (server.sockets.length > 0 ? true : undefined), 'no connection');
      // The app cannot get rid of it all: what is not in kernel buffers is still here.
      let left = -1;
      await until(async () => {
        const before = left;
        left = server.sockets.at(-1)!.writableLength;
        return before === left && left > 0 ? true : undefined;
      }, 'no standstill');
      expect(left).toBeGreaterThan(total / 4);
      let got = 0;
      client.socket.on('data', (bytes: Buffer) => (got += bytes.length));
      client.socket.resume();
      await until(async () => (got > total ? true : undefined), 'the rest does not come');
      client.destroy();
    }
  });

  it('carries a large upload to each side', async () => {
    await world.connector.intercepts({ spec: spec('http'), laptop: portOf(laptop) });
    const body = Buffer.alloc(20 * 1024 * 1024, 1);
    const [a, b] = await Promise.all([
      call({ port: world.port(), method: 'PUT', body }),
      call({ port: world.port(), method: 'PUT', body, headers: match }),
    ]);
    expect([a.text, b.text]).toEqual([`app PUT / ${body.length}`, `laptop PUT / ${body.length}`]);
  });

  it('gives an early answer although the body goes on', async () => {
    rawApp.onSocket = (socket) => {
      socket.once('data', () => {
        socket.end('HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno');
        socket.resume();
      });
    };
    const client = new RawClient(world.port('raw'));
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n');
    client.write('x'.repeat(1000));
    await client.until(({ text }) => text.endsWith('\r\n\r\nno'));
    client.write('x'.repeat(1000));
    await client.until(({ ended }) => ended);
    expect(client.error).toBeUndefined();
    client.destroy();
  });
});

describe('what is not HTTP/1.1 as the framer reads it', () => {
  const odd = 'GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n';

  it('goes by unread when nothing is intercepted, also in an answer', async () => {
    rawApp.onSocket = (socket) => {
      socket.on('data', (bytes: Buffer) => void socket.write(`<${bytes.toString()}>`));
      socket.on('end', () => socket.end());
    };
    const client = new RawClient(world.port('raw'));
    client.write(odd);
    await client.until(({ text }) => text === `<${odd}>`);
    expect(await world.metric('byway_spliced')).toBe(1);
    client.destroy();
    const oddAnswer = 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok';
    rawApp.onSocket = (socket) => {
      socket.on('data', () => void socket.write(oddAnswer));
      socket.on('end', () => socket.end());
    };
    const other = new RawClient(world.port('raw'));
    other.write(get);
    await other.until(({ text }) => text === oddAnswer);
    other.destroy();
    await until(
      async () => ((await world.metric('byway_spliced')) === 0 ? true : undefined),
      'still spliced',
    );
  });

  it('is refused where a filter is active, since it could be smuggling', async () => {
    await world.connector.intercepts({ spec: spec('raw'), laptop: rawLaptop.port });
    scripted(rawApp, (socket) => socket.write(ok));
    const client = new RawClient(world.port('raw'));
    client.write(get);
    await client.until(({ text }) => text === ok);
    client.write(odd);
    await client.until(({ ended }) => ended);
    expect(client.text.slice(ok.length)).toMatch(/^HTTP\/1\.1 400 /);
    client.destroy();
    const chunk = new RawClient(world.port('raw'));
    chunk.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n');
    await chunk.until(({ closed, ended }) => closed || ended);
    expect(chunk.text).toMatch(/^(HTTP\/1\.1 400 |$)/);
    chunk.destroy();
  });

  it('is survived, whatever bytes come from either side', async () => {
    const parts = [
      get,
      getMine,
      ok,
      odd,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
      '0\r\n\r\n',
    ];
    parts.push(
      'HTTP/1.1 101 S\r\n\r\n',
      'HTTP/1.1 200 OK\r\n\r\n',
      '\r\n',
      '\n',
      '\0',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      '5\r\nab',
    );
    // A fixed sequence, so that a failure can be had again.
    let state = 7;
    const chance = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % below;
    };
    const noise = (): Buffer => {
      const bytes = Buffer.from(
        Array.from({ length: 1 + chance(4) }, () => parts[chance(parts.length)]!).join(''),
      );
      for (let count = chance(3); count > 0; count -= 1) bytes[chance(bytes.length)] = chance(256);
      return bytes.subarray(0, 1 + chance(bytes.length));
    };
    for (const server of [rawApp, rawLaptop]) {
      server.onSocket = (socket) => {
        socket.on('data', () => {
          const turn = chance(6);
          if (turn === 0) socket.end(noise());
          else if (turn === 1) socket.resetAndDestroy();
          else socket.write(turn === 2 ? noise() : ok);
        });
        socket.on('end', () => socket.end());
      };
    }
    for (let round = 0; round < 12; round += 1) {
      await world.connector.intercepts(
        ...(round % 2 ? [{ spec: spec('raw'), laptop: rawLaptop.port }] : []),
      );
      await Promise.all(
        Array.from({ length: 25 }, async () => {
          const client = new RawClient(world.port(round % 3 ? 'raw' : 'auto'));
          for (let count = 1 + chance(4); count > 0; count -= 1) {
            client.write(noise());
            await new Promise((done) => setImmediate(done));
          }
          const turn = chance(3);
          if (turn === 0) client.socket.end();
          else if (turn === 1) client.socket.resetAndDestroy();
          await new Promise((done) => setTimeout(done, 20));
          client.destroy();
        }),
      );
    }
    for (const { sockets } of [rawApp, rawLaptop])
      for (const socket of sockets.splice(0)) socket.destroy();
    await until(
      async () => ((await world.metric('byway_clients')) === 0 ? true : undefined),
      'clients stay',
    );
    expect(await world.metric('byway_spliced')).toBe(0);
  });

  it('does not break an app whose answers cannot be followed', async () => {
    await world.connector.intercepts({ spec: spec('raw'), laptop: rawLaptop.port });
    const oddAnswer = 'HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok';
    scripted(rawApp, (socket) => socket.write(oddAnswer));
    const client = new RawClient(world.port('raw'));
    client.write(get);
    await client.until(({ text }) => text === oddAnswer);
    expect(client.ended).toBe(false);
    client.write(getMine);
    await client.until(({ ended }) => ended);
    expect(client.text).toBe(oddAnswer);
    client.destroy();
  });
});

describe('tcp', () => {
  it('is spliced with half-close; a global intercept takes new connections only', async () => {
    const echo = (name: string) => (socket: Socket) => {
      socket.write(`${name} speaks first;`);
      socket.on('data', (bytes: Buffer) => socket.write(bytes));
      socket.on('end', () => socket.end(' end'));
    };
    rawApp.onSocket = echo('app');
    rawLaptop.onSocket = echo('laptop');
    for (const port of ['tcp', 'auto']) {
      const old = new RawClient(world.port(port));
      await old.until(({ text }) => text === 'app speaks first;');
      await world.connector.intercepts({ spec: spec(port, []), laptop: rawLaptop.port });
      const fresh = new RawClient(world.port(port));
      await fresh.until(({ text }) => text === 'laptop speaks first;');
      for (const [client, name] of [
        [old, 'app'],
        [fresh, 'laptop'],
      ] as const) {
        client.write('\x00\xff');
        client.socket.end();
        await client.until(({ ended }) => ended);
        expect(client.text).toBe(`${name} speaks first;\x00\xff end`);
      }
      await world.connector.intercepts();
    }
  });

  it('resets the client where the other side breaks or is away', async () => {
    rawApp.onSocket = (socket) => socket.once('data', () => socket.resetAndDestroy());
    const client = new RawClient(world.port('tcp'));
    client.write('x');
    await client.until(({ closed }) => closed);
    expect([client.ended, client.error]).toEqual([false, 'ECONNRESET']);
    await world.connector.intercepts({ spec: spec('tcp', []) });
    const away = new RawClient(world.port('tcp'));
    await away.until(({ closed }) => closed);
    expect([away.ended, away.error]).toEqual([false, 'ECONNRESET']);
  });

  it('tells HTTP from the rest on an auto port', async () => {
    await world.connector.intercepts({ spec: spec('auto'), laptop: rawLaptop.port });
    scripted(rawLaptop, (socket) => socket.write(ok));
    rawApp.onSocket = (socket) => socket.on('data', (bytes: Buffer) => socket.write(bytes));
    const http = new RawClient(world.port('auto'));
    http.write(getMine.slice(0, 2));
    http.write(getMine.slice(2));
    await http.until(({ text }) => text === ok);
    const other = new RawClient(world.port('auto'));
    other.write('\x16\x03\x01 GET ');
    await other.until(({ text }) => text === '\x16\x03\x01 GET ');
    http.destroy();
    other.destroy();
  });
});

describe('starting', () => {
  it('takes no request before it knows the intercepts, unless there is no connector', async () => {
    const other = new AgentWorld();
    const port = { name: 'http', protocol: 'http', app: portOf(app) } as const;
    await other.start([port]);
    await other.connector.intercepts({ spec: spec('http'), laptop: portOf(laptop) });
    for (let round = 0; round < 3; round += 1) {
      await other.agent.kill();
      await other.startAgent();
      expect((await call({ port: other.port(), headers: match })).text).toContain('laptop');
    }
    await other.agent.kill();
    await other.connector.stop();
    await other.startAgent();
    expect((await call({ port: other.port(), headers: match })).text).toContain('app');
    expect((await other.own('/readyz')).status).toBe(503);
    await other.agent.stop();
    await other.connector.start();
    await other.stop();
  });
});

describe('stopping', () => {
  it('finishes requests in flight, refuses new connections, ends idle ones and exits with 0', async () => {
    const other = new AgentWorld();
    await other.start([{ name: 'http', protocol: 'http', app: portOf(app) }]);
    const idle = new RawClient(other.port());
    idle.write(get);
    await idle.until(({ text }) => text.includes('app GET'));
    const slow = new Promise<string>((resolve, reject) => {
      httpRequest(
        { host: '127.0.0.1', port: other.port(), path: '/slow', agent: false },
        (response) => {
          response.on('data', (bytes: Buffer) => resolve(bytes.toString()));
        },
      )
        .on('error', reject)
        .end();
    });
    await until(
      async () => ((await other.metric('byway_app_requests')) === 2 ? true : undefined),
      'no request',
    );
    process.kill(other.agent.pid, 'SIGTERM');
    await idle.until(({ ended }) => ended);
    expect(await slow).toBe('app slow');
    expect(await other.agent.ended).toBe('0');
    await other.stop();
  });
});
