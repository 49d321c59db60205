/** What a session asks of the one WebSocket under it, and what it tells its owner. */
import type { ResetCode } from './frame.ts';
import type { Hello } from './hello.ts';
import type { Stream, StreamHandler } from './stream.ts';

/** One WebSocket, as the session sees it. */
export interface Transport {
  /** Sends one binary message; its bytes are the transport's until it calls `session.written`. */
  send(message: Uint8Array): void;
  /** Whether `send` takes a copy: the bytes are free again when it returns. */
  readonly copies?: boolean;
  sendText(text: string): void;
  close(code: number, reason: string): void;
  /** Bytes handed over and not yet written to the network. */
  readonly queuedBytes: number;
  /** Runs `task` at the end of this turn of the event loop; `busy`: rather a little later. */
  defer(task: () => void, busy: boolean): void;
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** To be told of payload bytes that went through. */
  moved(bytes: number): void;
}

export interface SessionEvents {
  /** The peer's HELLO came; from now on streams may be opened. Throw ProtocolError to refuse. */
  onHello(peer: Hello): void;
  /**
   * The peer opened a stream. Return its handler, or a code to refuse it with. With `fin` the
   * peer sends nothing further. The handler's first event may come before the next turn.
   */
  onOpen(stream: Stream, head: string[], fin: boolean): StreamHandler | ResetCode;
  onControl(message: Record<string, unknown>): void;
  /** The peer drains: open new streams elsewhere. */
  onGoaway(reason: string): void;
  /** The session is over; its streams have been reset. Called once. */
  onClose(code: number, reason: string): void;
}
