/** A pod's connection, taken on by the service on the laptop. */
import { connect } from 'node:net';
import { ResetCode } from '#protocol/frame.ts';
import { spliceSocket } from '#protocol/splice.ts';
import type { Stream, StreamHandler } from '#protocol/stream.ts';

export interface LocalAddress {
  host: string;
  port: number;
}

export const dialTimeoutMs = 10_000;

/** Dials and joins. A refused dial resets the stream with DIAL_REFUSED, a slow one with DIAL_TIMEOUT. */
export function dialLocal(
  stream: Stream,
  { host, port }: LocalAddress,
  timeoutMs: number = dialTimeoutMs,
): StreamHandler {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
  let connected = false;
  const fail = (code: ResetCode): void => {
    if (connected) return;
    clearTimeout(timer);
    socket.destroy();
    stream.reset(code);
  };
  const timer = setTimeout(() => fail(ResetCode.dialTimeout), timeoutMs);
  socket.once('error', () => fail(ResetCode.dialRefused));
  socket.once('close', () => clearTimeout(timer));
  socket.once('connect', () => {
    connected = true;
    clearTimeout(timer);
    stream.head([], false);
  });
  return spliceSocket(stream, socket, () => connected);
}

/**
 * Keeps what happens on a stream until it is known where the stream goes. The stream's credit bounds
 * what it keeps.
 */
export class Undecided implements StreamHandler {
  over = false;
  readonly #stream: Stream;
  #events: ((handler: StreamHandler) => void)[] = [];

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  onHead(head: string[], fin: boolean): void {
    this.#events.push((handler) => handler.onHead(head, fin));
  }

  onData(bytes: Uint8Array, flags: number, fin: boolean): void {
    this.#events.push((handler) => handler.onData(bytes, flags, fin));
  }

  onReset(): void {
    this.over = true;
    this.#events = [];
  }

  decide(handler: StreamHandler): void {
    this.#stream.handler = handler;
    for (const event of this.#events.splice(0)) event(handler);
  }
}
