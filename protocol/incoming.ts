/** Takes a message apart and hands each frame to whom it concerns (`docs/protocol.md` §2). */
import { Flag, FrameType, ProtocolError, readFrame, type FrameView } from './frame.ts';
import { maxMessageBytes } from './limits.ts';

type Take = (message: Uint8Array, view: FrameView) => void;

/** One taker for each type; `message[view.start, view.end)` is the payload. */
export interface FrameTakers {
  readonly [type: number]: Take | undefined;
}

/**
 * Reads the frames of one message in their order, until `isOver`.
 * @throws ProtocolError for a malformed message or an unknown type that is not optional
 */
export function readMessage(
  message: Uint8Array,
  view: FrameView,
  takers: FrameTakers,
  isOver: () => boolean,
): void {
  if (message.length > maxMessageBytes) {
    throw new ProtocolError(`message of ${message.length} bytes`);
  }
  for (let at = 0; at < message.length && !isOver();) {
    readFrame(message, at, view);
    at = view.end;
    const take = takers[view.type];
    if (take) take(message, view);
    else if (!(view.flags & Flag.optional)) {
      throw new ProtocolError(`unknown frame type ${view.type}`);
    }
  }
}

/** Before the peer's HELLO everything else is refused. */
export function helloFirst(takers: FrameTakers, isReady: () => boolean): FrameTakers {
  return Object.fromEntries(
    Object.entries(takers).map(([type, take]) => [
      type,
      (message: Uint8Array, view: FrameView): void => {
        if (view.type !== FrameType.hello && !isReady()) {
          throw new ProtocolError('HELLO must come first');
        }
        take?.(message, view);
      },
    ]),
  );
}
