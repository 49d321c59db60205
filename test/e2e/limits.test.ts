/** What peers may not do to the edge, at the limit and beyond it, on either engine. */
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { ResetCode } from '#protocol/frame.ts';
import { helloOf } from '#protocol/hello.ts';
import { maxMessageBytes, maxWebSocketMessageBytes } from '#protocol/limits.ts';
import { runtimeOf } from '#protocol/runtime.ts';
import type { Session } from '#protocol/session.ts';
import { startSession } from '#protocol/tunnel.ts';
import { engine } from './engine.ts';
import { awaited, Scene } from './fidelity/scene.ts';
import { until } from './world.ts';

const scene = new Scene();
const server = new WebSocketServer({ noServer: true, maxPayload: 2 * maxWebSocketMessageBytes });

beforeAll(async () => {
  await scene.start();
  scene.laptop = (_request, response) => response.end('laptop');
  scene.world.laptop.on('upgrade', (request: IncomingMessage, socket: Duplex, early: Buffer) =>
    server.handleUpgrade(request, socket, early, (webSocket) => {
      webSocket.on('error', () => {});
      webSocket.on('message', (data: Buffer) => webSocket.send(`${data.length}`));
    }),
  );
});
afterAll(() => scene.stop());

const edgeAnswers = async (): Promise<void> => {
  expect((await scene.ask()).body.toString()).toBe('laptop');
};

/** The edge and its way to the laptop work, at the latest after the connector has dialled anew. */
const heals = (): Promise<unknown> =>
  until(async () => {
    const { body } = await scene.ask();
    return body.toString() === 'laptop' ? true : undefined;
  }, 'the preview does not come back');

function closing(webSocket: WebSocket): Promise<number> {
  const { done, resolve } = awaited<number>('the WebSocket closes');
  webSocket.on('error', () => {});
  webSocket.once('close', (code) => resolve(code));
  return done;
}

describe('a viewer’s WebSocket', () => {
  async function viewer(): Promise<WebSocket> {
    const webSocket = new WebSocket(`ws://127.0.0.1:${scene.port}/socket`, {
      headers: { Host: scene.host },
      perMessageDeflate: false,
    });
    const { done, resolve } = awaited('the WebSocket opens');
    webSocket.once('open', () => resolve());
    await done;
    return webSocket;
  }

  it.each(['text', 'binary'])('carries a %s message of 16 MiB', async (kind) => {
    const webSocket = await viewer();
    const { done, resolve } = awaited<string>('the laptop counts');
    webSocket.once('message', (data: Buffer) => resolve(data.toString()));
    webSocket.send(Buffer.alloc(maxWebSocketMessageBytes, 'x'), { binary: kind === 'binary' });
    expect(await done).toBe(String(maxWebSocketMessageBytes));
    const closed = closing(webSocket);
    webSocket.close(1000);
    expect(await closed).toBe(1000);
    await scene.quiet();
  });

  it('is closed with 1009 for one byte more, and nothing else is', async () => {
    const beside = await viewer();
    const webSocket = await viewer();
    const closed = closing(webSocket);
    webSocket.send(Buffer.alloc(maxWebSocketMessageBytes + 1));
    expect(await closed).toBe(1009);
    const { done, resolve } = awaited<string>('the laptop counts');
    beside.once('message', (data: Buffer) => resolve(data.toString()));
    beside.send('abc');
    expect(await done).toBe('3');
    beside.close();
    await edgeAnswers();
    await scene.quiet();
  });
});

