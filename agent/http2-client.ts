/**
 * HTTP/2 without TLS (prior knowledge): ended here and spoken anew towards the app or the laptop, so
 * that each stream is matched alone. `docs/decisions/004-agent-terminates-h2c.md` says why.
 */
import {
  connect as connectHttp2,
  constants,
  createServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { InterceptSpec } from '#protocol/control.ts';
import { fieldOf } from '#protocol/head.ts';
import { renderPage } from '#protocol/pages.ts';
import type { Http1Host } from './http1-client.ts';
import type { Ending, Upstream } from './upstream.ts';

export const http2Preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const maxFields = 256;

interface Onward {
  session: ClientHttp2Session;
  ending: Ending | undefined;
}

/** Returns what takes a client's socket whose first bytes were the preface. */
export function http2ProxyOf(host: Http1Host): (socket: Socket, first: Buffer) => void {
  const server = createServer({ maxHeaderListPairs: maxFields });
  server.on('session', (session: ServerHttp2Session) => {
    const onward = new Map<string, Onward>();
    session.on('stream', (stream, _headers, _flags, raw?: string[]) => {
      const fields = (raw ?? []).filter(
        (_text, index, all) => !all[index - (index % 2)]?.startsWith(':'),
      );
      const intercept = host.intercepted ? host.match(fields) : undefined;
      relay(
        stream,
        raw ?? [],
        fields,
        intercept,
        onwardFor(host, onward, intercept, session),
        host,
      );
    });
    session.on('error', () => {});
    session.on('close', () => {
      for (const each of onward.values()) each.session.destroy();
    });
  });
  return (socket, first) => {
    socket.pause();
    socket.unshift(first);
    server.emit('connection', socket);
  };
}

/** One session onwards per client connection and destination. */
function onwardFor(
  host: Http1Host,
  all: Map<string, Onward>,
  intercept: InterceptSpec | undefined,
  client: ServerHttp2Session,
): Onward {
  const key = intercept?.id ?? '';
  const present = all.get(key);
  if (present && !present.session.closed && !present.session.destroyed) return present;
  const duplex = new UpstreamDuplex();
  const { remoteAddress = '', remotePort = 0 } = client.socket ?? {};
  duplex.attach(host.connect(intercept, `${remoteAddress}:${remotePort}`, duplex.events));
  const session = connectHttp2('http://upstream', { createConnection: () => duplex });
  const made: Onward = { session, ending: undefined };
  session.on('error', () => {});
  session.on('close', () => {
    made.ending = duplex.ending;
    if (all.get(key) === made) all.delete(key);
  });
  all.set(key, made);
  return made;
}

function relay(
  stream: ServerHttp2Stream,
  raw: string[],
  fields: string[],
  intercept: InterceptSpec | undefined,
  onward: Onward,
  host: Http1Host,
): void {
  stream.on('error', () => {});
  const request: ClientHttp2Stream = onward.session.request(
    raw as never,
    {
      endStream: stream.endAfterHeaders,
      waitForTrailers: !stream.endAfterHeaders,
    } as never,
  );
  let requestTrailers: string[] = [];
  let answerTrailers: string[] = [];
  let answered = false;
  stream.on(
    'trailers',
    (_headers: object, _flags: number, list?: string[]) => (requestTrailers = list ?? []),
  );
  request.on('wantTrailers', () => request.sendTrailers(requestTrailers as never));
  if (!stream.endAfterHeaders) stream.pipe(request);

  request.on('headers', (_headers: object, _flags: number, list?: string[]) => {
    if (!stream.destroyed) stream.additionalHeaders((list ?? []) as never);
  });
  request.on('response', (_headers: object, flags: number, list?: string[]) => {
    answered = true;
    if (stream.destroyed) return;
    const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    stream.respond(
      (list ?? []) as never,
      { sendDate: false, endStream, waitForTrailers: !endStream } as never,
    );
    if (!endStream) request.pipe(stream, { end: false });
  });
  request.on(
    'trailers',
    (_headers: object, _flags: number, list?: string[]) => (answerTrailers = list ?? []),
  );
  stream.on('wantTrailers', () => stream.sendTrailers(answerTrailers as never));
  request.on('error', () => {});
  request.on('close', () => {
    if (stream.destroyed || stream.closed) return;
    const code = request.rstCode;
    // 'end' comes on truncation too; only a close without a code is a whole answer.
    if (answered && code === constants.NGHTTP2_NO_ERROR && !onward.session.destroyed)
      return void stream.end();
    if (answered) return stream.close(code === 0 ? constants.NGHTTP2_INTERNAL_ERROR : code);
    if (code !== 0 && code !== constants.NGHTTP2_CANCEL) return stream.close(code);
    setImmediate(() => page(stream, fields, intercept, onward.ending, host));
  });
  stream.on('close', () => {
    if (!request.closed)
      request.close(stream.rstCode === 0 ? constants.NGHTTP2_CANCEL : stream.rstCode);
  });
}

function page(
  stream: ServerHttp2Stream,
  fields: string[],
  intercept: InterceptSpec | undefined,
  ending: Ending | undefined,
  host: Http1Host,
): void {
  if (stream.destroyed || stream.headersSent) return;
  const code = !intercept
    ? 'BW-4004'
    : ending === 'away'
      ? 'BW-4002'
      : ending === 'refused'
        ? 'BW-4001'
        : 'BW-4003';
  const parameters = {
    address: host.appAddress,
    intercept: intercept?.name ?? '',
    laptop: intercept?.laptop.name ?? '',
    port: intercept?.laptop.address.replace(/^.*:/, '') ?? '',
  };
  const state = renderPage(code, parameters, fieldOf(fields, 'accept'));
  const lower = state.fields.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text));
  stream.respond([':status', String(state.status), ...lower] as never);
  stream.end(state.body);
}

/** An upstream as a stream for `node:http2`. */
class UpstreamDuplex extends Duplex {
  ending: Ending | undefined;
  #upstream: Upstream | undefined;
  #written: (() => void) | undefined;
  readonly events = {
    onData: (bytes: Buffer): void => {
      if (!this.push(bytes)) this.#upstream?.pause();
    },
    onDrain: (): void => {
      const written = this.#written;
      this.#written = undefined;
      written?.();
    },
    onEnd: (): void => void this.push(null),
    onClose: (ending: Ending): void => {
      this.ending = ending;
      this.destroy(ending === 'end' ? undefined : new Error(`upstream ${ending}`));
    },
  };

  attach(upstream: Upstream): void {
    this.#upstream = upstream;
  }

  override _read(): void {
    this.#upstream?.resume();
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.#upstream?.write(chunk)) done();
    else this.#written = done;
  }
  override _final(done: () => void): void {
    this.#upstream?.end();
    done();
  }
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.ending) this.#upstream?.destroy();
    done(error);
  }
}
