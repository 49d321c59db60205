/** Who goes away is missed at the other end; what is cut short never looks complete. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { on } from '../engine.ts';
import { answerTo, awaited, Scene } from './scene.ts';

const scene = new Scene();
beforeAll(() => scene.start());
afterAll(() => scene.stop());

const block = Buffer.alloc(64 * 1024, 'x');

/** Resolves when the laptop notices that its client is gone. */
function missed(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { done, resolve } = awaited('the laptop’s server sees the viewer go');
  request.on('error', () => {});
  response.on('error', () => {});
  response.once('close', () => {
    if (!response.writableFinished) resolve();
  });
  return done;
}

describe('server-sent events', () => {
  it('arrive one by one, each before the next is sent', async () => {
    const response = awaited<ServerResponse>('request');
    scene.laptop = (_request, outgoing) => {
      outgoing.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
      outgoing.flushHeaders();
      response.resolve(outgoing);
    };
    const client = await scene.raw();
    client.send(`GET /events HTTP/1.1\r\nHost: ${scene.host}\r\nAccept: text/event-stream\r\n\r\n`);
    const events = await response.done;
    // The head comes before there is any event.
    expect(await client.take(/\r\n\r\n/)).toMatch(/\r\nContent-Type: text\/event-stream\r\n/i);
    for (let index = 0; index < 20; index += 1) {
      events.write(`id: ${index}\ndata: event ${index}\n\n`);
      const text = await client.take(new RegExp(`data: event ${index}\\n\\n`));
      expect(text.match(/data:/g)).toHaveLength(1);
    }
    events.end();
    await client.take(/0\r\n\r\n$/);
    client.socket.destroy();
  });

  it('end for the laptop when the viewer leaves', async () => {
    const gone = awaited('the laptop’s server sees the viewer go');
    scene.laptop = (request, response) => {
      void missed(request, response).then(gone.resolve);
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n');
    };
    const client = await scene.raw();
    client.send(`GET / HTTP/1.1\r\nHost: ${scene.host}\r\n\r\n`);
    await client.take(/data: 1\n\n/);
    const how = on<'destroy' | 'resetAndDestroy'>({
      node: 'destroy',
      cloudflare: 'resetAndDestroy',
    });
    client.socket[how]();
    await gone.done;
  });
});

describe('a viewer who leaves', () => {
  // workerd does not look at a connection that waits, and so sees no FIN.
  const ways: ('destroy' | 'resetAndDestroy' | 'end')[] = ['destroy', 'resetAndDestroy', 'end'];
  it.each(on({ node: ways, cloudflare: ways.slice(1, 2) }))(
    'while waiting for the head is missed by the laptop (%s)',
    async (how) => {
      const asked = awaited<{ gone: Promise<void> }>('request');
      scene.laptop = (request, response) => asked.resolve({ gone: missed(request, response) });
      const client = await scene.raw();
      client.send(`GET /wait HTTP/1.1\r\nHost: ${scene.host}\r\n\r\n`);
      const { gone } = await asked.done;
      client.socket[how]();
      await gone;
    },
  );

  it.each(['destroy', 'resetAndDestroy'] as const)(
    'in the middle of a download is missed, every time (%s)',
    async (how) => {
      for (let turn = 0; turn < 10; turn += 1) {
        const asked = awaited<{ gone: Promise<void> }>('request');
        scene.laptop = (request, response) => {
          asked.resolve({ gone: missed(request, response) });
          const fill = (): void => {
            while (!response.destroyed && response.write(block));
          };
          response.on('drain', fill);
          fill();
        };
        const client = await scene.raw();
        client.send(`GET /endless HTTP/1.1\r\nHost: ${scene.host}\r\n\r\n`);
        await client.take(/x{1000}/);
        const { gone } = await asked.done;
        client.socket[how]();
        await gone;
      }
    },
  );

  it('without reading a download is missed, although everything stands still', async () => {
    const asked = awaited<{ gone: Promise<void> }>('request');
    const full = awaited('the download stands still');
    scene.laptop = (request, response) => {
      asked.resolve({ gone: missed(request, response) });
      let timer: NodeJS.Timeout | undefined;
      const fill = (): void => {
        clearTimeout(timer);
        while (!response.destroyed && response.write(block));
        timer = setTimeout(() => full.resolve(), 300);
      };
      response.on('drain', fill);
      fill();
    };
    const client = await scene.raw();
    client.socket.pause();
    client.send(`GET /endless HTTP/1.1\r\nHost: ${scene.host}\r\n\r\n`);
    const { gone } = await asked.done;
    await full.done;
    client.socket.destroy();
    await gone;
  });

  it.each([
    ['Content-Length: 100000000', 'destroy'],
    ['Content-Length: 100000000', 'resetAndDestroy'],
    ['Transfer-Encoding: chunked', 'destroy'],
    ['Transfer-Encoding: chunked', 'resetAndDestroy'],
  ] as const)('in the middle of an upload is missed (%s, %s)', async (framing, how) => {
    const asked = awaited<{ request: IncomingMessage; gone: Promise<void> }>('request');
    scene.laptop = (request, response) => {
      const gone = missed(request, response);
      request.once('data', () => asked.resolve({ request, gone }));
    };
    const client = await scene.raw();
    client.send(`POST /upload HTTP/1.1\r\nHost: ${scene.host}\r\n${framing}\r\n\r\n`);
    client.send(`400\r\n${'x'.repeat(1024)}\r\n`);
    const { request, gone } = await asked.done;
    client.socket[how]();
    await gone;
    expect(request.complete).toBe(false);
  });
});

