import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { StreamKind } from '#protocol/stream.ts';
import { ResetCode } from '#protocol/frame.ts';
import { until } from '../world.ts';
import { Site } from './stand-ins.ts';

const site = new Site();
let serve: (socket: Socket) => void = () => {};
let port = 0;

beforeAll(async () => {
  port = await site.raw((socket) => socket.on('data', () => serve(socket)));
  await site.start({ ingress_allow: ['127.0.0.1'], timeouts: { head_ms: 400 } });
  await site.agent('web');
  await site.daemon();
  await site.intercept();
  await site.route(port);
});
afterEach(() => site.quiet());
afterAll(() => site.stop());

it.each([StreamKind.http, StreamKind.ws])(
  'an ingress that gives no answer gets a page that names it (kind %i)',
  async (kind) => {
    let gone = false;
    serve = (socket) => void socket.on('close', () => (gone = true));
    const exchange = await site.answer({ kind });
    expect([exchange.status, exchange.field('x-byway-error')]).toEqual([504, ['BW-3005']]);
    expect(exchange.body.toString()).toContain(`127.0.0.1:${port} gave no answer within 0.4 s`);
    await until(() => Promise.resolve(gone || undefined), 'the ingress sees that nobody waits');
    if (kind === StreamKind.ws) exchange.stream.reset(ResetCode.cancel);
  },
);

it('an upload that goes on, and a body that is slow, are no timeout', async () => {
  let bytes = 0;
  serve = () => (bytes += 1);
  const exchange = site.ask({ method: 'POST', body: 'a', open: true });
  for (let part = 0; part < 6; part += 1) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    exchange.stream.write(Buffer.from('b'));
  }
  serve = (socket) => {
    serve = () => {};
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nok');
    setTimeout(() => socket.end('ay'), 800);
  };
  exchange.stream.end(Buffer.from('c'));
  await exchange.ended;
  expect([exchange.status, exchange.body.toString()]).toEqual([200, 'okay']);
  expect(bytes).toBeGreaterThan(0);
});
