/**
 * An agent before two pairs of an app and a laptop: one answers requests, one does with its bytes what
 * the test says. One for all tests of a file; nothing is intercepted or open between them.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { AgentWorld, RawServer, specOf } from './world.ts';

export const world = new AgentWorld();
export const rawApp = new RawServer();
export const rawLaptop = new RawServer();
export let app: Server;
export let laptop: Server;
export const filter = [{ name: 'X-Me', value: 'alice' }];
export const match = { 'x-me': 'alice' };

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
export const portOf = (server: Server): number => (server.address() as AddressInfo).port;
export const spec = (port: string, headers = filter, id = 'i1') =>
  specOf(id, headers, port, '127.0.0.1:4711');

export function useAgent(): void {
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
}

/** Lets the server answer each whole request head with `answer`; collects what it was sent. */
export function scripted(
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

export const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
export const getMine = 'GET / HTTP/1.1\r\nHost: a\r\nx-ME: alice\r\n\r\n';
export const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
