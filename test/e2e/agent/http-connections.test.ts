/** HTTP/1.1: connections that end, break, stay idle or are refused. */
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Client, request as undiciRequest } from 'undici';
import { call, until } from '../world.ts';
import {
  get,
  getMine,
  match,
  ok,
  rawApp,
  rawLaptop,
  scripted,
  spec,
  useAgent,
  world,
} from './use-agent.ts';
import { RawClient, RawServer } from './world.ts';

useAgent();

describe('HTTP/1.1', () => {
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

  it('refuses CONNECT', async () => {
    const client = new RawClient(world.port('raw'));
    client.write('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n');
    await client.until(({ ended }) => ended);
    expect(client.text).toMatch(/^HTTP\/1\.1 405 /);
    client.destroy();
  });
});