/** The upgrade of a tunnel; `shard`: undefined leaves it out. */
function dial(token: string | undefined, shard: string | undefined): WebSocket {
  const path = shard === undefined ? '/api/v1/tunnel' : `/api/v1/tunnel?shard=${shard}`;
  return new WebSocket(`ws://127.0.0.1:${scene.port}${path}`, {
    headers: {
      Host: `byway.localhost:${scene.port}`,
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    perMessageDeflate: false,
  });
}

async function opened(webSocket: WebSocket): Promise<WebSocket> {
  const { done, resolve } = awaited('the tunnel opens');
  webSocket.once('open', () => resolve());
  await done;
  return webSocket;
}

/** The status that refuses an upgrade; 101 where it is accepted. */
function status(webSocket: WebSocket): Promise<number> {
  const { done, resolve } = awaited<number>('an answer to the upgrade');
  webSocket.on('error', () => {});
  webSocket.once('unexpected-response', (request, response: IncomingMessage) => {
    resolve(response.statusCode ?? 0);
    request.destroy();
  });
  webSocket.once('open', () => {
    resolve(101);
    webSocket.terminate();
  });
  return done;
}

const token = (): string =>
  readFileSync(join(scene.world.stack.dir, 'connector.token'), 'utf8').trim();

/** The shard of the preview. */
const shard = (): string => scene.host.split('.')[0]!.split('-')[2]!.slice(-1);

describe('a tunnel', () => {
  it.each([
    ['one byte over 256 KiB', maxMessageBytes + 1],
    ['32 MiB', 32 * 1024 * 1024],
  ])('with a message of %s is closed; the edge goes on', async (_name, bytes) => {
    const webSocket = await opened(dial(token(), shard()));
    const closed = closing(webSocket);
    webSocket.send(Buffer.alloc(bytes));
    expect([1006, 1009, 4400]).toContain(await closed);
    await edgeAnswers();
  });

  it('that says something else than HELLO is closed with 4400', async () => {
    const webSocket = await opened(dial(token(), shard()));
    const closed = closing(webSocket);
    webSocket.send(Buffer.alloc(maxMessageBytes));
    expect(await closed).toBe(4400);
    await edgeAnswers();
  });

  it('replaces the former one of its cluster, and is replaced by the next', async () => {
    const { session, closed, routes } = await fake();
    const label = scene.host.split('.')[0]!;
    expect(await routes).toMatchObject([{ label }]);
    // The connector has lost its tunnel, dials anew and takes over in its turn.
    expect(await closed).toBe(4409);
    expect(session.account).toMatchObject({ streams: 0, creditWhole: true });
    await heals();
    const log = scene.world.stack.part('connector').errors();
    expect(log).toContain('another connector of this cluster has connected');
    await scene.quiet();
  });

  it('with a HELLO of 8 KiB is like any other', async () => {
    const { closed, routes } = await fake('x'.repeat(8_192));
    await routes;
    expect(await closed).toBe(4409);
    await heals();
  });
});

interface Fake {
  session: Session;
  /** The code. */
  closed: Promise<number>;
  routes: Promise<unknown>;
}

/** A connector that takes no streams; `about`: more to say in HELLO. */
function fake(about = ''): Promise<Fake> {
  const webSocket = dial(token(), shard());
  const over = awaited<number>('the tunnel closes');
  const routes = awaited<unknown>('routes come');
  const hello = helloOf('fake', { role: 'connector', about });
  return new Promise((resolve, reject) => {
    webSocket.once('error', reject);
    // The edge's HELLO comes with the answer to the upgrade.
    webSocket.once('open', () => {
      const session = startSession(webSocket, 'dialled', hello, runtimeOf(globalThis), {
        onHello() {},
        onOpen: () => ResetCode.refused,
        onControl: (message) => routes.resolve(message.routes),
        onGoaway() {},
        onClose: (code) => over.resolve(code),
      });
      resolve({ session, closed: over.done, routes: routes.done });
    });
  });
}

describe('the bearer of a tunnel', () => {
  /** The objects that the edge has made. */
  function stored(): string[] {
    const { dir } = scene.world.stack;
    if (engine === 'node') return readdirSync(join(dir, 'edge-data')).sort();
    // workerd has a file for each object that was asked; one that was made has tables in it.
    const folder = join(dir, 'edge-workerd/objects/byway-ClusterObject');
    return readdirSync(folder)
      .filter((name) => readFileSync(join(folder, name)).includes('CREATE TABLE previews'))
      .map((name) => name.replace(/-wal$/, ''))
      .sort()
      .filter((name, index, all) => name !== all[index - 1]);
  }

  const shards = async (): Promise<unknown[]> => {
    const { stack } = scene.world;
    const { body } = await stack.api('GET', `/api/v1/clusters/${stack.cluster}`);
    return (body as { shards: { shard: string }[] }).shards.map((each) => each.shard);
  };

  it('is one that the cluster’s organisation issued; all others are a 401', async () => {
    const { stack } = scene.world;
    const organisation = { id: 2, login: 'other' };
    const made = await stack.api('POST', '/api/v1/clusters', { name: 'other', organisation });
    const other = made.body as { key: string; token: string };
    const before = stored();
    const own = token();
    const last = own.endsWith('0') ? '1' : '0';
    for (const wrong of [
      undefined,
      'x',
      stack.operatorToken,
      stack.laptopToken,
      own.slice(0, -1) + last,
      own.toUpperCase(),
      own.replace(stack.cluster, other.key),
      other.token.replace(other.key, stack.cluster),
      own.replace(stack.cluster, 'aaaaaaaa'),
    ]) {
      expect([wrong, await status(dial(wrong, shard()))]).toEqual([wrong, 401]);
    }
    expect(stored()).toEqual(before);
    expect(await status(dial(other.token, 'a'))).toBe(101);
    await edgeAnswers();
  });

  it('is for shards that there are: others are refused, and nothing is made of them', async () => {
    const before = [stored(), await shards()];
    expect(before[0]).not.toEqual([]);
    for (const unknown of ['z', '7']) expect(await status(dial(token(), unknown))).toBe(401);
    for (const malformed of ['A', '1', '', 'ab', '../a']) {
      expect([400, 401, 403, 404]).toContain(await status(dial(token(), malformed)));
    }
    expect([stored(), await shards()]).toEqual(before);
    await edgeAnswers();
    await scene.quiet();
  });
});
