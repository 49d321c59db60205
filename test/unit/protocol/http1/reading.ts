/** Reads whole connections with the framer, as agent and connector do, from pieces of any size. */
import { BodyFollower } from '#protocol/http1/body.ts';
import {
  findHeadEnd,
  Http1Error,
  parseRequestHead,
  parseResponseHead,
  type RequestHead,
  type ResponseHead,
} from '#protocol/http1/head.ts';

export interface Message<Head> {
  head: Head;
  /** Latin-1. */
  body: string;
  trailers: string[];
  complete: boolean;
}

export interface Reading<Head> {
  messages: Message<Head>[];
  error: Http1Error | undefined;
}

export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function read<Head extends RequestHead | ResponseHead>(
  pieces: readonly Uint8Array[],
  parse: (bytes: Uint8Array, end: number, index: number) => Head,
): Reading<Head> {
  const messages: Message<Head>[] = [];
  const body = new BodyFollower();
  let current: Message<Head> | undefined;
  let pending: Buffer = Buffer.alloc(0);
  let searched = 0;
  const onData = (data: Uint8Array): void => {
    if (current) current.body += Buffer.from(data).toString('latin1');
  };
  const finish = (): void => {
    if (!current || !body.done) return;
    current.trailers = body.trailers;
    current.complete = true;
    current = undefined;
  };
  try {
    for (const piece of pieces) {
      pending = Buffer.concat([pending, piece]);
      while (pending.length > 0) {
        if (current) {
          pending = pending.subarray(body.follow(pending, 0, pending.length, onData));
          finish();
          continue;
        }
        const end = findHeadEnd(pending, Math.max(0, searched - 3));
        searched = end < 0 ? pending.length : 0;
        if (end < 0) break;
        const head = parse(pending, end, messages.length);
        current = { head, body: '', trailers: [], complete: false };
        messages.push(current);
        body.start(head.framing);
        pending = pending.subarray(end);
        finish();
      }
    }
    return { messages, error: undefined };
  } catch (error) {
    if (!(error instanceof Http1Error)) throw error;
    return { messages, error };
  }
}

export function readRequests(pieces: readonly Uint8Array[]): Reading<RequestHead> {
  return read(pieces, (bytes, end) => parseRequestHead(bytes, 0, end));
}

/** `methods`: of the requests that are answered, in order; GET beyond them. */
export function readResponses(
  pieces: readonly Uint8Array[],
  methods: readonly string[] = [],
): Reading<ResponseHead> {
  return read(pieces, (bytes, end, index) =>
    parseResponseHead(bytes, 0, end, methods[index] ?? 'GET'),
  );
}

/** Cut at each of `cuts`, in any order; those beyond the end do nothing. */
export function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const inside = [...new Set(cuts)].filter((at) => at > 0 && at < bytes.length);
  const edges = [0, ...inside.sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
}

export function everyByte(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
}
