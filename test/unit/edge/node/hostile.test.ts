/** The Node engine's own sockets between a hostile viewer and a hostile connector. */
import { connect as dial, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Gateway } from '#edge/node/gateway.ts';
import { serversOf, type Servers } from '#edge/node/server.ts';
import { utf8 } from '#protocol/bytes.ts';
import { ResetCode } from '#protocol/frame.ts';
import type { Stream } from '#protocol/stream.ts';
import { connect, ScratchEdge, type FakeConnector } from '../scratch-edge.ts';

const previewDomain = 'preview.example.dev';
const edge = new ScratchEdge();
let servers: Servers;
let tunnel: FakeConnector;
let host = '';
/** Heads of the requests that came out of the tunnel. */
const seen: string[][] = [];
/** What the app, or whoever speaks for it, does with a request. */
let answer: (stream: Stream) => void;

const ok = (stream: Stream): void => {
  stream.head([':status', '200', ':reason', 'OK', 'Content-Length', '2'], false);
  stream.end(utf8('ok'));
};

async function connectAgain(): Promise<void> {
  tunnel = await connect(edge.object(host.split('.')[0] ?? ''), {}, (stream, head) => {
    seen.push(head);
    // The stream is taken when this has returned.
    setImmediate(() => answer(stream));
    return { onHead() {}, onData: (bytes) => stream.consumed(bytes.length), onReset() {} };
  });
}

beforeAll(async () => {
  await edge.open();
  const { key } = await edge.cluster();
  host = `${(await edge.preview(key, { access: 'public' })).body.label}.${previewDomain}`;
  const gateway = new Gateway({ appHost: 'byway.example.com', previewDomain }, edge.directory);
  servers = serversOf(gateway, (_request, response) => response.end('the app host'), undefined);
  await new Promise<void>((resolve) => servers.plain.listen(0, '127.0.0.1', resolve));
  await connectAgain();
});
afterAll(async () => {
  servers.plain.closeAllConnections();
  await new Promise((resolve) => servers.plain.close(resolve));
  tunnel.session.close(1000, 'done');
  await tunnel.closed;
  edge.stop();
});
beforeEach(() => {
  seen.length = 0;
  answer = ok;
});

