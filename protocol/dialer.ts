/** Keeps one tunnel up from the side that dials: connect, lose, wait, connect again. */
import { Backoff } from './backoff.ts';
import type { Hello } from './hello.ts';
import type { Runtime } from './runtime.ts';
import type { Session } from './session.ts';
import type { SessionEvents } from './transport.ts';
import { startSession, type WebSocketLike } from './tunnel.ts';

export interface DialerOptions {
  /** Begins to open the WebSocket; called for each attempt. May throw. */
  connect(): WebSocketLike;
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
  /** While the next attempt is still to come. */
  #cancel: (() => void) | undefined;

  constructor(options: DialerOptions) {
    this.#options = options;
    this.#attempt();
  }

  /** Up: HELLO has come. */
  get connected(): boolean {
    return this.session?.peer !== undefined && !this.session.closed;
  }

  /** Another tunnel to the same end has come up: the wait for the next attempt is over (`Backoff.hurry`). */
  hurry(): void {
    if (this.#stopped || !this.#cancel || !this.#backoff.hurry()) return;
    this.#cancel();
    this.#attempt();
  }

  /** Closes for good. */
  stop(code: number, reason: string): void {
    this.#stopped = true;
    this.#cancel?.();
    this.session?.close(code, reason);
  }

  #attempt(): void {
    this.#cancel = undefined;
    const { runtime } = this.#options;
    let failure = '';
    let ended = false;
    const over = (reason: string): void => {
      if (ended) return;
      ended = true;
      this.#again(reason);
    };
    let webSocket: WebSocketLike;
    try {
      webSocket = this.#options.connect();
    } catch (error) {
      return over(error instanceof Error ? error.message : String(error));
    }
    webSocket.on('error', (error: Error) => {
      failure = error.message;
    });
    webSocket.on('close', (code: number, reason: { toString(): string }) => {
      over(reason.toString() || failure || `closed ${code}`);
    });
    webSocket.on('open', () => {
      const events = this.#options.events(() => session);
      const session: Session = startSession(webSocket, 'dialled', this.#options.hello(), runtime, {
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
