/** Credit over a loss of memory: none is lost, none is used twice. */
import { describe, expect, it } from 'vitest';
import { FrameType } from '#protocol/frame.ts';
import {
  connectionWindowBytes,
  initialStreamWindowBytes,
  maxStreamWindowBytes,
} from '#protocol/limits.ts';
import { open, pair, turn } from './pair.ts';
import {
  adopt,
  carry,
  expectNumbered,
  expectOpen,
  flush,
  forget,
  hello,
  numbered,
  scarce,
  sleep,
  socket,
  waiting,
  ws,
} from './sleeping-edge.ts';

describe('[C14] a side that lost its memory', () => {
  it('goes on beyond the window of the whole connection', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer, laptop } = socket(edge, connector);
    const size = connectionWindowBytes / 2 + 1;
    const bytes = new Uint8Array(size);
    for (let slept = 0; slept < 3; slept += 1) {
      viewer.stream.write(bytes.slice());
      laptop.stream.write(bytes.slice());
      turn(edge, connector);
      sleep(edge, viewer);
      turn(edge, connector);
    }
    expect([viewer.bytes, laptop.bytes]).toEqual([3 * size, 3 * size]);
    expectOpen(edge, connector);
  });

  it('keeps credit for what it took and has not used while it waited', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer, laptop } = socket(edge, connector);
    viewer.eager = false;
    laptop.stream.write(new Uint8Array(1000));
    flush(connector);
    sleep(edge, viewer);
    turn(edge, connector);
    expect(edge.session.account).toMatchObject({ heldBytes: 1000, creditWhole: false });
    viewer.stream.consumed(1000);
    turn(edge, connector);
    expectOpen(edge, connector);
  });

  it.each(['before', 'after'])(
    'takes as much as a window that had grown lets the peer send, %s the answer',
    (when) => {
      const { edge, connector } = pair(hello, hello);
      const { viewer, laptop } = socket(edge, connector);
      viewer.stream.windowBytes = maxStreamWindowBytes;
      laptop.stream.write(new Uint8Array(initialStreamWindowBytes));
      turn(edge, connector);
      const granted = laptop.stream.sendLimit - laptop.stream.sentBytes;
      expect(granted).toBeGreaterThan(maxStreamWindowBytes / 2);
      if (when === 'after') sleep(edge, viewer);
      laptop.stream.write(new Uint8Array(granted));
      flush(connector);
      if (when === 'before') sleep(edge, viewer);
      viewer.eager = false;
      turn(edge, connector);
      expect(viewer.bytes).toBe(initialStreamWindowBytes + granted);
      viewer.eager = true;
      viewer.stream.consumed(granted);
      laptop.stream.write(new Uint8Array(2 * maxStreamWindowBytes));
      turn(edge, connector);
      expect(viewer.bytes).toBe(initialStreamWindowBytes + granted + 2 * maxStreamWindowBytes);
      expectOpen(edge, connector);
    },
  );

  it('sends nothing on credit that comes before the answer, and does not lose it either', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer, laptop } = socket(edge, connector);
    laptop.eager = false;
    viewer.stream.write(numbered(initialStreamWindowBytes));
    turn(edge, connector);
    sleep(edge, viewer);
    const size = 2 * initialStreamWindowBytes;
    viewer.stream.write(numbered(size, initialStreamWindowBytes));
    carry(edge, connector);
    // The answer is made, and then credit that goes out ahead of it.
    laptop.stream.consumed(initialStreamWindowBytes);
    laptop.eager = true;
    flush(connector);
    const types = waiting(connector).map(({ type }) => type);
    expect(types).toEqual([FrameType.window, FrameType.resync]);
    turn(edge, connector);
    expectNumbered(laptop, initialStreamWindowBytes + size);
    expectOpen(edge, connector);
  });

  it('sends nothing when credit of the connection comes before the answer', () => {
    const { edge, connector } = pair(scarce, scarce);
    const { viewer, laptop } = socket(edge, connector);
    const second = socket(edge, connector);
    const third = socket(edge, connector);
    laptop.eager = second.laptop.eager = third.laptop.eager = false;
    for (const each of [viewer, second.viewer, third.viewer]) {
      each.stream.write(new Uint8Array(50_000));
    }
    turn(edge, connector);
    forget(edge, scarce);
    adopt(edge, viewer, second.viewer, third.viewer);
    edge.session.resync.ask();
    const late = open(edge, ws);
    late.stream.write(new Uint8Array(60_000));
    viewer.stream.write(new Uint8Array(60_000));
    for (const each of [laptop, second.laptop, third.laptop]) {
      each.stream.consumed(50_000);
      each.eager = true;
    }
    carry(connector, edge);
    flush(edge);
    expect(waiting(edge).some(({ type }) => type === FrameType.data)).toBe(false);
    turn(edge, connector);
    expect(laptop.bytes).toBe(110_000);
    expect(connector.opened.at(-1)!.bytes).toBe(60_000);
    expectOpen(edge, connector);
  });
});
