/** Keeps one tunnel up from the side that dials: connect, lose, wait, connect again. */
import { Backoff } from './backoff.ts';
import type { Hello } from './hello.ts';
import type { Runtime } from './runtime.ts';
import type { Session, SessionEvents } from './session.ts';
import { startSession, type WebSocketLike } from './tunnel.ts';

/** A WebSocket that is being opened. */
export interface DialledWebSocket extends WebSocketLike {
  on(event: 'open', listener: () => void): unknown;
  on(event: 'message', listener: (data: never, isBinary: boolean) => void): unknown;
  on(event: 'close', listener: (code: number, reason: { toString(): string }) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface DialerOptions {
  /** Begins to open the WebSocket; called for each attempt. May throw. */
  connect(): DialledWebSocket;
  hello(): Hello;
  runtime: Runtime;
  /** Events of each session in turn; `onClose` comes for failed attempts as well. */
  events(session: () => Session | undefined): SessionEvents;
  /** For logs and status: why the last attempt failed, and when the next one comes. */
  onWaiting?(reason: string, delayMs: number): void;
}

export class Dialer {
  session: Session | undefined;
  /** Why there is no session, in words for a person. */
  reason = 'not connected yet';
  readonly #options: DialerOptions;
  readonly #backoff = new Backoff();
  #stopped = false;
  #cancel = (): void => {};

  constructor(options: DialerOptions) {
    this.#options = options;
    this.#attempt();
  }

  /** Up: HELLO has come. */
  get connected(): boolean {
    return this.session?.peer !== undefined && !this.session.closed;
  }

  /** Closes for good. */
  stop(code: number, reason: string): void {
    this.#stopped = true;
    this.#cancel();
    this.session?.close(code, reason);
  }

  #attempt(): void {
    const { runtime } = this.#options;
    let failure = '';
    let ended = false;
    const over = (reason: string): void => {
      if (ended) return;
      ended = true;
      this.#again(reason);
    };
    let webSocket: DialledWebSocket;
    try {
      webSocket = this.#options.connect();
    } catch (error) {
      return over(error instanceof Error ? error.message : String(error));
    }
    webSocket.on('error', (error) => {
      failure = error.message;
    });
    webSocket.on('close', (code, reason) => over(reason.toString() || failure || `closed ${code}`));
    webSocket.on('open', () => {
      let session: Session | undefined;
      const events = this.#options.events(() => session);
      session = startSession(webSocket, 'dialled', this.#options.hello(), runtime, {
        onHello: (peer) => {
          this.#backoff.connected(runtime.now());
          this.reason = '';
          events.onHello(peer);
        },
        onOpen: (stream, head, fin) => events.onOpen(stream, head, fin),
        onControl: (message) => events.onControl(message),
        onGoaway: (reason) => events.onGoaway(reason),
        onClose: (code, reason) => {
          if (this.session === session) this.session = undefined;
          events.onClose(code, reason);
          over(reason || failure || `closed ${code}`);
        },
      });
      this.session = session;
    });
  }

  #again(reason: string): void {
    this.reason = reason;
    if (this.#stopped) return;
    const { runtime } = this.#options;
    const delayMs = this.#backoff.next(runtime.now(), runtime.random());
    this.#options.onWaiting?.(reason, delayMs);
    this.#cancel = runtime.after(delayMs, () => this.#attempt());
  }
}
