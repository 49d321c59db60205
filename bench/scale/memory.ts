/**
 * Measures what costs.ts says about bytes: prints one line of JSON for each.
 * `node sandbox/bootstrap.mjs bench/scale/memory.ts`. Heap is counted after a full collection, over
 * many of a kind; numbers move by a tenth between versions of Node.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { WebSocket, WebSocketServer } from 'ws';
import { helloOf } from '#protocol/hello.ts';
import { runtimeOf } from '#protocol/runtime.ts';
import { StreamKind } from '#protocol/stream.ts';
import { startSession } from '#protocol/tunnel.ts';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** The last eight characters of a label follow. */
const labelStart = 'rosewood-juniper-abcdefghi-abcdefghijkl';

/** What the edge remembers of a preview, with texts of ordinary length. */
function recordOf(index: number) {
  const number = String(index).padStart(8, '0');
  return {
    label: `${labelStart}${number}`,
    intercept: { id: `0123456789abcdef01234567${number}`, name: `reviews-${number}` },
    owner: { id: 1_000_000 + index, login: `developer-${number}` },
    ingress: { host: 'ingress-nginx.ingress', port: 443, tls: true, l5: 'shop.example.com' },
    access: 'private',
    createdMs: 1_790_000_000_000 + index,
  };
}

function recordBytes(): number {
  const count = 50_000;
  const records = new Map<string, object>();
  const before = usedHeap();
  for (let index = 0; index < count; index += 1) {
    const record: ReturnType<typeof recordOf> = JSON.parse(JSON.stringify(recordOf(index)), anew);
    records.set(record.label, record);
  }
  const bytes = usedHeap() - before;
  return bytes / records.size;
}

/** As from SQL: every text is one of its own. */
function anew(_: string, value: unknown): unknown {
  return typeof value === 'string' ? Buffer.from(value).toString('latin1') : value;
}

function rowBytes(): number {
  const count = 20_000;
  const dir = mkdtempSync(join(tmpdir(), 'byway-scale-'));
  const file = join(dir, 'rows.sqlite');
  const database = new DatabaseSync(file);
  database.exec(`CREATE TABLE previews (label TEXT PRIMARY KEY, intercept_id TEXT, intercept_name TEXT,
    owner_id INTEGER, owner_login TEXT, ingress_host TEXT, ingress_port INTEGER, ingress_tls INTEGER,
    ingress_l5 TEXT, access TEXT, created_ms INTEGER, ended_ms INTEGER);
    CREATE INDEX previews_by_intercept ON previews (intercept_id); BEGIN`);
  const insert = database.prepare(
    'INSERT INTO previews VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)',
  );
  for (let index = 0; index < count; index += 1) {
    const { intercept, owner, ingress, ...rest } = recordOf(index);
    insert.run(
      rest.label,
      intercept.id,
      intercept.name,
      owner.id,
      owner.login,
      ingress.host,
      ingress.port,
      1,
      ingress.l5,
      rest.access,
      rest.createdMs,
    );
  }
  database.exec('COMMIT');
  database.close();
  const { size } = statSync(file);
  rmSync(dir, { recursive: true });
  return size / count;
}

/** A session and its WebSocket's stand-in, which holds nothing. */
async function sessionBytes(): Promise<{ session: number; stream: number }> {
  const count = 500;
  const streams = 2_000;
  const runtime = { ...runtimeOf(globalThis), after: () => () => {} };
  const events = {
    onHello: () => {},
    onOpen: () => ({ onHead: () => {}, onData: () => {}, onReset: () => {} }),
    onControl: () => {},
    onGoaway: () => {},
    onClose: () => {},
  };
  const pair = () => {
    const [near, far] = [new Wire(), new Wire()];
    near.peer = far;
    far.peer = near;
    const about = { role: 'edge' };
    const accepted = startSession(near, 'accepted', helloOf('byway/0', about), runtime, events);
    const dialled = startSession(far, 'dialled', helloOf('byway/0', about), runtime, events);
    return { accepted, dialled };
  };
  pair();
  const pairs: unknown[] = [];
  const before = usedHeap();
  for (let index = 0; index < count; index += 1) pairs.push(pair());
  await settled();
  const session = (usedHeap() - before) / count / 2;
  const { accepted } = pair();
  await settled();
  const empty = usedHeap();
  const head = [':method', 'GET', ':path', '/', 'Host', 'shop.example.com'];
  const open: unknown[] = [];
  for (let index = 0; index < streams; index += 1) {
    open.push(accepted.open(StreamKind.http, labelStart, head, true, events.onOpen()));
  }
  await settled();
  const stream = (usedHeap() - empty) / streams / 2;
  if (pairs.length + open.length === 0) throw new Error('nothing is held');
  return { session, stream };
}

type OnMessage = (data: unknown, isBinary: boolean) => void;

/** A WebSocket without anything under it. */
class Wire {
  readonly bufferedAmount = 0;
  peer: Wire | undefined;
  #onMessage: OnMessage = () => {};

  send(data: Uint8Array | string, written?: () => void): void {
    queueMicrotask(() => {
      written?.();
      this.peer?.take(typeof data === 'string' ? data : data.slice(), typeof data !== 'string');
    });
  }

  take(data: unknown, isBinary: boolean): void {
    this.#onMessage(data, isBinary);
  }

  close(): void {}

  terminate(): void {}

  on(event: string, listener: (...values: never[]) => void): void {
    if (event === 'message') this.#onMessage = listener as OnMessage;
  }
}

/** Both ends are in this process: half of it is the edge's. */
async function socketBytes(): Promise<number> {
  const count = 1_000;
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const { port } = address;
  const dial = () =>
    new Promise<WebSocket>((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
      socket.once('open', () => resolve(socket)).once('error', reject);
    });
  const sockets = [await dial()];
  await settled();
  const before = process.memoryUsage.rss();
  while (sockets.length <= count) sockets.push(await dial());
  await settled();
  const bytes = (process.memoryUsage.rss() - before) / count / 2;
  for (const socket of [...sockets, ...server.clients]) socket.terminate();
  server.close();
  return bytes;
}

function usedHeap(): number {
  if (typeof collect === 'function') collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

// The small ones first: what larger ones leave is not collected at once.
const [record, row] = [recordBytes(), rowBytes()];
const { session, stream } = await sessionBytes();
const found = {
  recordBytes: record,
  rowBytes: row,
  sessionBytes: session,
  streamBytes: stream,
  socketBytes: await socketBytes(),
};
for (const [name, bytes] of Object.entries(found)) {
  process.stdout.write(`${JSON.stringify({ [name]: Math.round(bytes) })}\n`);
}
