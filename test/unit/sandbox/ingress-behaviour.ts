/** What every ingress of the sandbox does, whichever program it is. */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { request as requestTls } from 'node:https';
import { readFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { makeCertificate, type Certificate } from '#sandbox/certificate.ts';
import { freePort } from '#sandbox/free-port.ts';
import type { IngressOptions, IngressProcess } from '#sandbox/ingress/ingress.ts';
import { tempDir, type TempDir } from '#sandbox/temp-dir.ts';

export type StartIngress = (options: IngressOptions, dir: string) => Promise<IngressProcess>;

interface Answer {
  status: number;
  rawHeaders: string[];
  text: string;
}

/** Resolves with the head; the body is still to be read. */
function open(
  port: number,
  path: string,
  headers: Record<string, string | string[]> = {},
  body: { method: string; parts: readonly Buffer[] } = { method: 'GET', parts: [] },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        port,
        path,
        host: '127.0.0.1',
        agent: false,
        method: body.method,
        headers: { Host: 'shop.example', ...headers },
      },
      resolve,
    );
    outgoing.on('error', reject);
    for (const part of body.parts) outgoing.write(part);
    outgoing.end();
  });
}

async function read(message: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  return { status: message.statusCode ?? 0, rawHeaders: message.rawHeaders, text };
}

const app = {
  /** Ends the answer to `/events`, or writes the next event. */
  events: [] as ((text: string | undefined) => void)[],
  /** `/hold`: resolves when the client of the request is gone. */
  gone: [] as Promise<unknown>[],
};