/** Everything that comes back until the server ends the connection. */
function exchange(text: string): Promise<string> {
  const { port } = servers.plain.address() as AddressInfo;
  return new Promise((resolve) => {
    let all = '';
    const socket = dial(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    socket.on('data', (chunk: Buffer) => (all += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => resolve(all));
  });
}

const request = (...lines: string[]): string => [`Host: ${host}`, ...lines, '', ''].join('\r\n');
const last = 'Connection: close';
const hidden = (): string => `GET /hidden HTTP/1.1\r\n${request()}`;

describe('a viewer', () => {
  it('gets its answer, twice on one connection', async () => {
    const both = await exchange(
      `GET /a HTTP/1.1\r\n${request()}GET /b HTTP/1.1\r\n${request(last)}`,
    );
    expect(both.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(seen.map((head) => head[3])).toEqual(['/a', '/b']);
  });

  const lines: [string, string[]][] = [
    ['two lengths', ['Content-Length: 0', 'Content-Length: 5']],
    ['a list of lengths', ['Content-Length: 0, 5']],
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 5']],
    ['a signed length', ['Content-Length: +5']],
    ['a hexadecimal length', ['Content-Length: 0x5']],
    ['an empty length', ['Content-Length: ']],
    ['chunks that are not last', ['Transfer-Encoding: chunked, identity']],
    ['another encoding', ['Transfer-Encoding: xchunked']],
    ['chunks twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity']],
    ['a blank before the colon', ['Transfer-Encoding : chunked']],
    ['a folded field', ['X: a', ' Transfer-Encoding: chunked']],
    ['a bare CR', ['X: a\rTransfer-Encoding: chunked']],
    ['a zero byte', ['X: a\0b']],
    ['a field without a colon', ['Nonsense']],
  ];
  it.each(lines)('threat 25: hides no second request behind %s', async (_what, fields) => {
    const text = `POST /first HTTP/1.1\r\n${request(...fields)}0\r\n\r\n${hidden()}`;
    const back = await exchange(text);
    expect(back).toMatch(/^HTTP\/1\.1 400 /);
    expect(back.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(seen.map((head) => head[3])).not.toContain('/hidden');
  });

  it.each(['-1', 'zz', '5;\n', '0x5', '1 1', ''])(
    'threat 25: hides no second request behind a chunk of size %j',
    async (size) => {
      const head = `POST /first HTTP/1.1\r\n${request('Transfer-Encoding: chunked')}`;
      const back = await exchange(`${head}${size}\r\n\r\n${hidden()}`);
      expect(back).not.toContain('HTTP/1.1 200');
      expect(seen.map((each) => each[3])).not.toContain('/hidden');
    },
  );

  it('threat 25: brings one body, which the tunnel says the end of', async () => {
    const text = hidden();
    const head = `POST /first HTTP/1.1\r\n${request(`Content-Length: ${text.length}`, last)}`;
    expect((await exchange(head + text)).match(/HTTP\/1\.1 200/g)).toHaveLength(1);
    expect(seen.map((each) => each[3])).toEqual(['/first']);
  });
});

describe('a connector', () => {
  it.each([
    ['CR LF in a value', ['X', 'a\r\nSet-Cookie: evil=1']],
    ['LF in a value', ['X', 'a\nSet-Cookie: evil=1']],
    ['CR LF in a name', ['X\r\nSet-Cookie', 'evil=1']],
    ['a blank in a name', ['Set-Cookie ', 'evil=1']],
    ['a colon in a name', ['Set-Cookie: evil=1; X', 'a']],
  ])('threat 25: writes no field of its own by %s', async (_what, field) => {
    answer = (stream) => {
      try {
        stream.head([':status', '200', ':reason', '', ...field], true);
      } catch {
        stream.reset(ResetCode.protocol);
      }
    };
    const back = await exchange(`GET / HTTP/1.1\r\n${request(last)}`);
    expect(back).toMatch(/^HTTP\/1\.1 502 /);
    expect(back).not.toContain('evil');
  });

  it('threat 25: writes no second answer by its reason', async () => {
    answer = (stream) => {
      stream.head([':status', '200', ':reason', 'OK\r\nSet-Cookie: evil=1', 'A', 'b'], true);
    };
    const back = await exchange(`GET / HTTP/1.1\r\n${request(last)}`);
    expect(back).not.toContain('evil');
    expect(back.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  it.each(['', '0', '99', '600', '2000', '200 OK', 'x', '-200'])(
    'threat 58: that answers with status %j is a 502',
    async (status) => {
      answer = (stream) => stream.head([':status', status, ':reason', ''], true);
      const back = await exchange(`GET / HTTP/1.1\r\n${request(last)}`);
      expect(back).toMatch(/^HTTP\/1\.1 502 /);
    },
  );

  it('threat 58: that sends more fields than a head may have loses its tunnel; viewers get a 502', async () => {
    answer = (stream) => {
      const fields = Array.from({ length: 100_000 }, (_, at) => (at % 2 ? 'v' : `x-${at}`));
      try {
        stream.head([':status', '200', ':reason', '', ...fields], true);
      } catch {
        // Our own side does not send it either.
        tunnel.session.close(1000, 'too large');
      }
    };
    const back = await exchange(`GET / HTTP/1.1\r\n${request(last)}`);
    expect(back).toMatch(/^HTTP\/1\.1 50[23] /);
    await tunnel.closed;
    await connectAgain();
    answer = ok;
    const again = await exchange(`GET / HTTP/1.1\r\n${request(last)}`);
    expect(again).toMatch(/^HTTP\/1\.1 200 /);
  });
});
