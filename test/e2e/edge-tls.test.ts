import { mkdirSync } from 'node:fs';
import {
  connect as connectHttp2,
  constants,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
} from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '#sandbox/certificate.ts';
import { freePort } from '#sandbox/free-port.ts';
import { World } from './world.ts';

const world = new World();
let port = 0;
let ca: Buffer;
let host = '';
let session: ClientHttp2Session;

beforeAll(async () => {
  port = await freePort();
  const dir = join(world.dir, 'tls');
  mkdirSync(dir);
  const files = await makeCertificate(dir, ['*.preview.localhost', 'byway.localhost']);
  ca = readFileSync(files.caFile);
  await world.start(
    (_request, response) => response.end('cluster'),
    (request, response) => {
      if (request.url === '/broken') {
        response.writeHead(200, { 'Content-Length': 100 });
        return void response.write('part', () => request.socket.destroy());
      }
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        response.setHeader('Set-Cookie', ['a=1', 'b=2']);
        response.end(
          `${request.method} ${request.headers['x-forwarded-proto']} ${request.headers.cookie ?? ''} ${Buffer.concat(parts).length}`,
        );
      });
    },
    {},
    { tls: { listen: { port }, certificate_file: files.certFile, key_file: files.keyFile } },
  );
  host = new URL((await world.intercept()).preview!.url).hostname;
  session = connectHttp2(`https://${host}:${port}`, {
    ca,
    createConnection: () =>
      connectTls({ host: '127.0.0.1', port, servername: host, ca, ALPNProtocols: ['h2'] }),
  });
});
afterAll(async () => {
  if (process.env.DEBUG_EDGE) process.stderr.write(world.stack.part('edge').errors());
  session?.close();
  await world.stop();
});

function h2(
  headers: Record<string, string>,
  body?: Buffer,
): Promise<{ headers: IncomingHttpHeaders; text: string; code: number }> {
  return new Promise((resolve) => {
    const stream = session.request({ ':path': '/', ...headers });
    let head: IncomingHttpHeaders = {};
    let text = '';
    stream.on('response', (received) => (head = received));
    stream.on('data', (part: Buffer) => (text += part.toString()));
    stream.on('error', () => {});
    stream.on('close', () => resolve({ headers: head, text, code: stream.rstCode }));
    stream.end(body);
  });
}

describe('TLS with HTTP/2', () => {
  it('relays requests with and without a body, cookies joined, Set-Cookie kept apart', async () => {
    const get = await h2({ cookie: 'x=1' });
    expect(get.text).toBe('GET https x=1 0');
    expect(get.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    const post = await h2({ ':method': 'POST' }, Buffer.alloc(300_000));
    expect(post.text).toBe('POST https  300000');
  });

  it('resets a stream whose answer breaks off', async () => {
    const broken = await h2({ ':path': '/broken' });
    expect(broken.code).not.toBe(constants.NGHTTP2_NO_ERROR);
  });

  it('answers HTTP/1.1 by ALPN, and unknown labels with 401', async () => {
    const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const call = httpsRequest(
        {
          host: '127.0.0.1',
          port,
          servername: host,
          ca,
          agent: false,
          headers: { Host: `${host}:${port}` },
        },
        (response) => {
          let text = '';
          response.on('data', (part: Buffer) => (text += part.toString()));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        },
      );
      call.on('error', reject);
      call.end();
    });
    expect(answer).toEqual({ status: 200, text: 'GET https  0' });
    const unknown = await h2({ ':authority': `nobody.preview.localhost:${port}` });
    expect(unknown.headers[':status']).toBe(401);
  });

  it('comes to rest', async () => {
    await world.quiet();
  });
});
