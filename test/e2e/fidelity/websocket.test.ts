/** WebSockets (RFC 6455) through the whole way: messages, close codes, refusals. */
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { engine } from '../engine.ts';
import { awaited, Scene, valuesOf, type Answer } from './scene.ts';

const mebibyte = 1024 * 1024;

const scene = new Scene();
const server = new WebSocketServer({
  noServer: true,
  handleProtocols: (offered) => (offered.has('second') ? 'second' : false),
});
/** The laptop's side of each test. */
let onUpgrade: (request: IncomingMessage, socket: Duplex, early: Buffer) => void;
const viewers: WebSocket[] = [];

beforeAll(async () => {
  await scene.start();
  scene.world.laptop.on('upgrade', (request: IncomingMessage, socket: Duplex, early: Buffer) => {
    socket.on('error', () => {});
    onUpgrade(request, socket, early);
  });
});
afterEach(() => {
  for (const viewer of viewers.splice(0)) viewer.terminate();
});
afterAll(() => scene.stop());

/** What the laptop accepts comes here. */
function accepting(serve: (webSocket: WebSocket, request: IncomingMessage) => void): void {
  onUpgrade = (request, socket, early) =>
    server.handleUpgrade(request, socket, early, (webSocket) => serve(webSocket, request));
}

function dial(
  path = '/',
  protocols: string[] = [],
  headers: Record<string, string> = {},
): WebSocket {
  const viewer = new WebSocket(`ws://127.0.0.1:${scene.port}${path}`, protocols, {
    headers: { Host: scene.host, ...headers },
    perMessageDeflate: false,
  });
  viewer.on('error', () => {});
  viewers.push(viewer);
  return viewer;
}

async function opened(viewer: WebSocket): Promise<WebSocket> {
  const open = awaited('the WebSocket opens');
  viewer.once('open', () => open.resolve());
  await open.done;
  return viewer;
}

interface Message {
  data: Buffer;
  isBinary: boolean;
}

function messages(webSocket: WebSocket, count: number): Promise<Message[]> {
  const all: Message[] = [];
  const { done, resolve } = awaited<Message[]>(`${count} messages`);
  webSocket.on('message', (data: Buffer, isBinary: boolean) => {
    if (all.push({ data, isBinary }) === count) resolve(all);
  });
  return done;
}

function closing(webSocket: WebSocket): Promise<{ code: number; reason: string }> {
  const { done, resolve } = awaited<{ code: number; reason: string }>('the WebSocket closes');
  webSocket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  return done;
}

function refused(viewer: WebSocket): Promise<Answer> {
  const { done, resolve } = awaited<Answer>('the WebSocket is refused');
  viewer.once('unexpected-response', (_request, head: IncomingMessage) => {
    const parts: Buffer[] = [];
    head.on('data', (part: Buffer) => parts.push(part));
    head.on('end', () =>
      resolve({
        status: head.statusCode ?? 0,
        reason: head.statusMessage ?? '',
        head,
        body: Buffer.concat(parts),
      }),
    );
  });
  return done;
}