/** How the laptop's server leaves in the middle of a body. */
const leavings = {
  'closes the socket': (response: ServerResponse) => response.socket?.destroySoon(),
  'resets the socket': (response: ServerResponse) =>
    response.socket && 'resetAndDestroy' in response.socket && response.socket.resetAndDestroy(),
};

describe.each(Object.entries(leavings))('a laptop that %s', (_name, leave) => {
  const bodies: [string, Record<string, string>][] = [
    ['a body with Content-Length', { 'Content-Length': '1000000' }],
    ['a chunked body', {}],
  ];

  it.each(bodies)('in the middle of %s cuts it short', async (_kind, fields) => {
    const serve = awaited<ServerResponse>('request');
    scene.laptop = (_request, response) => {
      response.writeHead(200, fields).write('the first part');
      serve.resolve(response);
    };
    const client = await scene.raw();
    client.send(`GET / HTTP/1.1\r\nHost: ${scene.host}\r\n\r\n`);
    const first = await client.take(/the first part/);
    leave(await serve.done);
    const rest = first + (await client.all());
    expect(rest).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(rest).not.toMatch(/0\r\n\r\n$/);
    expect(rest.split('\r\n\r\n', 2)[1]!.length).toBeLessThan(100);
  });

  it.each(bodies)('in the middle of %s is an error for a client', async (_kind, fields) => {
    const serve = awaited<ServerResponse>('request');
    scene.laptop = (_request, response) => {
      response.writeHead(200, fields).write('the first part');
      serve.resolve(response);
    };
    const outgoing = scene.begin({});
    const answer = answerTo(outgoing);
    const aborted = awaited('aborted');
    outgoing.once('response', (head: IncomingMessage) => {
      head.once('aborted', () => aborted.resolve());
      head.once('data', () => void serve.done.then((response) => void leave(response)));
    });
    outgoing.end();
    await expect(answer).rejects.toThrow(/aborted|ECONNRESET/);
    await aborted.done;
  });

  it('before its head becomes a 502 that names the laptop', async () => {
    scene.laptop = (_request, response) => leave(response);
    for (const method of ['GET', 'POST']) {
      const answer = await scene.ask(method === 'GET' ? {} : { method, body: 'x' });
      expect(answer.status).toBe(502);
      expect(answer.body.toString()).toContain('BW-4003');
      expect(answer.body.toString()).toContain(String(scene.world.laptopPort));
    }
  });

  it('in the middle of its head becomes an error', async () => {
    scene.laptop = (_request, response) => {
      response.socket?.write('HTTP/1.1 200 OK\r\nContent-Le', () => leave(response));
    };
    const status = await scene.ask().then(
      (answer) => answer.status,
      () => 'broken',
    );
    expect([502, 'broken']).toContain(status);
  });

  it('in the middle of an upload becomes an error', async () => {
    scene.laptop = (request, response) => void request.once('data', () => leave(response));
    const client = await scene.raw();
    client.send(
      `POST / HTTP/1.1\r\nHost: ${scene.host}\r\nContent-Length: 100000000\r\n\r\n${'x'.repeat(100_000)}`,
    );
    expect(await client.take(/\r\n\r\n[^]*BW-/)).toMatch(/^HTTP\/1\.1 502 /);
    client.socket.destroy();
  });
});

describe('a body that the end of the connection delimits', () => {
  const head = 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n';

  it('ends cleanly when the laptop closes', async () => {
    scene.laptop = (request) => void request.socket.end(`${head}whole`);
    expect((await scene.ask()).body.toString()).toBe('whole');
  });

  it.each(['1.1', '1.0'])('is cut short when the laptop resets (HTTP/%s)', async (version) => {
    const serve = awaited<IncomingMessage['socket']>('request');
    scene.laptop = (request) => {
      request.socket.write(`${head}the first part`);
      serve.resolve(request.socket);
    };
    const client = await scene.raw();
    client.send(`GET / HTTP/${version}\r\nHost: ${scene.host}\r\n\r\n`);
    await client.take(/the first part/);
    (await serve.done).resetAndDestroy();
    const rest = await client.all();
    if (version === '1.1') expect(rest).not.toMatch(/0\r\n\r\n$/);
    else expect(await client.ended).toBe(on({ node: 'reset', cloudflare: 'end' }));
  });
});

it('a body whose chunks become unreadable is cut short', async () => {
  const serve = awaited<IncomingMessage['socket']>('request');
  scene.laptop = (request) => {
    request.socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n');
    serve.resolve(request.socket);
  };
  const client = await scene.raw();
  client.send(`GET / HTTP/1.1\r\nHost: ${scene.host}\r\n\r\n`);
  await client.take(/first/);
  (await serve.done).write('not a size\r\nx\r\n0\r\n\r\n');
  expect(await client.all()).not.toMatch(/0\r\n\r\n$/);
});

it('goes on answering', async () => {
  scene.laptop = (_request, response) => response.end('laptop');
  for (let turn = 0; turn < 20; turn += 1)
    expect((await scene.ask()).body.toString()).toBe('laptop');
});

it('leaves nothing behind, and sent nothing to the cluster', async () => {
  await scene.quiet();
  expect(scene.inCluster).toBe(0);
});
