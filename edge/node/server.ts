/** The ways in of the Node engine: HTTP/1.1, and TLS with HTTP/2 where there is a certificate. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import {
  createServer as createTlsServer,
  type Server as TlsServer,
  type TLSSocket,
} from 'node:tls';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { maxMessageBytes } from '#protocol/limits.ts';
import { fieldOf } from '#protocol/head.ts';
import { renderPage, type Page } from '#protocol/pages.ts';
import { runtimeOf } from '#protocol/runtime.ts';
import { startSession } from '#protocol/tunnel.ts';
import { bearerOf, tunnelShard } from '../objects/tunnel-request.ts';
import { onlyWebSockets } from '../relay/target.ts';
import { hostValues, type Arriving, type Gateway } from './gateway.ts';
import { answerBadHeads } from './head-overflow.ts';
import { Http2Relay, sendHttp2Page } from './relay-http2.ts';
import { HttpRelay, sendPage } from './relay-http.ts';
import { textOf } from './text.ts';
import { isWebSocket, plainResponse, WebSocketRelay } from './relay-websocket.ts';

const runtime = runtimeOf(globalThis);

const headersTimeoutMs = 30_000;
const maxHeadBytes = 64 * 1024;
/** Streams of one HTTP/2 connection; browsers use up to 100. */
const maxHttp2Streams = 250;

export interface Servers {
  plain: Server;
  tls: TlsServer | undefined;
}

/** `app`: answers the app host. */
export function serversOf(
  gateway: Gateway,
  app: RequestListener,
  certificate: { cert: Buffer; key: Buffer } | undefined,
): Servers {
  const plain = createServer({
    maxHeaderSize: maxHeadBytes,
    requestTimeout: 0,
    headersTimeout: headersTimeoutMs,
    noDelay: true,
  });
  const tunnels = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
  });

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const hosts = hostValues(request.rawHeaders);
    gateway.way(arrivingOf(request), hosts, (way) => {
      if (way.kind === 'relay') {
        new HttpRelay(request, response, way.passage).start(hosts[0] ?? '');
      } else if (way.kind === 'app') app(request, response);
      else if (!response.destroyed) {
        if (request.headers['content-length'] ?? request.headers['transfer-encoding']) {
          way.page.fields.push('Connection', 'close');
        }
        sendPage(response, way.page);
      }
    });
  };
  answerBadHeads(plain, maxHeadBytes);
  plain.on('request', onRequest);
  // The app decides on Expect: its 100 is relayed.
  plain.on('checkContinue', onRequest);
  plain.on('checkExpectation', onRequest);
  plain.on('upgrade', (request: IncomingMessage, socket: Socket, early: Buffer) => {
    onUpgrade(gateway, tunnels, request, socket, early);
  });
  plain.on('connect', (request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => {});
    const state = renderPage(
      'BW-1004',
      { method: 'CONNECT' },
      fieldOf(request.rawHeaders, 'accept'),
    );
    sendPage(plainResponse(request, socket), state);
  });
  return { plain, tls: certificate && tlsServerOf(gateway, plain, certificate) };
}

function onUpgrade(
  gateway: Gateway,
  tunnels: WebSocketServer,
  request: IncomingMessage,
  socket: Socket,
  early: Buffer,
): void {
  socket.on('error', () => {});
  const hosts = hostValues(request.rawHeaders);
  const accept = fieldOf(request.rawHeaders, 'accept');
  const refuse = (state: Page): void => {
    if (!socket.destroyed) sendPage(plainResponse(request, socket), state);
  };
  gateway.way(arrivingOf(request), hosts, (way) => {
    if (way.kind === 'page') return refuse(way.page);
    if (!isWebSocket(request))
      return refuse(renderPage('BW-1003', { reason: onlyWebSockets }, accept));
    if (way.kind === 'relay') {
      return new WebSocketRelay(request, socket, early, way.passage).start(hosts[0] ?? '');
    }
    const shard = tunnelShard(request.url ?? '');
    if (shard === undefined) {
      return refuse(renderPage('BW-1003', { reason: onlyWebSockets }, accept));
    }
    void acceptTunnel(gateway, tunnels, request, socket, early, shard).then(
      (accepted) => accepted || refuse(renderPage('BW-5001', {}, accept)),
    );
  });
}

