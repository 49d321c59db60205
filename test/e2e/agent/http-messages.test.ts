/** HTTP/1.1: requests and answers, as they come and as fast as they are taken. */
import { describe, expect, it } from 'vitest';
import { call, until } from '../world.ts';
import {
  get,
  getMine,
  laptop,
  match,
  ok,
  portOf,
  rawApp,
  rawLaptop,
  scripted,
  spec,
  useAgent,
  world,
} from './use-agent.ts';
import { RawClient } from './world.ts';

useAgent();

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
