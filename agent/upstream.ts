/** Where a client's bytes go: the app's socket, or a tunnel stream to a laptop. */
import type { InterceptSpec } from '#protocol/control.ts';

/** Why an upstream broke off. `away`: there is no way to the laptop at the moment. */
export type Failure = 'refused' | 'broken' | 'away';

/** None of these comes from within `connect`, nor after `close` or `destroy`. */
export interface UpstreamEvents {
  /** The bytes are the receiver's. */
  onData(bytes: Buffer): void;
  /** After a `write` that returned false: there is room again. */
  onDrain(): void;
  /** A clean end after its last byte. Our direction is open still. */
  onEnd(): void;
  /** Both directions are gone; may also come after `onEnd`. */
  onBroken(failure: Failure): void;
}

export interface Upstream {
  /** The laptop's intercept; undefined: the app. */
  readonly intercept: InterceptSpec | undefined;
  /** Has carried a whole request before the present one. */
  reused: boolean;
  /** False: wait for `onDrain`. */
  write(bytes: Buffer): boolean;
  /** Ends our direction. */
  end(): void;
  pause(): void;
  resume(): void;
  /** For an idle upstream: the other side sees a clean end. */
  close(): void;
  /** Breaks off both directions; the other side sees it. */
  destroy(): void;
}

/** `peer`: address of the client, for the laptop's log. */
export type Connect = (
  intercept: InterceptSpec | undefined,
  peer: () => string,
  events: UpstreamEvents,
) => Upstream;
