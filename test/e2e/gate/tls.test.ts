/** Access that is taken away ends what is open over TLS, in every version of HTTP. Node engine only. */
import { mkdirSync, readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { makeCertificate } from '#sandbox/certificate.ts';
import { freePort } from '#sandbox/free-port.ts';
import { call, until, World, type Made } from '../world.ts';
import { cutOff, endless, withSockets, type End, type Open } from './open.ts';

const world = new World();
let port = 0;
let ca: Buffer;
let made: Made;
let host = '';

beforeAll(async () => {
  port = await freePort();
  const dir = join(world.dir, 'tls');
  mkdirSync(dir);
  const files = await makeCertificate(dir, ['*.preview.localhost', 'byway.localhost']);
  ca = readFileSync(files.caFile);
  const tls = { listen: { port }, certificate_file: files.certFile, key_file: files.keyFile };
  await world.start((_request, response) => response.end('cluster'), endless, {}, { tls });
  withSockets(world.laptop);
  made = await world.intercept();
  host = new URL(made.preview!.url).hostname;
}, 60_000);
afterAll(() => world.stop());

function dial(protocol = 'http/1.1'): TLSSocket {
  return connectTls({ host: '127.0.0.1', port, servername: host, ca, ALPNProtocols: [protocol] });
}

/** What ends by `close` of its own. */
function opened(what: string, isEnded: (ended: (end: Partial<End>) => void) => void): Open {
  const { promise, resolve } = Promise.withResolvers<End>();
  const open: Open = {
    what,
    end: undefined,
    ended: promise,
    lives: () => Promise.resolve(open.end === undefined),
    bytes: () => 0,
    drop: () => {},
  };
  isEnded((end) => {
    open.end = { atMs: performance.now(), ...end };
    resolve(open.end);
  });
  return open;
}

/** `head`: of a request whose answer does not end; ready with its first bytes. */
async function openPlain(what: string, head: string): Promise<Open> {
  const socket = dial();
  socket.on('error', () => {});
  socket.write(head);
  const first = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  expect(first.toString('latin1')).toMatch(/^HTTP\/1\.1 200 /);
  socket.resume();
  return opened(what, (ended) => socket.once('close', () => ended({})));
}

async function openHttp2(): Promise<Open> {
  const session = connectHttp2(`https://${host}:${port}`, {
    ca,
    createConnection: () => dial('h2'),
  });
  session.on('error', () => {});
  const stream = session.request({ ':path': '/download' });
  stream.on('error', () => {});
  await new Promise((resolve) => stream.once('data', resolve));
  return opened('HTTP/2', (ended) =>
    stream.once('close', () => {
      ended({ complete: stream.rstCode === 0 });
      session.destroy();
    }),
  );
}

async function openWebSocket(): Promise<Open> {
  const webSocket = new WebSocket(`wss://127.0.0.1:${port}/`, {
    headers: { Host: host },
    // By address: the name is what is asked for in Host.
    rejectUnauthorized: false,
    perMessageDeflate: false,
  });
  await new Promise((resolve) => webSocket.once('open', resolve));
  return opened('WebSocket', (ended) => webSocket.once('close', (code) => ended({ code })));
}

it('the download of an HTTP/1.0 client, before and after others, keeps none of them open; threat 31', async () => {
  const old = `GET /download HTTP/1.0\r\nHost: ${host}\r\n\r\n`;
  const opens = [
    await openPlain('HTTP/1.0', old),
    await openPlain('HTTP/1.1', old.replace('1.0', '1.1')),
    await openHttp2(),
    await openWebSocket(),
    await openPlain('HTTP/1.0', old),
  ];
  const sinceMs = performance.now();
  const path = `/api/v1/previews/${made.preview!.label}`;
  const { status } = await world.stack.api('PATCH', path, { access: 'private' });
  expect(status).toBe(200);
  expect(await cutOff('TLS, made private', sinceMs, opens)).toEqual([]);
  const preview = { port: world.edgePort, host: new URL(made.preview!.url).host };
  expect((await until(() => call(preview), 'the edge is away')).status).toBe(401);
  await world.quiet();
}, 60_000);