function checksum(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

describe('messages', () => {
  it('go both ways with their kind, their boundaries and their order', async () => {
    accepting((webSocket) =>
      webSocket.on('message', (data: Buffer, isBinary) =>
        webSocket.send(data, { binary: isBinary }),
      ),
    );
    const viewer = await opened(dial());
    const sent = [
      '',
      'text',
      'zwölf €',
      '😀'.repeat(1000),
      randomBytes(1),
      Buffer.alloc(0),
      randomBytes(70_000),
    ];
    const echoed = messages(viewer, sent.length);
    for (const each of sent) viewer.send(each);
    const got = await echoed;
    expect(got.map(({ isBinary }) => isBinary)).toEqual(sent.map((each) => Buffer.isBuffer(each)));
    expect(got.map(({ data }) => checksum(data))).toEqual(sent.map(checksum));
  });

  it('of 1 MiB go both ways at once', async () => {
    // Three bytes per letter: any cut of the transport falls into one.
    const text = '€'.repeat(mebibyte / 3);
    const down = [randomBytes(mebibyte), text, randomBytes(mebibyte), text];
    const up = [text, randomBytes(mebibyte), text, randomBytes(mebibyte)];
    let arrived!: Promise<Message[]>;
    accepting((webSocket) => {
      arrived = messages(webSocket, up.length);
      for (const each of down) webSocket.send(each);
    });
    const viewer = dial();
    const received = messages(viewer, down.length);
    await opened(viewer);
    for (const each of up) viewer.send(each);
    for (const [got, sent] of [
      [await received, down],
      [await arrived, up],
    ] as const) {
      expect(got.map(({ isBinary }) => isBinary)).toEqual(
        sent.map((each) => Buffer.isBuffer(each)),
      );
      expect(got.map(({ data }) => checksum(data))).toEqual(sent.map(checksum));
    }
  });

  it('in fragments arrive whole', async () => {
    accepting((webSocket) =>
      webSocket.on('message', (data: Buffer, isBinary) => {
        webSocket.send(data.subarray(0, 2), { binary: isBinary, fin: false });
        webSocket.send(data.subarray(2), { binary: isBinary, fin: true });
      }),
    );
    const viewer = await opened(dial());
    const echoed = messages(viewer, 2);
    viewer.send('frag', { fin: false });
    viewer.send('ments', { fin: true });
    viewer.send('second');
    expect((await echoed).map(({ data }) => data.toString())).toEqual(['fragments', 'second']);
  });

  it('that the laptop sends right after it accepted arrive', async () => {
    accepting((webSocket) => {
      for (let index = 0; index < 10; index += 1) webSocket.send(`early ${index}`);
    });
    const got = await messages(dial(), 10);
    expect(got.map(({ data }) => data.toString())).toEqual(
      Array.from({ length: 10 }, (_, index) => `early ${index}`),
    );
  });
});

describe('handshake', () => {
  it('may be followed by messages before it is answered', async () => {
    const asked = awaited<() => void>('handshake');
    const got = awaited<string>('message');
    onUpgrade = (request, socket, early) =>
      asked.resolve(() =>
        server.handleUpgrade(request, socket, early, (webSocket) =>
          webSocket.once('message', (data: Buffer) => got.resolve(data.toString())),
        ),
      );
    // FIN and text, masked with zeros (RFC 6455 §5.2).
    const frame = Buffer.concat([Buffer.from([0x81, 0x85, 0, 0, 0, 0]), Buffer.from('hello')]);
    const client = await scene.raw();
    const upgrade =
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';
    client.send(`GET / HTTP/1.1\r\nHost: ${scene.host}\r\n${upgrade}`);
    client.socket.write(frame.subarray(0, 8));
    const accept = await asked.done;
    client.socket.write(frame.subarray(8));
    accept();
    expect(await got.done).toBe('hello');
    client.socket.destroy();
  });

  it('relays target, fields and the chosen subprotocol', async () => {
    const seen = awaited<IncomingMessage>('handshake');
    accepting((_webSocket, request) => seen.resolve(request));
    const viewer = dial('/so%2Fcket/%41;x?q=%20&&', ['first', 'second'], {
      Origin: `http://${scene.host}`,
      Cookie: 'a=1',
      'X-Mine': 'yes',
    });
    await opened(viewer);
    expect(viewer.protocol).toBe('second');
    const request = await seen.done;
    expect(request.url).toBe('/so%2Fcket/%41;x?q=%20&&');
    expect(request.headers).toMatchObject({
      origin: `http://${scene.host}`,
      cookie: 'a=1',
      'x-mine': 'yes',
    });
    expect(request.headers['sec-websocket-protocol']?.replaceAll(' ', '')).toBe('first,second');
  });

  it('relays that no subprotocol was chosen or offered', async () => {
    accepting(() => {});
    expect((await opened(dial('/', []))).protocol).toBe('');
  });

  it('relays fields of the answer, cookies too', async () => {
    onUpgrade = (request, socket, early) => {
      server.once('headers', (lines: string[]) =>
        lines.push('Set-Cookie: a=1', 'Set-Cookie: b=2', 'X-Said: yes'),
      );
      server.handleUpgrade(request, socket, early, () => {});
    };
    const viewer = dial();
    const answer = awaited<IncomingMessage>('upgrade');
    viewer.once('upgrade', (head) => answer.resolve(head));
    const head = await answer.done;
    expect(valuesOf(head, 'set-cookie')).toEqual(['a=1', 'b=2']);
    expect(head.headers['x-said']).toBe('yes');
  });

  it.each([
    [403, 'no entry'],
    [401, 'who are you?'],
    [500, 'x'.repeat(200_000)],
    [404, ''],
  ])('relays a refusal with %i and its body', async (status, body) => {
    onUpgrade = (_request, socket) => {
      socket.end(
        `HTTP/1.1 ${status} Said\r\nContent-Length: ${body.length}\r\nX-Why: because\r\nConnection: close\r\n\r\n${body}`,
      );
    };
    const answer = await refused(dial());
    expect(answer.status).toBe(status);
    expect(answer.head.headers['x-why']).toBe('because');
    expect(checksum(answer.body)).toBe(checksum(body));
  });

  it('accepts no viewer before the laptop has', async () => {
    const asked = awaited<() => void>('handshake');
    onUpgrade = (request, socket, early) =>
      asked.resolve(() => server.handleUpgrade(request, socket, early, () => {}));
    const viewer = dial();
    const accept = await asked.done;
    expect(viewer.readyState).toBe(WebSocket.CONNECTING);
    const open = opened(viewer);
    accept();
    await open;
  });

  it('answers as to any request when nothing upgrades', async () => {
    onUpgrade = (_request, socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nplain');
    const answer = await refused(dial());
    expect(answer.status).toBe(200);
    expect(answer.body.toString()).toBe('plain');
  });
});

describe('close', () => {
  const codes: [number, string][] = [
    [1000, ''],
    [1000, 'done'],
    [1001, 'going away'],
    [1003, 'no such data'],
    [1008, 'policy'],
    [1011, 'fault'],
    [1012, 'restart'],
    [3000, 'registered'],
    [4001, 'Grund: zwölf €'],
    [4999, 'r'.repeat(123)],
  ];

  it.each(codes)('%i “%s” goes from the viewer to the laptop', async (code, reason) => {
    const closed = awaited<{ code: number; reason: string }>('close');
    accepting((webSocket) => void closing(webSocket).then(closed.resolve));
    const viewer = await opened(dial());
    const own = closing(viewer);
    viewer.close(code, reason);
    expect(await closed.done).toEqual({ code, reason });
    expect((await own).code).toBe(code);
  });

  // workerd sends our close frame at once and the end of the connection 10 s later.
  const some = engine === 'node' ? codes : [codes[0]!, codes[8]!];
  it.each(some)('%i “%s” goes from the laptop to the viewer', async (code, reason) => {
    const own = awaited<{ code: number; reason: string }>('close');
    accepting((webSocket) => {
      void closing(webSocket).then(own.resolve);
      webSocket.send('last');
      webSocket.close(code, reason);
    });
    const viewer = dial();
    const last = messages(viewer, 1);
    expect(await closing(viewer)).toEqual({ code, reason });
    expect((await last)[0]?.data.toString()).toBe('last');
    expect((await own.done).code).toBe(code);
  });

  it('without a code has none on the other side either', async () => {
    const closed = awaited<{ code: number }>('close');
    accepting((webSocket) => void closing(webSocket).then(closed.resolve));
    const viewer = await opened(dial());
    viewer.close();
    expect((await closed.done).code).toBe(1005);
    accepting((webSocket) => webSocket.close());
    expect((await closing(dial())).code).toBe(1005);
  });

  it('keeps every message that was sent before it', async () => {
    const body = randomBytes(mebibyte);
    accepting((webSocket) => {
      for (let index = 0; index < 5; index += 1) webSocket.send(body);
      webSocket.close(4000, 'after five');
    });
    const viewer = dial();
    const got = messages(viewer, 5);
    expect(await closing(viewer)).toEqual({ code: 4000, reason: 'after five' });
    for (const { data } of await got) expect(data.equals(body)).toBe(true);
  });

  it('of a viewer who vanishes is no clean one for the laptop', async () => {
    const closed = awaited<{ code: number }>('close');
    accepting((webSocket) => void closing(webSocket).then(closed.resolve));
    const viewer = await opened(dial());
    viewer.terminate();
    expect((await closed.done).code).toBe(1006);
  });

  it('of a laptop that vanishes is no clean one for the viewer', async () => {
    accepting((webSocket) => webSocket.terminate());
    expect([1006, 1014]).toContain((await closing(dial())).code);
  });

  it('of a viewer who vanishes before the laptop accepted reaches the laptop', async () => {
    const gone = awaited('the laptop’s socket closes');
    const asked = awaited<() => void>('handshake');
    onUpgrade = (request, socket, early) => {
      socket.once('close', () => gone.resolve());
      socket.on('end', () => socket.end());
      socket.resume();
      asked.resolve(() => server.handleUpgrade(request, socket, early, () => {}));
    };
    const viewer = dial();
    const accept = await asked.done;
    viewer.terminate();
    // workerd sees no FIN of a connection that waits; when the laptop has accepted, it finds out.
    if (engine === 'cloudflare') accept();
    await gone.done;
  });
});

it('leaves nothing behind, and sent nothing to the cluster', async () => {
  await scene.quiet();
  expect(scene.inCluster).toBe(0);
});
