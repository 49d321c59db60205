/**
 * HTTP/2 without TLS (prior knowledge, RFC 9113 §3.3): ended here and spoken anew, so that each stream
 * is matched alone. `docs/decisions/004-agent-terminates-h2c.md` says why.
 */
import { createServer, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { maxHeadFields } from '#protocol/limits.ts';
import type { PortClient, PortView } from '../port-view.ts';
import { Onwards } from './onward.ts';
import { refuseConnect, relay } from './relay.ts';

/** RFC 9113 §3.4. */
export const http2Preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** RFC 9113 §6.5.2 advises at least 100. */
const maxConcurrentStreams = 250;

/** Returns what takes a client's socket whose first bytes were the preface. */
export function http2ClientsOf(view: PortView): (socket: Socket, first: Buffer) => PortClient {
  const server = createServer({
    maxHeaderListPairs: maxHeadFields,
    settings: { maxConcurrentStreams },
  });
  let session: ServerHttp2Session | undefined;
  server.on('session', (made: ServerHttp2Session) => {
    session = made;
  });
  return (socket, first) => {
    socket.pause();
    // HTTP/2 has no use for half a connection; without this its session would outlive the client.
    socket.allowHalfOpen = false;
    socket.unshift(first);
    session = undefined;
    server.emit('connection', socket);
    if (!session) {
      socket.destroy();
      return { drain() {}, sweep() {} };
    }
    return clientOf(session, socket, view);
  };
}

function clientOf(session: ServerHttp2Session, socket: Socket, view: PortView): PortClient {
  const peer = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
  const onwards = new Onwards(view, peer);
  session.on('stream', (stream, headers, _flags, raw: string[] = []) => {
    if (headers[':method'] === 'CONNECT') return refuseConnect(stream);
    const fields = fieldsOf(raw);
    const intercept = view.intercepted ? view.match(fields) : undefined;
    if (intercept) view.counts.laptopRequests += 1;
    else view.counts.appRequests += 1;
    relay(stream, raw, fields, onwards.to(intercept), view);
  });
  session.on('error', () => {});
  session.on('close', () => onwards.end());
  return {
    drain: () => session.close(),
    sweep: () => onwards.sweep(),
  };
}

/** Without the pseudo-header fields, which come first (RFC 9113 §8.3). */
function fieldsOf(raw: string[]): string[] {
  let at = 0;
  while (raw[at]?.startsWith(':')) at += 2;
  return raw.slice(at);
}
