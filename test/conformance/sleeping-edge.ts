/** An edge that loses its memory in the middle of streams, and a network that moves when it is told to. */
import { expect } from 'vitest';
import { FrameType, readFrame, ResetCode } from '#protocol/frame.ts';
import { helloOf, type Hello } from '#protocol/hello.ts';
import { resyncFeature } from '#protocol/resync.ts';
import { Session } from '#protocol/session.ts';
import type { Stream } from '#protocol/stream.ts';
import { frame, open, turn, Wire, type End, type Recorder } from './pair.ts';

export const plain = helloOf('test', {});
export const hello: Hello = { ...plain, features: [resyncFeature] };
/** Credit that runs out often. */
export const scarce: Hello = {
  ...hello,
  limits: { ...hello.limits, stream_window_bytes: 65_536, connection_window_bytes: 150_000 },
};
export const ws = 2;

export type Open = Recorder & { stream: Stream };

/** Runs what is due at the end of the turn. */
export function flush(end: End): void {
  for (const task of end.wire.tasks.splice(0)) task();
}

/** The edge loses its memory; what it had handed to the socket is on its way. */
export function forget(edge: End, ours: Hello = hello): void {
  flush(edge);
  const { peer, nextStreamId } = edge.session;
  const wire = new Wire();
  wire.sent = edge.wire.sent.splice(0);
  const session = new Session(
    'accepted',
    ours,
    wire,
    {
      onHello() {},
      onOpen: () => ResetCode.refused,
      onControl: (message) => edge.control.push(message),
      onGoaway: (reason) => edge.goaways.push(reason),
      onClose: (code, reason) => edge.closes.push({ code, reason }),
    },
    { peer: peer!, nextId: nextStreamId + 8192 },
  );
  Object.assign(edge, { wire, session });
}

/** Takes streams over, with the recorders that they had. */
export function adopt(edge: End, ...recorders: Recorder[]): void {
  for (const recorder of recorders) {
    recorder.stream = edge.session.adopt(recorder.stream!.id, ws, 'label', recorder);
  }
}

export function sleep(edge: End, ...kept: Recorder[]): void {
  forget(edge);
  adopt(edge, ...kept);
  edge.session.resync.ask();
}

/** A WebSocket through the tunnel, with both of its ends. */
export function socket(edge: End, connector: End): { viewer: Open; laptop: Open } {
  const viewer = open(edge, ws) as Open;
  turn(edge, connector);
  const laptop = connector.opened.at(-1)! as Open;
  laptop.stream.head([':status', '101'], false);
  turn(edge, connector);
  return { viewer, laptop };
}

function frames(
  message: Uint8Array,
): { type: number; flags: number; stream: number; bytes: number }[] {
  const found = [];
  const view = { type: 0, flags: 0, stream: 0, start: 0, end: 0 };
  for (let at = 0; at < message.length; at = view.end) {
    readFrame(message, at, view);
    const { type, flags, stream } = view;
    found.push({ type, flags, stream, bytes: view.end - view.start });
  }
  return found;
}

/** Frames that wait in the pipe. */
export function waiting(end: End): ReturnType<typeof frames> {
  return end.wire.sent.flatMap((message) => (typeof message === 'string' ? [] : frames(message)));
}

/** Carries what waits in one direction and nothing else. */
export function carry(from: End, to: End, most = Infinity): void {
  flush(from);
  for (const message of from.wire.sent.splice(0, most)) {
    if (typeof message !== 'string') to.session.receive(message.slice());
  }
}

/** `count` bytes that tell their place. */
export function numbered(count: number, from = 0): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => placed(from + index));
}

function placed(at: number): number {
  return (at * 31 + (at >> 8) * 7) & 255;
}

/** Every byte once and in its order. */
export function expectNumbered(recorder: Recorder, count: number): void {
  expect(recorder.bytes).toBe(count);
  let at = 0;
  let wrong = -1;
  for (const part of recorder.data) {
    for (const byte of part) {
      if (wrong < 0 && byte !== placed(at)) wrong = at;
      at += 1;
    }
  }
  expect(wrong).toBe(-1);
}

export function expectOpen(...ends: End[]): void {
  for (const { closes, session } of ends) {
    expect(closes).toEqual([]);
    expect(session.account).toMatchObject({ queuedBytes: 0, heldBytes: 0, creditWhole: true });
  }
}

export function resync(payload: Uint8Array, flags = 0): Uint8Array {
  return frame(FrameType.resync, 0, payload, flags);
}
