/** Against Node's own parser: what the framer accepts, Node sees with the same boundaries. */
import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { connect, createServer as createRawServer, type AddressInfo, type Socket } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { damage, damaged, request, response, type SentResponse } from './arbitraries.ts';
import { bytesOf, cut, readRequests, readResponses } from './reading.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';

interface Seen {
  method?: string | undefined;
  target?: string | undefined;
  status?: number | undefined;
  reason?: string | undefined;
  fields: string[];
  body: string;
  trailers: string[];
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('latin1');
}

/** No body: its characters are bytes. */
const unfinished = '\u2026';

/** The last request of a batch: after its answer Node closes. */
const last = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

describe('requests, against a server of Node', () => {
  const seenBy = new Map<Socket, Seen[]>();
  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method, url: target, rawHeaders: fields, socket } = incoming;
    const seen: Seen = { method, target, fields, body: unfinished, trailers: [] };
    // Handlers of pipelined requests end in any order.
    seenBy.get(socket)?.push(seen);
    try {
      seen.body = await bodyOf(incoming);
      seen.trailers = incoming.rawTrailers;
      outgoing.end();
    } catch {
      outgoing.destroy();
    }
  }
  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
  server.on('checkContinue', (_incoming, outgoing) => outgoing.destroy());

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => void server.close());

  /** Complete requests that Node sees. */
  async function seenByNode(bytes: Uint8Array): Promise<Seen[]> {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const client = connect(portOf(server), '127.0.0.1');
    client.on('error', () => {});
    const [socket] = await accepted;
    const seen: Seen[] = [];
    seenBy.set(socket, seen);
    client.resume();
    client.end(bytes);
    await once(client, 'close');
    seenBy.delete(socket);
    return seen.filter(({ body }) => body !== unfinished);
  }

  function seenByFramer(bytes: Uint8Array): { seen: Seen[]; refused: boolean; accepted: boolean } {
    const { messages, error } = readRequests([bytes]);
    const seen = messages
      .filter(({ complete }) => complete)
      .map(({ head: { method, target, fields }, body, trailers }) => ({
        method,
        target,
        fields,
        body,
        trailers,
      }));
    const refused = error !== undefined;
    return { seen, refused, accepted: !refused && seen.at(-1)?.target === '/last' };
  }

  it('well-formed batches are the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 5 }), async (sent) => {
        const bytes = bytesOf(sent.map((each) => each.bytes).join('') + last);
        const { seen, accepted } = seenByFramer(bytes);
        expect(accepted).toBe(true);
        expect(await seenByNode(bytes)).toEqual(seen);
      }),
      { seed: 22, numRuns: fuzzRuns(60) },
    );
  });

  it('damaged ones are never seen in another way, only refused by one or both', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(request, request, damage, async (first, second, harm) => {
        const bytes = bytesOf(damaged(first.bytes + second.bytes, harm) + last);
        const ours = seenByFramer(bytes);
        const node = await seenByNode(bytes);
        if (ours.accepted) accepted += 1;
        const both = Math.min(ours.seen.length, node.length);
        expect(node.slice(0, both)).toEqual(ours.seen.slice(0, both));
        // What is not refused is passed on, so Node must find no further message in it.
        if (!ours.refused) expect(node.length).toBeLessThanOrEqual(ours.seen.length);
      }),
      { seed: 23, numRuns: fuzzRuns(400) },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});

describe('responses, against a client of Node', () => {
  /** Answers the nth request of a connection with the nth response, in pieces. */
  async function seenByNode(
    sent: readonly SentResponse[],
    where: readonly number[],
  ): Promise<Seen[]> {
    const waiting = [...sent];
    const server = createRawServer((socket) => {
      socket.setNoDelay(true);
      let head = '';
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        head += bytes.toString('latin1');
        if (!head.endsWith('\r\n\r\n')) return;
        head = '';
        const answer = waiting.shift();
        if (!answer) return void socket.destroy();
        for (const piece of cut(bytesOf(answer.bytes), where)) socket.write(piece);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<Socket>();
    try {
      const seen: Seen[] = [];
      for (const { method } of sent) {
        const outgoing = httpRequest({
          agent,
          method,
          host: '127.0.0.1',
          port: portOf(server),
          headers: ['Host', 'a', 'Content-Length', '0'],
        });
        outgoing.end();
        const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
        sockets.add(incoming.socket);
        const body = await bodyOf(incoming);
        const { statusCode: status, statusMessage: reason, rawHeaders: fields } = incoming;
        seen.push({ status, reason, fields, body, trailers: incoming.rawTrailers });
      }
      expect(sockets.size).toBe(1);
      return seen;
    } finally {
      agent.destroy();
      server.close();
    }
  }

  it('batches on one connection are the same', async () => {
    const batch = fc.array(response, { minLength: 1, maxLength: 4 });
    const cuts = fc.array(fc.nat(400), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(batch, cuts, async (sent, where) => {
        const bytes = bytesOf(sent.map((each) => each.bytes).join(''));
        const methods = sent.map(({ method }) => method);
        const { messages, error } = readResponses([bytes], methods);
        expect(error).toBeUndefined();
        const seen = messages.map(({ head: { status, reason, fields }, body, trailers }) => ({
          status,
          reason,
          fields,
          body,
          trailers,
        }));
        expect(await seenByNode(sent, where)).toEqual(seen);
      }),
      { seed: 24, numRuns: fuzzRuns(60) },
    );
  });

  const bytesBy = new Map<string, Uint8Array>();
  const server = createRawServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (head) => {
      const key = /^\S+ (\S+)/.exec(head.toString('latin1'))?.[1] ?? '';
      socket.end(bytesBy.get(key) ?? '');
    });
  });
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => void server.close());

  /** The response as Node's client has it once the connection has ended; undefined: refused or cut. */
  async function oneSeenByNode(method: string, bytes: Uint8Array): Promise<Seen | undefined> {
    const path = `/${bytesBy.size}`;
    bytesBy.set(path, bytes);
    const outgoing = httpRequest({
      agent: false,
      method,
      path,
      host: '127.0.0.1',
      port: portOf(server),
      headers: ['Host', 'a', 'Content-Length', '0'],
    });
    // Bytes behind the response fail the request once more.
    outgoing.on('error', () => {});
    outgoing.end();
    try {
      const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
      const body = await bodyOf(incoming);
      const { statusCode: status, statusMessage: reason, rawHeaders: fields } = incoming;
      return { status, reason, fields, body, trailers: incoming.rawTrailers };
    } catch {
      return undefined;
    } finally {
      outgoing.destroy();
    }
  }

  it('damaged ones are never seen in another way, only refused by one or both', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(response, damage, async (sent, harm) => {
        const bytes = bytesOf(damaged(sent.bytes, harm));
        const { messages, error } = readResponses([bytes], [sent.method]);
        const [first] = messages;
        const node = await oneSeenByNode(sent.method, bytes);
        if (!first || !node) return;
        const { head, body, trailers, complete } = first;
        if (!complete && head.framing !== 'until-close') {
          expect(error, 'the framer waits for more, Node does not').toBeDefined();
          return;
        }
        accepted += 1;
        const { status, reason, fields } = head;
        expect(node).toEqual({ status, reason, fields, body, trailers });
      }),
      { seed: 25, numRuns: fuzzRuns(400) },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});
