/** Viewers who do not read: what is held for them is not delivered after their access has ended. */
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { engine, on } from '../engine.ts';
import { cutOff, type End, type Open } from './open.ts';
import { GateScene } from './scene.ts';

const scene = new GateScene();
const part = Buffer.alloc(64 * 1024, 'x');
/** Long enough for every buffer on the way to be full. */
const fillMs = 2_000;
/** What the kernel holds for both ends of a loopback connection has been delivered, as far as TCP knows. */
const maxLateBytes = 16 * 1024 * 1024;
let origin: string;
let sent = 0;

beforeAll(async () => {
  await scene.start((_request, response) => {
    const write = (): void => {
      while (!response.destroyed) {
        sent += part.length;
        if (!response.write(part)) break;
      }
    };
    response.on('drain', write);
    write();
  });
  const server = new WebSocketServer({ noServer: true });
  scene.laptop.on('upgrade', (incoming, socket, early) =>
    server.handleUpgrade(incoming, socket, early, (webSocket) => {
      const send = (): void => {
        if (webSocket.readyState !== WebSocket.OPEN) return;
        sent += part.length;
        webSocket.send(part, () => setImmediate(send));
      };
      send();
    }),
  );
  origin = await scene.preview();
}, 90_000);
afterAll(() => scene.stop());

function openOf(what: string): { open: Open; ended(end: Partial<End>): void } {
  const { promise, resolve } = Promise.withResolvers<End>();
  const open: Open = {
    ...{ what, end: undefined, ended: promise, bytes: () => 0, drop: () => {} },
    lives: () => Promise.resolve(open.end === undefined),
  };
  const ended = (end: Partial<End>): void => {
    open.end = { atMs: performance.now(), ...end };
    resolve(open.end);
  };
  return { open, ended };
}

/** workerd says of no socket how much waits in it: there a WebSocket that is not read holds all of it. */
const withWebSocket = on({ node: true, cloudflare: false });

it('what is open ends all the same; threat 31', async () => {
  const { id, token } = await scene.token();
  const url = new URL(origin);
  const port = Number(url.port);
  const fields = { Host: url.host, 'X-Byway-Token': token };
  let late = 0;
  const plain: Socket = connect(port, '127.0.0.1');
  plain.on('error', () => {});
  const lines = Object.entries(fields).map((pair) => pair.join(': '));
  plain.write(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  const first = await new Promise<Buffer>((resolve) => plain.once('data', resolve));
  expect(first.toString('latin1')).toMatch(/^HTTP\/1\.1 200 /);
  plain.pause();
  const webSocket = withWebSocket ? await stalledSocket(port, fields) : undefined;
  await pause(fillMs);
  const before = sent;
  await scene.stack.api('DELETE', `/api/v1/tokens/${id}`);
  const sinceMs = performance.now();
  const answer = openOf('stalled answer');
  const opens = [answer.open];
  plain.on('data', (bytes: Buffer) => (late += bytes.length));
  plain.once('close', () => answer.ended({}));
  plain.resume();
  if (webSocket) {
    const socket = openOf('stalled WebSocket');
    opens.push(socket.open);
    webSocket.on('message', (data: Buffer) => (late += data.length));
    webSocket.once('close', (code) => socket.ended({ code }));
    webSocket.resume();
  }
  expect(await cutOff('nobody reads', sinceMs, opens)).toEqual([]);
  process.stderr.write(`${engine}: ${late} bytes came late\n`);
  expect(late).toBeLessThan(maxLateBytes);
  // Nothing goes on at the laptop.
  const after = sent;
  await pause(200);
  expect(sent).toBe(after);
  expect(before).toBeGreaterThan(0);
}, 60_000);

async function stalledSocket(port: number, headers: Record<string, string>): Promise<WebSocket> {
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers, perMessageDeflate: false });
  webSocket.on('error', () => {});
  await new Promise((resolve) => webSocket.once('message', resolve));
  webSocket.pause();
  return webSocket;
}
