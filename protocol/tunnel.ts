/**
 * A session on a WebSocket with the interface of the `ws` package: wires the events, asks for life
 * signs, and gives up a peer that says nothing. The WebSocket itself is opened by the caller, with
 * `perMessageDeflate: false` and `maxPayload: maxMessageBytes`.
 */
import { CloseCode } from './frame.ts';
import type { Hello } from './hello.ts';
import { helloTimeoutMs, keepAliveMs } from './limits.ts';
import type { Runtime } from './runtime.ts';
import { Session } from './session.ts';
import type { SessionEvents } from './transport.ts';

/** What of `ws`'s WebSocket is used. */
export interface WebSocketLike {
  readonly bufferedAmount: number;
  send(data: Uint8Array | string, written?: (error?: Error | null) => void): void;
  close(code: number, reason: string): void;
  terminate(): void;
  /** `message` (data, isBinary), `close` (code, reason), `error` (error), `open` (). */
  on(event: string, listener: (...values: never[]) => void): unknown;
}

/** A WebSocket that ignores our close frame is cut after this. */
const closeGraceMs = 2_000;

export function startSession(
  webSocket: WebSocketLike,
  side: 'accepted' | 'dialled',
  hello: Hello,
  runtime: Runtime,
  events: SessionEvents,
): Session {
  let failure = '';
  let cancelTimer = (): void => {};
  const stop = (): void => cancelTimer();
  const written = (): void => session.written();
  const session: Session = new Session(
    side,
    hello,
    {
      get queuedBytes() {
        return webSocket.bufferedAmount;
      },
      send: (message) => webSocket.send(message, written),
      sendText: (text) => webSocket.send(text),
      close(code, reason) {
        webSocket.close(code, reason);
        runtime.after(closeGraceMs, () => webSocket.terminate());
      },
      defer: (task, busy) => runtime.defer(task, busy),
      now: () => runtime.now(),
      moved: (bytes) => runtime.moved(bytes),
    },
    {
      ...bound(events),
      onClose(code, reason) {
        stop();
        events.onClose(code, reason);
      },
    },
  );
  const beat = (): void => {
    if (!session.peer) return session.close(CloseCode.timeout, 'no HELLO');
    session.keepAlive();
    schedule(keepAliveMs);
  };
  // Jitter keeps the tunnels of a restarted edge from beating in step.
  const schedule = (delayMs: number): void => {
    if (!session.closed)
      cancelTimer = runtime.after(delayMs * (0.8 + 0.2 * runtime.random()), beat);
  };
  schedule(helloTimeoutMs);
  webSocket.on('message', (data: Uint8Array, isBinary: boolean) => {
    if (isBinary) session.receive(data);
    else session.receiveText(String(data));
  });
  webSocket.on('error', (error: Error) => {
    failure = error.message;
  });
  webSocket.on('close', (code: number, reason: { toString(): string }) => {
    session.lost(code, reason.toString() || failure);
  });
  return session;
}

function bound(events: SessionEvents): Omit<SessionEvents, 'onClose'> {
  return {
    onHello: (peer) => events.onHello(peer),
    onOpen: (stream, head, fin) => events.onOpen(stream, head, fin),
    onControl: (message) => events.onControl(message),
    onGoaway: (reason) => events.onGoaway(reason),
  };
}