function startApp(): Promise<Server> {
  const server = createServer((incoming, response) => {
    if (incoming.url === '/events') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 0\n\n');
      app.events.push((text) => (text === undefined ? response.end() : response.write(text)));
    } else if (incoming.url === '/hold') {
      app.gone.push(once(response, 'close'));
      response.writeHead(200).write('held');
    } else if (incoming.url === '/break') {
      response.writeHead(200, { 'Content-Length': '100' }).write('half', () => response.destroy());
    } else if (incoming.url === '/cookies') {
      response.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']).end();
    } else if (incoming.url === '/size') {
      let bytes = 0;
      incoming.on('data', (part: Buffer) => (bytes += part.length));
      incoming.on('end', () => response.end(String(bytes)));
    } else if (incoming.url === '/first') {
      incoming.once('data', (part: Buffer) => {
        response.write(`first ${part.length}`);
        incoming.on('data', () => {}).on('end', () => response.end(' end'));
      });
    } else {
      const { method, url, headers, rawHeaders } = incoming;
      response.end(JSON.stringify({ method, url, headers, rawHeaders }));
    }
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'chat' });
  server.on('upgrade', (incoming, socket, head) => {
    if (incoming.url === '/refused') {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnope');
      return;
    }
    sockets.handleUpgrade(incoming, socket, head, (peer) => {
      peer.on('message', (data, binary) => {
        if (data.toString() === 'close') peer.close(4001, 'as you wish');
        else peer.send(data as Buffer, { binary });
      });
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

export function ingressBehaviour(start: StartIngress): void {
  let dir: TempDir;
  let certificate: Certificate;
  let server: Server;
  let ingress: IngressProcess;
  let port = 0;
  let tlsPort = 0;
  let upstream = '';
  const get = async (...args: Parameters<typeof open>): Promise<Answer> =>
    read(await open(...args));

  beforeAll(async () => {
    dir = tempDir('byway-ingress-');
    server = await startApp();
    upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    certificate = await makeCertificate(join(dir.path, 'tls'), ['shop.example']);
    port = await freePort();
    tlsPort = await freePort();
    ingress = await start(
      {
        listen: { host: '127.0.0.1', port },
        rules: [{ host: 'shop.example', upstream }],
        tls: { port: tlsPort, cert: certificate.certFile, key: certificate.keyFile },
        fallback: { pathPrefix: '/public/', upstream },
      },
      join(dir.path, 'one'),
    );
  });
  afterAll(async () => {
    await ingress?.stop();
    server?.closeAllConnections();
    server?.close();
    dir?.remove();
  });

  it('says where it listens', async () => {
    expect(ingress.url).toBe(`http://127.0.0.1:${port}`);
    expect(ingress.pid).toBeGreaterThan(0);
  });

  it('routes by host, whatever its case and port, and passes path and Host on as they came', async () => {
    const path = '/a/..%2fb?x=1&&y=%20';
    const { status, text } = await get(port, path, { Host: `Shop.Example:${port}` });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      url: path,
      headers: { host: `Shop.Example:${port}` },
    });
  });

  it('answers 404 for a host that it has no rule for', async () => {
    expect(await get(port, '/', { Host: 'other.example' })).toMatchObject({
      status: 404,
      text: 'no such host\n',
    });
  });

  it('sends hosts without a rule to the fallback under its path only', async () => {
    const { text } = await get(port, '/public/x', { Host: 'other.example' });
    expect(JSON.parse(text)).toMatchObject({
      url: '/public/x',
      headers: { host: 'other.example' },
    });
    expect((await get(port, '/publicity', { Host: 'other.example' })).status).toBe(404);
  });

  it('says for whom it asks', async () => {
    const { headers } = JSON.parse((await get(port, '/')).text) as {
      headers: Record<string, string>;
    };
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(port),
    });
  });

  it('keeps what the one before it said about the client', async () => {
    const said = {
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-host': 'amber.preview.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
    };
    const { headers } = JSON.parse((await get(port, '/', said)).text) as {
      headers: Record<string, string>;
    };
    expect(headers).toMatchObject({ ...said, 'x-forwarded-for': '192.0.2.1, 127.0.0.1' });
  });

  it('keeps every Set-Cookie', async () => {
    const { rawHeaders } = await get(port, '/cookies');
    const at = rawHeaders.flatMap((name, index) => (name === 'Set-Cookie' ? [index + 1] : []));
    expect(at.map((index) => rawHeaders[index])).toEqual(['a=1', 'b=2']);
  });

  it('passes server-sent events on one by one', async () => {
    const message = await open(port, '/events');
    message.setEncoding('utf8');
    const next = async (): Promise<string> => ((await once(message, 'data')) as [string])[0];
    expect(await next()).toBe('data: 0\n\n');
    const send = app.events.at(-1)!;
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      const arrives = next();
      send(event);
      expect(await arrives).toBe(event);
    }
    const end = once(message, 'end');
    send(undefined);
    await end;
  });

  it('takes an upload of 64 MiB without keeping it', async () => {
    const part = Buffer.alloc(1024 * 1024, 'x');
    const parts = Array.from({ length: 64 }, () => part);
    const length = { 'Content-Length': String(64 * part.length) };
    expect((await get(port, '/size', length, { method: 'POST', parts })).text).toBe('67108864');
    expect((await get(port, '/size', {}, { method: 'PUT', parts: [part] })).text).toBe('1048576');
  });

  it('passes an upload on while it is still running', async () => {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      path: '/first',
      method: 'POST',
      headers: { Host: 'shop.example' },
    });
    outgoing.write('12345');
    const [message] = (await once(outgoing, 'response')) as [IncomingMessage];
    outgoing.end('rest');
    expect((await read(message)).text).toBe('first 5 end');
  });

  it('frames the body of every method, and a POST without one', async () => {
    const parts = [Buffer.from('GET /evil HTTP/1.1\r\nHost: shop.example\r\n\r\n')];
    const length = { 'Content-Length': String(parts[0]!.length) };
    for (const headers of [length, { 'Transfer-Encoding': 'chunked' }]) {
      const { text } = await get(port, '/get', headers, { method: 'DELETE', parts });
      expect(JSON.parse(text)).toMatchObject({ method: 'DELETE', url: '/get' });
    }
    expect((await get(port, '/size', {}, { method: 'POST', parts: [] })).text).toBe('0');
  });

  it('tells the upstream when the client is gone', async () => {
    const message = await open(port, '/hold');
    await once(message, 'data');
    message.destroy();
    await app.gone.at(-1);
  });

  it('never ends a body cleanly that broke off', async () => {
    await expect(get(port, '/break')).rejects.toThrow('aborted');
  });

  it('answers 502 when nobody listens behind it', async () => {
    const other = await freePort();
    const nobody = await freePort();
    const second = await start(
      {
        listen: { port: other },
        rules: [{ host: 'shop.example', upstream: `http://127.0.0.1:${nobody}` }],
      },
      join(dir.path, 'two'),
    );
    try {
      expect((await get(other, '/')).status).toBe(502);
      const socket = new WebSocket(`ws://127.0.0.1:${other}/`, {
        headers: { Host: 'shop.example' },
      });
      const [error] = (await once(socket, 'error')) as [Error];
      expect(error.message).toContain('502');
    } finally {
      await second.stop();
    }
  });

  it('carries WebSockets: subprotocol, text, binary, 1 MiB, close code', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, ['chat'], {
      headers: { Host: 'shop.example' },
    });
    await once(socket, 'open');
    expect(socket.protocol).toBe('chat');
    const echo = async (data: string | Buffer): Promise<[Buffer, boolean]> => {
      const arrives = once(socket, 'message');
      socket.send(data);
      return (await arrives) as [Buffer, boolean];
    };
    expect((await echo('hällo')).map(String)).toEqual(['hällo', 'false']);
    const big = Buffer.alloc(1024 * 1024, 7);
    const [data, binary] = await echo(big);
    expect(binary).toBe(true);
    expect(data.equals(big)).toBe(true);
    const closed = once(socket, 'close');
    socket.send('close');
    expect((await closed).map(String)).toEqual(['4001', 'as you wish']);
  });

  it('hands the refusal of a WebSocket on', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/refused`, {
      headers: { Host: 'shop.example' },
    });
    const [, message] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(await read(message)).toMatchObject({ status: 403, text: 'nope' });
  });

  it('refuses a WebSocket to a host that it has no rule for', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { Host: 'other.example' } });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('404');
  });

  it('speaks TLS with the certificate that it was given', async () => {
    const outgoing = requestTls({
      host: '127.0.0.1',
      port: tlsPort,
      servername: 'shop.example',
      ca: readFileSync(certificate.caFile),
      headers: { Host: 'shop.example' },
      agent: false,
    }).end();
    const [message] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect(JSON.parse((await read(message)).text)).toMatchObject({
      headers: { 'x-forwarded-proto': 'https', 'x-forwarded-port': String(tlsPort) },
    });
  });

  it('refuses a port that is in use', async () => {
    const options = { listen: { port }, rules: [{ host: 'shop.example', upstream }] };
    await expect(start(options, join(dir.path, 'three'))).rejects.toThrow(/in use/);
  });

  it('ends, open WebSockets included, and frees its port', async () => {
    const again = await freePort();
    const options = { listen: { port: again }, rules: [{ host: 'shop.example', upstream }] };
    const second = await start(options, join(dir.path, 'four'));
    const socket = new WebSocket(`ws://127.0.0.1:${again}/`, {
      headers: { Host: 'shop.example' },
    });
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await second.stop();
    await closed;
    const [error] = (await once(connect(again, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });
}
