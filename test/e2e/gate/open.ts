/**
 * What stays open: an app whose answers do not end, and viewers with a WebSocket, an event stream and a
 * download of it. Who is cut off, how, and how long after the reason.
 */
import { request, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import { byScript, type Visitor } from '#sandbox/visitor.ts';
import { engine } from '../engine.ts';

/** The issue of the gate says 10 s; only what takes three times as long fails here. */
const limitMs = 30_000;
const everyMs = 20;
const part = Buffer.alloc(8 * 1024, 'x');

/**
 * `/events`: one event, then silence. `/download`: bytes without end. `/silent`: no answer. Anything else:
 * its path.
 */
export const endless: RequestListener = (incoming, response) => {
  if (incoming.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\n\n');
  } else if (incoming.url === '/download') {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    const timer = setInterval(() => {
      if (!response.writableNeedDrain) response.write(part);
    }, everyMs);
    response.once('close', () => clearInterval(timer));
  } else if (incoming.url !== '/silent') response.end(`laptop ${incoming.url}`);
};

/** WebSockets that say everything back; at `/silent` the app never decides. */
export function withSockets(laptop: Server): void {
  const server = new WebSocketServer({ noServer: true });
  laptop.on('upgrade', (incoming: IncomingMessage, socket: Duplex, early: Buffer) => {
    if (incoming.url === '/silent') {
      socket.on('error', () => {}).once('end', () => socket.end());
      socket.resume();
      return;
    }
    server.handleUpgrade(incoming, socket, early, (webSocket) => {
      webSocket.on('message', (data: Buffer) => webSocket.send(data.toString()));
    });
  });
}

export interface End {
  /** Of `performance.now()`. */
  atMs: number;
  /** Of a WebSocket. */
  code?: number;
  /** Of an answer: false when it was cut short. */
  complete?: boolean;
}

export interface Open {
  what: string;
  /** undefined while it is open. */
  end: End | undefined;
  ended: Promise<End>;
  /** Whether it still carries bytes; `text`: what is sent on a WebSocket, and comes back. */
  lives(text?: string): Promise<boolean>;
  /** How many have come. */
  bytes(): number;
  drop(): void;
}

/** By whom: a browser's cookies, or a token, or nobody. */
export type By = Visitor | { token: string } | undefined;

export async function openSocket(origin: string, by: By, path = '/socket'): Promise<Open> {
  const url = new URL(origin);
  const webSocket = new WebSocket(`ws://127.0.0.1:${url.port}${path}`, {
    headers: { Host: url.host, Origin: origin, ...credentialsOf(origin, by) },
    perMessageDeflate: false,
  });
  const { promise, resolve, reject } = Promise.withResolvers<End>();
  promise.catch(() => {});
  let bytes = 0;
  webSocket.on('message', (data: Buffer) => (bytes += data.length));
  const echo = (text = 'there?'): Promise<boolean> => {
    if (webSocket.readyState !== WebSocket.OPEN) return Promise.resolve(false);
    const said = new Promise<boolean>((answered) =>
      webSocket.once('message', () => answered(true)),
    );
    webSocket.send(text);
    return Promise.race([said, promise.then(() => false)]);
  };
  webSocket.once('error', reject);
  webSocket.once('unexpected-response', (_request, { statusCode }: IncomingMessage) => {
    webSocket.terminate();
    reject(new Error(`the upgrade is answered by ${statusCode}`));
  });
  const open: Open = {
    what: 'WebSocket',
    end: undefined,
    ended: promise,
    lives: echo,
    bytes: () => bytes,
    drop: () => webSocket.terminate(),
  };
  webSocket.once('close', (code) => {
    open.end = { atMs: performance.now(), code };
    resolve(open.end);
  });
  await Promise.race([new Promise((ready) => webSocket.once('open', ready)), promise]);
  if (!(await echo())) throw new Error('the WebSocket says nothing back');
  return open;
}

/** `/events` or `/download`; resolves when the first bytes have come. */
export function openAnswer(origin: string, path: string, by: By): Promise<Open> {
  const url = new URL(origin);
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port: url.port,
      path,
      agent: false,
      headers: { Host: url.host, ...byScript, ...credentialsOf(origin, by) },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      const ended = Promise.withResolvers<End>();
      let bytes = 0;
      const open: Open = {
        what: path.slice(1),
        end: undefined,
        ended: ended.promise,
        async lives() {
          if (path !== '/download') return open.end === undefined;
          const before = bytes;
          for (let look = 0; bytes === before && look < 100; look += 1) await pause(everyMs);
          return bytes > before;
        },
        bytes: () => bytes,
        drop: () => outgoing.destroy(),
      };
      response.on('error', () => {});
      response.on('data', (data: Buffer) => {
        bytes += data.length;
        if (response.statusCode === 200) resolve(open);
      });
      response.once('close', () => {
        open.end = { atMs: performance.now(), complete: response.complete };
        ended.resolve(open.end);
        if (response.statusCode !== 200)
          reject(new Error(`${path} is answered by ${response.statusCode}`));
      });
    });
    outgoing.end();
  });
}

/** One of each. */
export function openAll(origin: string, by: By): Promise<Open[]> {
  return Promise.all([
    openSocket(origin, by),
    openAnswer(origin, '/events', by),
    openAnswer(origin, '/download', by),
  ]);
}

/**
 * Waits until all have ended; prints how long after `sinceMs`. WebSockets have to close with 4403, and
 * answers have to be cut so that it shows. Returns what is wrong.
 */
export async function cutOff(
  why: string,
  sinceMs: number,
  opens: readonly Open[],
  code = 4403,
): Promise<string[]> {
  const over = new AbortController();
  const timeout = pause(limitMs, undefined, { signal: over.signal }).catch(() => {});
  await Promise.race([Promise.all(opens.map((each) => each.ended.catch(() => {}))), timeout]);
  over.abort();
  const times = opens.map(({ what, end }) =>
    end ? `${what} ${Math.round(end.atMs - sinceMs)} ms` : `${what} never`,
  );
  process.stderr.write(`${engine}: ${why}: ${times.join(', ')}\n`);
  return opens.flatMap(({ what, end }) => {
    if (!end) return [`${what} stays open`];
    if (end.code !== undefined && end.code !== code) return [`${what} closes with ${end.code}`];
    return end.complete === true ? [`${what} looks complete`] : [];
  });
}

/** Whether each of them still carries bytes. */
export async function allLive(opens: readonly Open[]): Promise<boolean> {
  return (await Promise.all(opens.map((each) => each.lives()))).every(Boolean);
}

function credentialsOf(origin: string, by: By): Record<string, string> {
  if (by === undefined) return {};
  if ('token' in by) return { 'x-byway-token': by.token };
  const cookie = [...by.cookies(origin)].map((pair) => pair.join('=')).join('; ');
  return cookie === '' ? {} : { cookie };
}
