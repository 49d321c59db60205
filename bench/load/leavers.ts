/** Clients that go without a word while something is still under way for them. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { endlessBytes } from './bulk.ts';
import type { Target } from './target.ts';

/** `reset`: the peer gets a RST. `close`: a FIN, as from a process that ends. */
export type Way = 'reset' | 'close';

export interface Leaver {
  /** `KIND WAY NUMBER GROUP`, known to the origin. */
  readonly name: string;
  leave(): void;
}

interface Kind {
  readonly name: string;
  readonly count: number;
  readonly path: string;
  readonly fields: readonly string[];
  readonly status: 200 | 101;
}

const plain = { fields: [], status: 200 } as const;
const events = { ...plain, fields: ['Accept: text/event-stream'] } as const;

const kinds: readonly Kind[] = [
  { name: 'slow-download', count: 32, path: `/bytes/${endlessBytes}?`, ...plain },
  { name: 'silent-events', count: 4, path: '/events?', ...events },
  { name: 'ticking-events', count: 4, path: '/events?every=1s&', ...events },
  {
    name: 'websocket',
    count: 8,
    path: '/socket?',
    fields: ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
    status: 101,
  },
];

/** How many `enter` gives. */
export const leavers: number = kinds.reduce((sum, { count }) => sum + count, 0);

const enterTimeoutMs = 10_000;
/** Between two reads of at most 64 KiB. */
const slowReadMs = 100;
const maxHeadBytes = 16 * 1024;

/** All of them, each with the first bytes of its body. @throws Error when one does not get there */
export async function enter(target: Target, group: string): Promise<Leaver[]> {
  const entering = kinds.flatMap((kind) =>
    Array.from({ length: kind.count }, (_, index) => enterOne(target, kind, index, group)),
  );
  const settled = await Promise.allSettled(entering);
  const entered = settled.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  const failed = settled.find((each) => each.status === 'rejected');
  if (!failed) return entered;
  for (const { leave } of entered) leave();
  throw failed.reason;
}

async function enterOne(
  { url, hostHeader }: Target,
  kind: Kind,
  index: number,
  group: string,
): Promise<Leaver> {
  const { hostname, port, host } = new URL(url);
  const way: Way = index % 2 === 0 ? 'reset' : 'close';
  const name = `${kind.name} ${way} ${index} ${group}`;
  const key =
    kind.status === 101 ? [`Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`] : [];
  const head = [
    `GET ${kind.path}client=${encodeURIComponent(name)} HTTP/1.1`,
    `Host: ${hostHeader ?? host}`,
    ...kind.fields,
    ...key,
  ];
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  try {
    await bodyBegins(socket, kind.status);
  } catch (error) {
    socket.destroy();
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${name}: ${why}`, { cause: error });
  }
  // What happens to it from now on shows in the streams that are left.
  socket.on('error', () => {});
  socket.on('data', () => {
    socket.pause();
    setTimeout(() => socket.resume(), slowReadMs);
  });
  const leave = (): void => void (way === 'reset' ? socket.resetAndDestroy() : socket.destroy());
  return { name, leave };
}

function bodyBegins(socket: Socket, status: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let head = '';
    const timer = setTimeout(() => reject(new Error('no body within 10 s')), enterTimeoutMs);
    const end = (error?: Error): void => {
      clearTimeout(timer);
      for (const name of ['data', 'error', 'close'] as const) socket.removeAllListeners(name);
      if (error) reject(error);
      else resolve();
    };
    socket.on('error', end);
    socket.on('close', () => end(new Error('closed before its body began')));
    socket.on('data', (bytes: Buffer) => {
      head += bytes.toString('latin1');
      if (/\r\n\r\n./s.test(head) || head.length > maxHeadBytes) {
        const line = head.slice(0, head.indexOf('\r\n'));
        end(line.startsWith(`HTTP/1.1 ${status} `) ? undefined : new Error(`it got “${line}”`));
      }
    });
  });
}
