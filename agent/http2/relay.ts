/**
 * One HTTP/2 stream of a client, spoken anew towards the app or a laptop: raw fields in their order,
 * interim answers, trailers and reset codes both ways, at the pace of the slower side.
 */
import {
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type Http2Stream,
  type ServerHttp2Stream,
} from 'node:http2';
import { addAbortSignal } from 'node:stream';
import { fieldOf } from '#protocol/head.ts';
import { renderPage, type Page } from '#protocol/pages.ts';
import { failurePage } from '../failure-page.ts';
import type { PortView } from '../port-view.ts';
import type { Onward } from './onward.ts';

/** Raw arrays are taken and given since Node 24, but for trailers and 1xx; its types lag behind. */
type Raw = never;
type OnRaw = (headers: object, flags: number, raw?: string[]) => void;

export function relay(
  stream: ServerHttp2Stream,
  raw: string[],
  fields: string[],
  onward: Onward,
  view: PortView,
): void {
  stream.on('error', () => {});
  onward.streams += 1;
  stream.once('close', () => {
    onward.streams -= 1;
  });
  let trailers: string[] = [];
  const onTrailers: OnRaw = (_headers, _flags, list) => {
    trailers = list ?? [];
  };
  stream.on('trailers', onTrailers);
  const start = (): void => {
    if (stream.destroyed) return;
    const onFailed = (): void => failed(stream, fields, onward, view);
    attempt(stream, () => {
      const request = requestOf(onward.session, raw, stream.endAfterHeaders);
      if (!request) return onFailed();
      forwardRequest(stream, request, () => trailers);
      forwardAnswer(stream, request, onward.session, onFailed);
    });
  };
  if (onward.ready) start();
  else onward.waiting.push(start);
}

/** `node:http2` throws for fields that it would not send, such as a second Content-Type. */
function attempt(stream: ServerHttp2Stream, task: () => void): void {
  try {
    task();
  } catch {
    stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
  }
}

/** Raw fields for what takes no raw array: values of one name are brought together. */
function joined(raw: readonly string[]): Record<string, string | string[]> {
  const fields = Object.create(null) as Record<string, string | string[]>;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = '', value = ''] = raw.slice(at, at + 2);
    const present = fields[name];
    fields[name] = present === undefined ? value : [present, value].flat();
  }
  return fields;
}

function requestOf(
  session: ClientHttp2Session,
  raw: string[],
  endStream: boolean,
): ClientHttp2Stream | undefined {
  if (session.destroyed || session.closed) return undefined;
  return session.request(raw as Raw, { endStream, waitForTrailers: !endStream });
}

function forwardRequest(
  stream: ServerHttp2Stream,
  request: ClientHttp2Stream,
  trailersOf: () => string[],
): void {
  request.on('wantTrailers', () =>
    attempt(stream, () => request.sendTrailers(joined(trailersOf()))),
  );
  if (!stream.endAfterHeaders) {
    stream.pipe(request, { end: false });
    whenWhole(stream, () => {
      if (!request.writableEnded) request.end();
    });
  }
  stream.on('close', () => breakOff(request, stream.rstCode || constants.NGHTTP2_CANCEL));
}

function forwardAnswer(
  stream: ServerHttp2Stream,
  request: ClientHttp2Stream,
  session: ClientHttp2Session,
  onFailed: () => void,
): void {
  let answered = false;
  let trailers: string[] = [];
  const onInterim: OnRaw = (_headers, _flags, list) => {
    if (!stream.destroyed) attempt(stream, () => stream.additionalHeaders(joined(list ?? [])));
  };
  const onResponse: OnRaw = (_headers, flags, list) => {
    answered = true;
    if (stream.destroyed) return;
    const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    const options = { sendDate: false, endStream, waitForTrailers: !endStream };
    attempt(stream, () => stream.respond((list ?? []) as Raw, options as Raw));
    if (endStream || stream.closed) return;
    request.pipe(stream, { end: false });
    whenWhole(request, () => {
      if (!stream.writableEnded) stream.end();
    });
  };
  const onTrailers: OnRaw = (_headers, _flags, list) => {
    trailers = list ?? [];
  };
  request.on('headers', onInterim);
  request.on('response', onResponse);
  request.on('trailers', onTrailers);
  stream.on('wantTrailers', () => attempt(stream, () => stream.sendTrailers(joined(trailers))));
  request.on('error', () => {});
  request.on('close', () => {
    if (stream.destroyed || stream.closed) return;
    const code = request.rstCode;
    if (answered && code !== constants.NGHTTP2_NO_ERROR) return breakOff(stream, code);
    if (answered) {
      if (!stream.writableEnded) stream.end();
      // Whole before the request was: the rest of that is not wanted (RFC 9113 §8.1).
      if (!stream.readableEnded) stream.close(code);
      return;
    }
    // A session that fails cancels its streams before it says so itself.
    setImmediate(() => {
      if (session.destroyed || code === constants.NGHTTP2_NO_ERROR) onFailed();
      else if (!stream.closed) stream.close(code);
    });
  });
}

/** 'end' comes on a reset as well, which must not look like a whole body; and before trailers do. */
function whenWhole(source: Http2Stream, then: () => void): void {
  source.on('end', () => {
    setImmediate(() => {
      if (source.rstCode === constants.NGHTTP2_NO_ERROR) then();
    });
  });
}

/**
 * `close` with a code would end our direction cleanly before it resets, if that is still open; so the
 * stream is destroyed then, which carries CANCEL or INTERNAL_ERROR only.
 */
function breakOff(stream: Http2Stream, code: number): void {
  if (stream.closed || stream.destroyed) return;
  if (stream.writableEnded) stream.close(code);
  else if (code === constants.NGHTTP2_CANCEL) addAbortSignal(AbortSignal.abort(), stream);
  else stream.destroy(new Error(`reset with ${code}`));
}

function failed(
  stream: ServerHttp2Stream,
  fields: string[],
  { intercept, failure }: Onward,
  view: PortView,
): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  view.counts.failedRequests += 1;
  answerPage(stream, failurePage(intercept, failure(), view.app, fieldOf(fields, 'accept')));
}

export function refuseConnect(stream: ServerHttp2Stream): void {
  stream.on('error', () => {});
  answerPage(stream, renderPage('BW-1004', { method: 'CONNECT' }, undefined));
}

function answerPage(stream: ServerHttp2Stream, { status, fields, body }: Page): void {
  const lower = fields.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text));
  stream.respond([':status', String(status), ...lower] as Raw, { sendDate: false } as Raw);
  // To a HEAD request, `respond` has ended the stream.
  stream.end(stream.writableEnded ? undefined : body);
  // The rest of the request is of no use to anybody (RFC 9113 §8.1).
  if (!stream.endAfterHeaders) stream.close(constants.NGHTTP2_NO_ERROR);
}
