import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { Flag, ResetCode } from '#protocol/frame.ts';
import { maxWebSocketMessageBytes } from '#protocol/limits.ts';
import { StreamKind } from '#protocol/stream.ts';
import { until } from '../world.ts';
import { l5, Site, type Ask, type Exchange } from './stand-ins.ts';

const site = new Site();
const app: Server = createServer();
const webSockets = new WebSocketServer({
  noServer: true,
  maxPayload: 2 * maxWebSocketMessageBytes,
  handleProtocols: (offered) => (offered.has('chat') ? 'chat' : false),
});
let upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
let handshake: IncomingMessage;
let accepted: WebSocket;
const accept = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
  handshake = request;
  webSockets.handleUpgrade(request, socket, head, (webSocket) => (accepted = webSocket));
};

beforeAll(async () => {
  upgrade = accept;
  app.on('upgrade', (request, socket, head) => upgrade(request, socket, head));
  const port = await site.serve(app);
  await site.start({ ingress_allow: ['127.0.0.1'] });
  await site.agent('web');
  await site.daemon();
  await site.intercept();
  await site.route(port);
});
afterEach(async () => {
  upgrade = accept;
  await site.quiet();
});
afterAll(() => site.stop());

/** A WebSocket that the app has accepted. */
async function open(ask: Ask = {}): Promise<Exchange> {
  const exchange = site.ask({ kind: StreamKind.ws, ...ask });
  await until(() => Promise.resolve(exchange.final), 'the handshake is answered');
  return exchange;
}

/** Ends it from the viewer's side. */
async function hangUp(exchange: Exchange): Promise<void> {
  exchange.stream.write(new Uint8Array([0x03, 0xe8]), Flag.close | Flag.fin);
  await exchange.ended;
}

describe('a handshake', () => {
  it('goes to the app as it came, and its answer back', async () => {
    const exchange = await open({
      path: '/a/../b;%zz?x=1|',
      fields: [
        ...['Host', 'label.preview', 'Origin', 'https://label.preview', 'X-A', '1', 'x-a', '2'],
        ...['Sec-WebSocket-Protocol', 'chat, mail', 'X-Telepresence-Intercept-Id', 'other'],
      ],
    });
    const [{ name, value } = { name: '', value: '' }] = site.spec.headers;
    expect(exchange.final!.slice(0, 4)).toEqual([
      ':status',
      '101',
      ':reason',
      'Switching Protocols',
    ]);
    expect(exchange.field('sec-websocket-protocol')).toEqual(['chat']);
    expect(handshake.url).toBe('/a/../b;%zz?x=1|');
    expect(handshake.headers).toMatchObject({
      host: l5,
      origin: 'https://label.preview',
      'x-a': '1, 2',
      'sec-websocket-protocol': 'chat, mail',
      [name]: value,
    });
    expect(handshake.headers['sec-websocket-extensions']).toBeUndefined();
    await hangUp(exchange);
  });

  // Node's client and `ws` throw for some of these.
  it.each([
    ['names of object members', ['constructor', 'x', '__proto__', 'y', 'toString', 'z']],
    ['a subprotocol twice', ['Sec-WebSocket-Protocol', 'chat, chat']],
    ['a subprotocol that is none', ['Sec-WebSocket-Protocol', 'a b/c']],
    ['a subprotocol that the app ignores', ['Sec-WebSocket-Protocol', 'unknown']],
    ['an odd field name', ["!#$%&'*+-.^`|~", 'x']],
  ])('with %s does no harm', async (_name, fields) => {
    upgrade = (request, socket) => {
      handshake = request;
      socket.on('error', () => {});
      socket.end(
        'HTTP/1.1 403 No\r\nContent-Length: 2\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nno',
      );
    };
    const exchange = await site.answer({ kind: StreamKind.ws, fields });
    expect([exchange.status, exchange.body.toString()]).toEqual([403, 'no']);
    expect(exchange.field('set-cookie')).toEqual(['a', 'b']);
    for (let index = 0; index < fields.length; index += 2) {
      const at = handshake.rawHeaders.indexOf(fields[index]!);
      expect(handshake.rawHeaders[at + 1]).toBe(fields[index + 1]);
    }
    exchange.stream.reset(ResetCode.cancel);
  });

  it('that the app accepts without the offered subprotocol is accepted', async () => {
    const exchange = await open({ fields: ['Sec-WebSocket-Protocol', 'mail'] });
    expect([exchange.status, exchange.field('sec-websocket-protocol')]).toEqual([101, []]);
    await hangUp(exchange);
  });

  it('that could not be written as HTTP/1.1 is refused', async () => {
    const fields = ['X-A', 'a\r\nX-B: b'];
    expect((await site.answer({ kind: StreamKind.ws, fields })).reset).toBe(ResetCode.protocol);
  });

  it('that the app breaks off gets a page', async () => {
    upgrade = (_request, socket) => socket.destroy();
    const exchange = await site.answer({ kind: StreamKind.ws });
    expect([exchange.status, exchange.field('x-byway-error')]).toEqual([502, ['BW-3006']]);
    expect(exchange.reset).toBeUndefined();
    exchange.stream.reset(ResetCode.cancel);
  });

  it('whose viewer leaves before it is answered ends at the app', async () => {
    let gone = false;
    let asked = false;
    upgrade = (_request, socket) => {
      asked = true;
      socket.on('close', () => (gone = true));
      socket.on('end', () => socket.end());
      socket.resume();
    };
    const exchange = site.ask({ kind: StreamKind.ws });
    await until(() => Promise.resolve(asked || undefined), 'the app is asked');
    exchange.stream.reset(ResetCode.cancel);
    await until(() => Promise.resolve(gone || undefined), 'the app sees that it is gone');
  });
});

