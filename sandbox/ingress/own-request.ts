/** One request through the sandbox's own ingress. */
import {
  request,
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { pipeline, type Duplex } from 'node:stream';
import type { Target } from './ingress.ts';

/** Fields that concern one connection only (RFC 9110 §7.6.1), besides those that Connection names. */
const perConnection = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding'];
const methodsWithBody = new Set(['POST', 'PUT', 'PATCH']);

/** Raw pairs as they came, without what concerns one connection only. */
function endToEnd(message: IncomingMessage, also: readonly string[]): string[] {
  const named = (message.headers.connection ?? '').split(',');
  const dropped = new Set(
    [...perConnection, ...also, ...named].map((name) => name.trim().toLowerCase()),
  );
  const kept: string[] = [];
  const { rawHeaders } = message;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!dropped.has(name.toLowerCase())) kept.push(name, rawHeaders[index + 1] ?? '');
  }
  return kept;
}

/** The client's X-Forwarded fields stay, what it did not say is added. */
function forwarded({ headers, socket }: IncomingMessage): string[] {
  const client = socket.remoteAddress ?? '';
  const before = headers['x-forwarded-for'];
  const fields = [
    'X-Forwarded-For',
    before === undefined ? client : `${String(before)}, ${client}`,
  ];
  const own = {
    'X-Forwarded-Host': headers.host ?? '',
    'X-Forwarded-Proto': 'encrypted' in socket ? 'https' : 'http',
    'X-Forwarded-Port': String(socket.localPort ?? ''),
  };
  for (const [name, value] of Object.entries(own)) {
    if (headers[name.toLowerCase()] === undefined) fields.push(name, value);
  }
  return fields;
}

function outgoingTo(
  { host, port }: Target,
  agent: Agent | false,
  incoming: IncomingMessage,
  more: readonly string[],
): ClientRequest {
  const headers = [
    ...endToEnd(incoming, ['upgrade', 'x-forwarded-for']),
    ...forwarded(incoming),
    ...more,
  ];
  const { method, url } = incoming;
  return request({ host, port, agent, method, path: url, headers } as never);
}

export function forwardRequest(
  target: Target,
  agent: Agent,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  // Node sends a body unframed, behind the request, unless the framing is given.
  const framing = [];
  if (incoming.headers['transfer-encoding'] !== undefined)
    framing.push('Transfer-Encoding', 'chunked');
  else if (
    incoming.headers['content-length'] === undefined &&
    methodsWithBody.has(incoming.method ?? '')
  )
    framing.push('Content-Length', '0');
  const outgoing = outgoingTo(target, agent, incoming, framing);
  outgoing.on('response', (answer) => {
    response.sendDate = false;
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', endToEnd(answer, []));
    // The head of a stream of events goes out before the first of them is there.
    response.write(Buffer.alloc(0));
    pipeline(answer, response, () => {});
  });
  outgoing.on('error', (error) => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end(`upstream: ${error.message}\n`);
  });
  response.once('close', () => {
    if (!response.writableFinished) outgoing.destroy();
  });
  incoming.pipe(outgoing);
}

/** Answers with the upstream's 101 and what follows, or with its refusal; then the client is closed. */
export function forwardUpgrade(
  target: Target,
  incoming: IncomingMessage,
  client: Duplex,
  early: Buffer,
): void {
  const upgrade = ['Connection', 'Upgrade', 'Upgrade', incoming.headers.upgrade ?? ''];
  const outgoing = outgoingTo(target, false, incoming, upgrade);
  outgoing.on('upgrade', (answer, upstream, first) => {
    client.write(headOf(answer, answer.rawHeaders));
    client.write(first);
    upstream.write(early);
    pipeline(upstream, client, () => {});
    pipeline(client, upstream, () => {});
  });
  outgoing.on('response', (answer) => {
    client.write(headOf(answer, [...endToEnd(answer, []), 'Connection', 'close']));
    pipeline(answer, client, () => {});
  });
  outgoing.on('error', () =>
    client.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
  );
  client.once('close', () => outgoing.destroy());
  outgoing.end();
}

function headOf({ statusCode, statusMessage }: IncomingMessage, fields: string[]): Buffer {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let index = 0; index < fields.length; index += 2)
    lines.push(`${fields[index]}: ${fields[index + 1]}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
