/** What a client's connection asks of its port. */
import type { InterceptSpec } from '#protocol/control.ts';
import type { Address } from './app-upstream.ts';
import type { Connect } from './upstream.ts';

/** For the metrics. Those with `Requests` only grow. */
export interface PortCounts {
  clients: number;
  /** Clients whose bytes go by unread. */
  spliced: number;
  appRequests: number;
  laptopRequests: number;
  /** Requests that got a page because the app or the laptop failed. */
  failedRequests: number;
}

export interface PortView {
  readonly counts: PortCounts;
  readonly app: Address;
  /** Clients are to go when their requests are answered. */
  readonly draining: boolean;
  /** Any intercept is on the port. */
  readonly intercepted: boolean;
  /** One that has to read requests is on the port. */
  readonly filtered: boolean;
  holds(interceptId: string): boolean;
  global(): InterceptSpec | undefined;
  /** False: no filter can match a request with this head. */
  mayMatch(head: Buffer): boolean;
  match(fields: readonly string[]): InterceptSpec | undefined;
  connect: Connect;
  /** The framer could not follow. For the log, which names each reason once. */
  onUnreadable(reason: string): void;
}

/** A client as its port sees it. */
export interface PortClient {
  /** Leave when nothing is under way, at once or later. */
  drain(): void;
  /** Close what leads to laptops and is idle since the last sweep, or belongs to no intercept now. */
  sweep(): void;
}
