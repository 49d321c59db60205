/** HTTP/2 sessions onwards: one for each client connection and destination, made when first needed. */
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect, type Socket } from 'node:net';
import type { InterceptSpec } from '#protocol/control.ts';
import { maxHeadFields } from '#protocol/limits.ts';
import type { PortView } from '../port-view.ts';
import type { Failure } from '../upstream.ts';
import { UpstreamDuplex } from './upstream-duplex.ts';

export interface Onward {
  readonly intercept: InterceptSpec | undefined;
  readonly session: ClientHttp2Session;
  /** The peer's SETTINGS are known: requests before them could be too many. */
  ready: boolean;
  /** Requests that wait for it. */
  readonly waiting: (() => void)[];
  streams: number;
  /** No stream at the last sweep. */
  idle: boolean;
  failure(): Failure;
}

export class Onwards {
  readonly #view: PortView;
  readonly #peer: string;
  readonly #all = new Map<string, Onward>();

  constructor(view: PortView, peer: string) {
    this.#view = view;
    this.#peer = peer;
  }

  to(intercept: InterceptSpec | undefined): Onward {
    const key = intercept?.id ?? '';
    const present = this.#all.get(key);
    if (present && !present.session.closed && !present.session.destroyed) return present;
    const made = intercept ? this.#toLaptop(intercept) : this.#toApp();
    this.#all.set(key, made);
    made.session.on('close', () => {
      if (this.#all.get(key) === made) this.#all.delete(key);
    });
    return made;
  }

  sweep(): void {
    for (const { intercept, session, streams, idle } of this.#all.values()) {
      if (!intercept) continue;
      if (!this.#view.holds(intercept.id) || (idle && streams === 0)) session.close();
    }
    for (const onward of this.#all.values()) onward.idle = onward.streams === 0;
  }

  /** The client is gone. */
  end(): void {
    for (const { session, streams } of this.#all.values()) {
      if (streams === 0) session.close();
      else session.destroy(new Error('the client is gone'));
    }
  }

  #toApp(): Onward {
    const { host, port } = this.#view.app;
    const socket: Socket = connect({ host, port, noDelay: true });
    let failure: Failure = 'refused';
    socket.on('connect', () => {
      failure = 'broken';
    });
    return onwardOf(undefined, socket, () => failure);
  }

  #toLaptop(intercept: InterceptSpec): Onward {
    const duplex = new UpstreamDuplex((events) =>
      this.#view.connect(intercept, () => this.#peer, events),
    );
    return onwardOf(intercept, duplex, () => duplex.failure ?? 'broken');
  }
}

function onwardOf(
  intercept: InterceptSpec | undefined,
  transport: Socket | UpstreamDuplex,
  failure: () => Failure,
): Onward {
  const session = connectHttp2('http://upstream', {
    createConnection: () => transport,
    maxHeaderListPairs: maxHeadFields,
    settings: { enablePush: false },
  });
  const made: Onward = {
    intercept,
    session,
    ready: false,
    waiting: [],
    streams: 0,
    idle: false,
    failure,
  };
  const go = (): void => {
    made.ready = true;
    for (const each of made.waiting.splice(0)) each();
  };
  session.once('remoteSettings', go);
  session.on('error', () => {});
  session.once('close', go);
  return made;
}