async function acceptTunnel(
  { directory }: Gateway,
  tunnels: WebSocketServer,
  request: IncomingMessage,
  socket: Socket,
  early: Buffer,
  shard: string,
): Promise<boolean> {
  const token = bearerOf(request.headers.authorization);
  const cluster = token === undefined ? undefined : await directory.ofToken(token, shard);
  if (!cluster || socket.destroyed) return false;
  tunnels.handleUpgrade(request, socket, early, (webSocket) => {
    cluster.accept((hello, events) => startSession(webSocket, 'accepted', hello, runtime, events));
  });
  return true;
}

function arrivingOf(request: IncomingMessage): Arriving {
  const { method = '', url = '', rawHeaders } = request;
  return {
    method,
    target: url,
    fields: rawHeaders,
    text: (maxBytes) => textOf(request, maxBytes),
  };
}

/** TLS is ours, so that HTTP/1.1 and HTTP/2 each go to their own server by ALPN. */
function tlsServerOf(
  gateway: Gateway,
  plain: Server,
  certificate: { cert: Buffer; key: Buffer },
): TlsServer {
  const http2 = createHttp2Server({
    maxHeaderListPairs: 256,
    settings: { maxConcurrentStreams: maxHttp2Streams },
  });
  http2.on('stream', (stream: ServerHttp2Stream, headers, _flags, raw?: string[]) => {
    onHttp2(gateway, stream, headers, raw ?? []);
  });
  const tls = createTlsServer({
    ...certificate,
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: 20_000,
  });
  tls.on('tlsClientError', () => {});
  tls.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => {});
    socket.setNoDelay(true);
    (socket.alpnProtocol === 'h2' ? http2 : plain).emit('connection', socket);
  });
  return tls;
}

function onHttp2(
  gateway: Gateway,
  stream: ServerHttp2Stream,
  headers: Record<string, unknown>,
  raw: string[],
): void {
  const method = String(headers[':method']);
  const target = String(headers[':path'] ?? '');
  const fields = http1Fields(raw);
  const authority = headers[':authority'];
  const hosts = hostValues(fields, typeof authority === 'string' ? authority : undefined);
  const arriving = { method, target, fields, text: (max: number) => textOf(stream, max) };
  gateway.way(arriving, hosts, (way) => {
    if (way.kind === 'page') return sendHttp2Page(stream, way.page);
    // The app host speaks HTTP/1.1; a browser that is told 421 connects anew (RFC 9110 §15.5.20).
    if (way.kind === 'app') return void stream.respond({ ':status': 421 }, { endStream: true });
    const socket = stream.session?.socket;
    const [host = ''] = hosts;
    new Http2Relay(stream, fieldOf(fields, 'accept'), way.passage).start(
      {
        method,
        target,
        fields: [
          'Host',
          host,
          ...fields.filter((_text, index) => fields[index - (index % 2)] !== 'host'),
        ],
        address: (socket?.remoteAddress ?? '').replace(/^::ffff:/, ''),
        scheme: 'https',
        host,
        port: socket?.localPort ?? 0,
      },
      !stream.endAfterHeaders,
    );
  });
}

/** Without pseudo-fields, cookie crumbs joined (RFC 9113 §8.2.3). */
function http1Fields(raw: readonly string[]): string[] {
  const fields: string[] = [];
  let cookieAt = -1;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const value = raw[index + 1] ?? '';
    if (name.charCodeAt(0) === 58) continue;
    if (name === 'cookie' && cookieAt >= 0) fields[cookieAt] += `; ${value}`;
    else fields.push(name, value);
    if (name === 'cookie' && cookieAt < 0) cookieAt = fields.length - 1;
  }
  return fields;
}
