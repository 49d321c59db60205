/** What a relay knows of whom it serves, and how the object that let them in gets at it again. */
import { ResetCode } from '#protocol/frame.ts';
import type { Session } from '#protocol/session.ts';
import type { Stream, StreamHandler } from '#protocol/stream.ts';
import type { Banner } from '../banner/tail.ts';
import type { ViewerKey } from '../objects/leases.ts';

/** A request that was let in. */
export interface Passage {
  readonly session: Session;
  readonly label: string;
  /** Leases that it lives by; none: everybody may come in. */
  readonly keys: readonly ViewerKey[];
  readonly openedMs: number;
  /** Nothing between app and viewer may keep the answer (threat 28). */
  readonly isPrivate: boolean;
  /** A session that goes on: a `Set-Cookie` value for the answer. */
  readonly setCookie?: string | undefined;
  /** For a page that a person has opened. */
  readonly banner?: Banner | undefined;
  /** Bytes to a stranger. True: the day's quota is used up, end it. */
  readonly sent?: ((bytes: number) => boolean) | undefined;
}

/** The handler of every stream that is opened towards a connector. */
export interface Served extends StreamHandler {
  readonly passage: Passage;
  /**
   * Access has ended. What was not answered yet gets the page of a stranger, a body is cut, a WebSocket
   * closes with 4403.
   */
  withdraw(): void;
}

/** Close code of a WebSocket whose viewer may no longer see the preview; the field's 403. */
export const forbiddenCloseCode = 4403;

export function servedBy(stream: Stream): Served {
  // The connector opens no streams: each has been opened by one of our relays.
  return stream.handler as Served;
}

/**
 * Ends what is open and `isOver` says is to be. A relay that throws keeps no other one open; `onFault`
 * hears of it.
 */
export function endServed(
  session: Session | undefined,
  isOver: (passage: Passage) => boolean,
  onFault: (error: unknown) => void,
): void {
  for (const stream of session?.streams.values() ?? []) {
    const served = servedBy(stream);
    if (!isOver(served.passage)) continue;
    try {
      stream.reset(ResetCode.cancel);
      served.withdraw();
    } catch (error) {
      onFault(error);
    }
  }
}
