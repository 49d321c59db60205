/** Where a client's bytes go: the app's socket, or a tunnel stream to a laptop. */
import { connect, type Socket } from 'node:net';
import type { InterceptSpec } from '#protocol/control.ts';
import { ResetCode } from '#protocol/frame.ts';
import type { Stream } from '#protocol/stream.ts';
import type { ConnectorTunnel } from './connector-tunnel.ts';

/** Why an upstream is over. `end`: a clean end after its last byte. */
export type Ending = 'end' | 'refused' | 'broken' | 'away';

export interface UpstreamEvents {
  onData(bytes: Buffer): void;
  onDrain(): void;
  /** Its direction towards the client has ended; called once, before or instead of `onClose`. */
  onEnd(): void;
  onClose(ending: Ending): void;
}

export interface Upstream {
  /** The laptop's intercept; undefined: the app. */
  readonly intercept: InterceptSpec | undefined;
  /** Has carried a request before the present one. */
  reused: boolean;
  /** False: wait for `onDrain`. */
  write(bytes: Buffer): boolean;
  /** Ends our direction. */
  end(): void;
  pause(): void;
  resume(): void;
  /** Breaks off both directions. */
  destroy(): void;
}

export interface Address {
  host: string;
  port: number;
}

export class AppUpstream implements Upstream {
  readonly intercept = undefined;
  reused = false;
  readonly #socket: Socket;

  constructor(app: Address, events: UpstreamEvents) {
    const socket = connect({ ...app, noDelay: true, allowHalfOpen: true });
    this.#socket = socket;
    let failure: Ending = 'end';
    let connected = false;
    socket.on('connect', () => {
      connected = true;
    });
    socket.on('data', (bytes) => events.onData(bytes));
    socket.on('drain', () => events.onDrain());
    socket.on('end', () => events.onEnd());
    socket.on('error', () => {
      failure = connected ? 'broken' : 'refused';
    });
    socket.on('close', () => events.onClose(failure));
  }

  write(bytes: Buffer): boolean {
    return this.#socket.write(bytes);
  }
  end(): void {
    this.#socket.end();
  }
  pause(): void {
    this.#socket.pause();
  }
  resume(): void {
    this.#socket.resume();
  }
  destroy(): void {
    this.#socket.destroy();
  }
}

export class LaptopUpstream implements Upstream {
  readonly intercept: InterceptSpec;
  reused = false;
  readonly #stream: Stream | undefined;
  #paused = false;
  #held = 0;
  #ended = false;

  /** When there is no way to the laptop, `onClose('away')` comes in the next turn. */
  constructor(
    intercept: InterceptSpec,
    peer: string,
    tunnel: ConnectorTunnel,
    events: UpstreamEvents,
  ) {
    this.intercept = intercept;
    this.#stream = tunnel.open(intercept.id, peer, {
      onHead: (_head, fin) => {
        if (fin) this.#onFin(events);
      },
      onData: (bytes, _flags, fin) => {
        if (bytes.length > 0) {
          this.#held += bytes.length;
          events.onData(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
          if (!this.#paused) this.#give();
        }
        if (fin) this.#onFin(events);
      },
      onWritable: () => events.onDrain(),
      onReset: (code) => events.onClose(endingOf(code)),
    });
    if (!this.#stream) queueMicrotask(() => events.onClose('away'));
  }

  write(bytes: Buffer): boolean {
    return this.#stream?.write(bytes) ?? true;
  }
  end(): void {
    this.#stream?.end();
  }
  pause(): void {
    this.#paused = true;
  }
  resume(): void {
    this.#paused = false;
    this.#give();
  }
  destroy(): void {
    this.#give();
    if (!this.#ended || !this.#stream?.localEnded) this.#stream?.reset(ResetCode.cancel);
  }

  #give(): void {
    const bytes = this.#held;
    this.#held = 0;
    if (bytes > 0) this.#stream?.consumed(bytes);
  }

  #onFin(events: UpstreamEvents): void {
    this.#ended = true;
    events.onEnd();
  }
}

function endingOf(code: ResetCode): Ending {
  switch (code) {
    case ResetCode.dialRefused:
    case ResetCode.dialTimeout:
      return 'refused';
    case ResetCode.interceptGone:
    case ResetCode.connectorGone:
    case ResetCode.refused:
      return 'away';
    default:
      return 'broken';
  }
}
