/** What is no HTTP/1.1, or is so no longer: upgrades, bytes that cannot be followed, TCP. */
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { until } from '../world.ts';
import {
  get,
  getMine,
  ok,
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