describe('messages', () => {
  it('of 1 MiB, of nothing, text and binary, arrive whole both ways', async () => {
    const exchange = await open();
    const echoed: { data: Buffer; binary: boolean }[] = [];
    accepted.on('message', (data: Buffer, binary) => {
      echoed.push({ data, binary });
      accepted.send(data, { binary });
    });
    const binary = randomBytes(1024 * 1024);
    const text = Buffer.from('ä€𝄞'.repeat(100_000));
    exchange.stream.write(binary, 0);
    exchange.stream.write(text, Flag.text);
    exchange.stream.write(Buffer.from('last'), Flag.text);
    await until(
      () => Promise.resolve(exchange.messages.length === 3 || undefined),
      'the messages come back',
    );
    expect(echoed.map(({ data, binary: isBinary }) => [data.length, isBinary])).toEqual([
      [binary.length, true],
      [text.length, false],
      [4, false],
    ]);
    expect(exchange.messages.map(({ kind }) => kind)).toEqual(['b', 't', 't']);
    expect(exchange.messages[0]!.data.equals(binary)).toBe(true);
    expect(exchange.messages[1]!.data.equals(text)).toBe(true);
    await hangUp(exchange);
  });

  it('wait for a viewer who does not read', async () => {
    const exchange = await open();
    exchange.eager = false;
    const message = Buffer.alloc(256 * 1024);
    let written = 0;
    for (let count = 0; count < 64; count += 1)
      accepted.send(message, () => (written += message.length));
    await until(
      () => Promise.resolve(exchange.body.length > 200_000 || undefined),
      'the window fills',
    );
    const { byway_queued_bytes: queued } = await site.metrics();
    expect(queued).toBeLessThan(2 * 1024 * 1024);
    expect(written).toBeLessThan(64 * message.length);
    exchange.eager = true;
    exchange.stream.consumed(exchange.body.length);
    await until(
      () => Promise.resolve(exchange.messages.length === 64 || undefined),
      'the rest arrives',
    );
    await hangUp(exchange);
  });

  it('that are too large end the socket with 1009: the app’s', async () => {
    const exchange = await open();
    let code = 0;
    accepted.on('close', (given) => (code = given));
    accepted.send(Buffer.alloc(maxWebSocketMessageBytes + 1));
    await exchange.ended;
    expect(exchange.close!.readUInt16BE(0)).toBe(1009);
    await until(() => Promise.resolve(code || undefined), 'the app’s socket closes');
    expect(code).toBe(1009);
    exchange.stream.write(new Uint8Array(0), Flag.close | Flag.fin);
  });

  it('that are too large end the socket with 1009: the viewer’s', async () => {
    const exchange = await open();
    let code = 0;
    accepted.on('close', (given) => (code = given));
    exchange.stream.write(Buffer.alloc(maxWebSocketMessageBytes + 1));
    await exchange.ended;
    expect(exchange.close!.readUInt16BE(0)).toBe(1009);
    await until(() => Promise.resolve(code || undefined), 'the app’s socket closes');
    // The viewer's message was cut off in its middle, so the app may hear of that first.
    expect([1006, 1009]).toContain(code);
    exchange.stream.write(new Uint8Array(0), Flag.close | Flag.fin);
  });

  it('of the largest size pass', async () => {
    const exchange = await open();
    accepted.send(Buffer.alloc(maxWebSocketMessageBytes));
    await until(() => Promise.resolve(exchange.messages[0]), 'the message arrives');
    expect(exchange.messages[0]!.data.length).toBe(maxWebSocketMessageBytes);
    await hangUp(exchange);
  });
});

describe('a close', () => {
  it.each([
    [4001, 'bye ä'],
    [1000, ''],
    [3999, ''],
  ])('%i “%s” reaches the other side, both ways', async (code, reason) => {
    const fromApp = await open();
    accepted.close(code, reason);
    await fromApp.ended;
    expect([fromApp.close!.readUInt16BE(0), fromApp.close!.subarray(2).toString()]).toEqual([
      code,
      reason,
    ]);
    fromApp.stream.write(fromApp.close!, Flag.close | Flag.fin);

    const fromViewer = await open();
    let heard: [number, string] | undefined;
    accepted.on('close', (given, text) => (heard = [given, text.toString()]));
    const payload = Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);
    fromViewer.stream.write(payload, Flag.close | Flag.fin);
    await fromViewer.ended;
    await until(() => Promise.resolve(heard), 'the app hears it');
    expect(heard).toEqual([code, reason]);
  });

  it('without a code stays without one', async () => {
    const exchange = await open();
    accepted.close();
    await exchange.ended;
    expect(exchange.close!.length).toBe(0);
    exchange.stream.write(new Uint8Array(0), Flag.close | Flag.fin);
  });

  it('that never came is a reset, both ways', async () => {
    const fromApp = await open();
    accepted.terminate();
    await fromApp.ended;
    expect(fromApp.reset).toBe(ResetCode.originReset);

    const fromViewer = await open();
    let code = 0;
    accepted.on('close', (given) => (code = given));
    fromViewer.stream.reset(ResetCode.cancel);
    await until(() => Promise.resolve(code || undefined), 'the app hears it');
    expect(code).toBe(1006);
  });
});
