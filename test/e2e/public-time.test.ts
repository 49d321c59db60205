/** A public preview is private again by itself, with what is open on it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { awaited, Scene } from './fidelity/scene.ts';
import { until } from './world.ts';

const publicForS = 2;

const scene = new Scene();
const server = new WebSocketServer({ noServer: true });
beforeAll(async () => {
  await scene.start();
  scene.world.laptop.on('upgrade', (request: IncomingMessage, socket: Duplex, early: Buffer) =>
    server.handleUpgrade(request, socket, early, () => {}),
  );
});
afterAll(() => scene.stop());

it('closes its WebSockets and answers 401 when its time is over', async () => {
  const viewer = new WebSocket(`ws://127.0.0.1:${scene.port}/`, {
    headers: { Host: scene.host },
    perMessageDeflate: false,
  });
  const open = awaited('the WebSocket opens');
  viewer.once('open', () => open.resolve());
  await open.done;
  const closed = awaited<number>('the WebSocket is closed');
  viewer.once('close', (code) => closed.resolve(code));
  const label = scene.host.split('.')[0]!;
  const change = { access: 'public', public_for_s: publicForS };
  const { status, body } = await scene.world.stack.api(
    'PATCH',
    `/api/v1/previews/${label}`,
    change,
  );
  expect(status).toBe(200);
  const { public_until } = body as { public_until: string };
  expect((await scene.ask()).status).toBe(200);
  await until(
    async () => ((await scene.ask()).status === 401 ? true : undefined),
    'the preview stays public',
  );
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(public_until) - 50);
  expect(await closed.done).toBe(4403);
  const { body: after } = await scene.world.stack.api('GET', `/api/v1/previews/${label}`);
  expect(after).toMatchObject({ access: 'private', public_until: null });
  await scene.quiet();
});
