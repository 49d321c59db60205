/** Where agents and laptops knock: two WebSocket paths, by bearer only. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { errorBody } from '#protocol/errors.ts';
import { maxMessageBytes } from '#protocol/limits.ts';
import type { Bearer } from './config.ts';
import type { Owner } from './laptops.ts';

export interface Doors {
  agents: readonly Bearer<string>[];
  laptops: readonly Bearer<Owner>[];
  onAgent(name: string, webSocket: WebSocket): void;
  onLaptop(owner: Owner, webSocket: WebSocket): void;
}

/** Against clients that send their head a byte at a time. */
const headersTimeoutMs = 5_000;
const timeoutCheckMs = 1_000;
const maxHeadBytes = 16 * 1024;

export function listenerOf(doors: Doors): Server {
  const server = createServer({
    maxHeaderSize: maxHeadBytes,
    headersTimeout: headersTimeoutMs,
    requestTimeout: headersTimeoutMs,
    connectionsCheckingInterval: timeoutCheckMs,
  });
  const webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
  });
  server.on('request', (_request, response) => {
    response.writeHead(404, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(errorBody('BW-1005', { path: 'here' })));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, early: Buffer) => {
    socket.on('error', () => {});
    const token =
      /^Bearer ([\x21-\x7e]{1,512})$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const accept = (then: (webSocket: WebSocket) => void): void =>
      webSockets.handleUpgrade(request, socket, early, then);
    if (request.url === '/tunnel/agent') {
      const agent = doors.agents.find((each) => isSame(each.token, token));
      if (agent) return accept((webSocket) => doors.onAgent(agent.who, webSocket));
    } else if (request.url === '/tunnel/laptop') {
      const laptop = doors.laptops.find((each) => isSame(each.token, token));
      if (laptop) return accept((webSocket) => doors.onLaptop(laptop.who, webSocket));
    } else
      return refuse(
        socket,
        '404 Not Found',
        JSON.stringify(errorBody('BW-1005', { path: 'here' })),
      );
    refuse(
      socket,
      '401 Unauthorized\r\nWWW-Authenticate: Bearer',
      JSON.stringify(errorBody('BW-5001')),
    );
  });
  return server;
}

function refuse(socket: Socket, status: string, body: string): void {
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}

/** Hashes have one length, and comparing them tells nothing of the token. */
function isSame(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
