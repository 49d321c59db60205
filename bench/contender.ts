/** What a contender is to the rest of the benchmark. */
import type { Child } from './children.ts';

/** The server behind every contender. */
export interface Origin {
  readonly host: string;
  readonly port: number;
  /** `http://host:port` */
  readonly url: string;
  /** Whether `POST /sink` tells how many bytes arrived. */
  readonly countsUploads: boolean;
  /** Whether it has `/events`, `/socket` and `/served`. */
  readonly lasts: boolean;
}

export interface Running {
  /** `http://host:port`, without a path. */
  readonly url: string;
  /** Host header to send instead of the URL's. */
  readonly hostHeader?: string;
  /** The processes whose CPU and memory count; none where that says nothing. */
  readonly pids: readonly number[];
  /** Of these, the workerd; whoever has one is asked what a slow reader makes it hold. */
  readonly workerdPids?: readonly number[];
  /** Streams of its tunnel that are open now; without it, the origin is asked whom it serves. */
  openStreams?(): Promise<number>;
  stop(): Promise<void>;
}

export interface Contender {
  readonly id: string;
  /** First cell of its row. */
  readonly name: string;
  /** It answers `GET /1k` and nothing else. */
  readonly smallOnly?: true;
  /**
   * Starts it on free ports of 127.0.0.1; it need not answer yet when this resolves.
   * `folder` is empty and is removed after the run.
   * @throws Unavailable with the text for its row
   */
  start(origin: Origin, folder: string): Promise<Running>;
}

export async function stopAll(children: readonly Child[]): Promise<void> {
  await Promise.all(children.map((child) => child.stop()));
}
