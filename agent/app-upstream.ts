/** A connection to the app in the pod. */
import { connect, type Socket } from 'node:net';
import type { Failure, Upstream, UpstreamEvents } from './upstream.ts';

export interface Address {
  host: string;
  port: number;
}

export class AppUpstream implements Upstream {
  readonly intercept = undefined;
  reused = false;
  readonly #socket: Socket;
  #over = false;

  constructor({ host, port }: Address, events: UpstreamEvents) {
    const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
    this.#socket = socket;
    let failure: Failure = 'refused';
    let failed = false;
    socket.on('connect', () => {
      failure = 'broken';
    });
    socket.on('data', (bytes) => events.onData(bytes));
    socket.on('drain', () => events.onDrain());
    socket.on('end', () => {
      if (!this.#over) events.onEnd();
    });
    socket.on('error', () => {
      failed = true;
    });
    socket.on('close', () => {
      if (failed && !this.#over) events.onBroken(failure);
    });
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
  close(): void {
    this.destroy();
  }
  destroy(): void {
    this.#over = true;
    this.#socket.destroy();
  }
}
