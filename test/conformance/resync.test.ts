import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import {
  CloseCode,
  Flag,
  FrameType,
  ProtocolError,
  readFrame,
  ResetCode,
} from '#protocol/frame.ts';
import { helloOf, type Hello } from '#protocol/hello.ts';
import {
  connectionWindowBytes,
  initialStreamWindowBytes,
  maxPayloadBytes,
  maxStreamWindowBytes,
} from '#protocol/limits.ts';
import { resyncFeature } from '#protocol/resync.ts';
import { Session } from '#protocol/session.ts';
import type { Stream } from '#protocol/stream.ts';
import { fuzzRuns } from '../unit/fuzz-runs.ts';
import { open, pair, Recorder, turn, Wire, type End } from './pair.ts';

const plain = helloOf('test', {});
const hello: Hello = { ...plain, features: [resyncFeature] };
/** Credit that runs out often. */
const scarce: Hello = {
  ...hello,
  limits: { ...hello.limits, stream_window_bytes: 65_536, connection_window_bytes: 150_000 },
};
const ws = 2;

type Open = Recorder & { stream: Stream };

/** Runs what is due at the end of the turn. */
function flush(end: End): void {
  for (const task of end.wire.tasks.splice(0)) task();
}

/** The edge loses its memory; what it had handed to the socket is on its way. */
function forget(edge: End, ours: Hello = hello): void {
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
function adopt(edge: End, ...recorders: Recorder[]): void {
  for (const recorder of recorders) {
    recorder.stream = edge.session.adopt(recorder.stream!.id, ws, 'label', recorder);
  }
}

function sleep(edge: End, ...kept: Recorder[]): void {
  forget(edge);
  adopt(edge, ...kept);
  edge.session.resync.ask();
}

/** A WebSocket through the tunnel, with both of its ends. */
function socket(edge: End, connector: End): { viewer: Open; laptop: Open } {
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
function waiting(end: End): ReturnType<typeof frames> {
  return end.wire.sent.flatMap((message) => (typeof message === 'string' ? [] : frames(message)));
}

/** Carries what waits in one direction and nothing else. */
function carry(from: End, to: End, most = Infinity): void {
  flush(from);
  for (const message of from.wire.sent.splice(0, most)) {
    if (typeof message !== 'string') to.session.receive(message.slice());
  }
}

/** `count` bytes that tell their place. */
function numbered(count: number, from = 0): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => placed(from + index));
}

function placed(at: number): number {
  return (at * 31 + (at >> 8) * 7) & 255;
}

/** Every byte once and in its order. */
function expectNumbered(recorder: Recorder, count: number): void {
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

function expectOpen(...ends: End[]): void {
  for (const { closes, session } of ends) {
    expect(closes).toEqual([]);
    expect(session.account).toMatchObject({ queuedBytes: 0, heldBytes: 0, creditWhole: true });
  }
}

describe('[C14] a side that lost its memory', () => {
  it('asks with the ids that it has, is answered with offsets, and every byte goes on', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer, laptop } = socket(edge, connector);
    const size = 3 * initialStreamWindowBytes + 11;
    for (let slept = 0; slept < 4; slept += 1) {
      viewer.stream.write(numbered(size, slept * size));
      laptop.stream.write(numbered(size, slept * size));
      turn(edge, connector);
      sleep(edge, viewer);
      flush(edge);
      expect(waiting(edge)).toEqual([{ type: FrameType.resync, flags: 0, stream: 0, bytes: 4 }]);
      turn(edge, connector);
    }
    expectNumbered(laptop, 4 * size);
    expectNumbered(viewer, 4 * size);
    expect(viewer.stream.sentBytes).toBe(laptop.stream.receivedBytes);
    expect(viewer.stream.receivedBytes).toBe(laptop.stream.sentBytes);
    expect(viewer.stream.sendLimit).toBe(laptop.stream.receiveLimit);
    expect(viewer.stream.receiveLimit).toBe(laptop.stream.sendLimit);
    expect(edge.session.connectionCredit).toBe(
      connector.session.credit.offsets.limit - connector.session.credit.offsets.received,
    );
    expectOpen(edge, connector);
  });

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

  it('takes DATA that is on its way, and holds its own until the answer', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer, laptop } = socket(edge, connector);
    laptop.stream.write(utf8('on its way'));
    flush(connector);
    sleep(edge, viewer);
    viewer.stream.write(utf8('held'), Flag.text);
    viewer.stream.write(new Uint8Array(0), Flag.text);
    flush(edge);
    expect(waiting(edge).map(({ type }) => type)).toEqual([FrameType.resync]);
    carry(connector, edge);
    expect(viewer.log).toEqual(['head :status|101', 'data 10 0']);
    turn(edge, connector);
    expect(laptop.log).toEqual([`data 4 ${Flag.text}`, `data 0 ${Flag.text}`]);
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

  it('takes DATA that comes in one message with the answer', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer, laptop } = socket(edge, connector);
    sleep(edge, viewer);
    carry(edge, connector);
    laptop.stream.write(new Uint8Array(1000));
    flush(connector);
    expect(connector.wire.sent).toHaveLength(1);
    expect(waiting(connector).map(({ type }) => type)).toEqual([FrameType.resync, FrameType.data]);
    turn(edge, connector);
    expect(viewer.bytes).toBe(1000);
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

  it('may open streams before the answer, above all ids that were used', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer } = socket(edge, connector);
    sleep(edge, viewer);
    const request = open(edge, 1);
    request.stream.end(numbered(3 * initialStreamWindowBytes));
    expect(request.stream.id).toBeGreaterThan(viewer.stream.id);
    flush(edge);
    const types = waiting(edge).map(({ type }) => type);
    expect(types).toEqual([FrameType.resync, FrameType.open]);
    turn(edge, connector);
    const asked = connector.opened.at(-1)! as Open;
    expectNumbered(asked, 3 * initialStreamWindowBytes);
    asked.stream.head([':status', '200'], false);
    asked.stream.end(numbered(3 * initialStreamWindowBytes));
    turn(edge, connector);
    expectNumbered(request, 3 * initialStreamWindowBytes);
    expect(edge.session.streams.size).toBe(1);
    expectOpen(edge, connector);
  });

  it('drops streams that the answer does not name, without a word', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer } = socket(edge, connector);
    const ended = socket(edge, connector);
    ended.viewer.stream.reset(ResetCode.cancel);
    turn(edge, connector);
    sleep(edge, viewer, ended.viewer);
    ended.viewer.stream.write(utf8('to nobody'));
    turn(edge, connector);
    expect(ended.viewer.log.at(-1)).toBe(`reset ${ResetCode.originReset} true`);
    expect([...edge.session.streams.keys()]).toEqual([viewer.stream.id]);
    expectOpen(edge, connector);
  });

  it('ends with its tunnel while it waits', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer, laptop } = socket(edge, connector);
    laptop.stream.write(utf8('x'));
    flush(connector);
    sleep(edge, viewer);
    viewer.eager = false;
    carry(connector, edge);
    edge.session.lost(1006, '');
    expect(viewer.log.at(-1)).toBe(`reset ${ResetCode.connectorGone} true`);
    expect(edge.session.account).toMatchObject({ streams: 0, creditWhole: true });
  });

  it('cannot go on where the peer does not speak RESYNC: the tunnel closes with 1001', () => {
    const { edge } = pair(hello, plain);
    forget(edge);
    const failure = caught(() => edge.session.resync.ask());
    expect(failure).toBeInstanceOf(ProtocolError);
    expect((failure as ProtocolError).closeCode).toBe(CloseCode.goingAway);
  });

  it('does not mistake a late answer for a question', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer, laptop } = socket(edge, connector);
    sleep(edge, viewer);
    flush(edge);
    sleep(edge, viewer);
    turn(edge, connector);
    laptop.stream.write(utf8('there'));
    viewer.stream.write(utf8('here'));
    turn(edge, connector);
    expect([viewer.bytes, laptop.bytes]).toEqual([5, 4]);
    expectOpen(edge, connector);
  });
});

describe('[C14] the side that is asked', () => {
  it('ends streams that are not named as if they had been RESET with CANCEL', () => {
    const { edge, connector } = pair(hello, hello);
    const { viewer, laptop } = socket(edge, connector);
    const other = socket(edge, connector);
    other.laptop.eager = false;
    other.viewer.stream.write(new Uint8Array(1000));
    turn(edge, connector);
    other.laptop.stream.write(utf8('on its way'));
    sleep(edge, viewer);
    turn(edge, connector);
    expect(other.laptop.log.at(-1)).toBe(`reset ${ResetCode.cancel} true`);
    expect(laptop.log).toEqual([]);
    expect([...connector.session.streams.keys()]).toEqual([viewer.stream.id]);
    expectOpen(edge, connector);
  });

  it('answers in several frames where there are more than 2,978 streams', () => {
    const { edge, connector } = pair(hello, hello);
    const count = 2979;
    const viewers = Array.from({ length: count }, () => open(edge, ws));
    turn(edge, connector);
    for (const laptop of connector.opened) {
      laptop.stream!.head([':status', '101'], false);
      laptop.stream!.write(utf8('ab'));
    }
    turn(edge, connector);
    sleep(edge, ...viewers);
    carry(edge, connector);
    flush(connector);
    const answer = waiting(connector).filter(({ type }) => type === FrameType.resync);
    expect(answer.map(({ flags, bytes }) => [flags, bytes])).toEqual([
      [Flag.cont, 2978 * 22],
      [0, 2 * 22],
    ]);
    turn(edge, connector);
    for (const viewer of viewers) viewer.stream.write(utf8('c'));
    turn(edge, connector);
    expect(viewers.every(({ stream }) => stream.receivedBytes === 2)).toBe(true);
    expect(connector.opened.every(({ bytes }) => bytes === 1)).toBe(true);
    expectOpen(edge, connector);
  });

  it('answers a question of several frames', () => {
    const { connector } = pair(hello, hello);
    connector.session.receive(resync(new Uint8Array(4), Flag.cont));
    flush(connector);
    expect(waiting(connector)).toEqual([]);
    connector.session.receive(resync(new Uint8Array(4)));
    flush(connector);
    expect(waiting(connector).map(({ type, bytes }) => [type, bytes])).toEqual([
      [FrameType.resync, 22],
    ]);
  });
});

describe('[C14] a hostile peer', () => {
  it.each<[string, Uint8Array]>([
    ['a question with a broken entry', resync(new Uint8Array(6))],
    ['a broken entry before others', resync(new Uint8Array(3), Flag.cont)],
  ])('%s closes with 4400', (_name, message) => {
    const { connector } = pair(hello, hello);
    connector.session.receive(message);
    expect(connector.wire.closedWith?.code).toBe(CloseCode.protocol);
  });

  it.each<[string, Uint8Array]>([
    ['an answer with a broken entry', resync(new Uint8Array(21))],
    ['an answer without the connection', resync(new Uint8Array(0))],
    ['an answer with streams alone', resync(new Uint8Array(22).fill(1))],
  ])('%s closes with 4400', (_name, message) => {
    const { edge, connector } = pair(hello, hello);
    const { viewer } = socket(edge, connector);
    sleep(edge, viewer);
    edge.session.receive(message);
    expect(edge.wire.closedWith?.code).toBe(CloseCode.protocol);
    expect(viewer.log.at(-1)).toBe(`reset ${ResetCode.connectorGone} true`);
    expect(edge.session.account).toMatchObject({ streams: 0, creditWhole: true });
  });

  it.each([
    ['asked', 0],
    ['asked', maxPayloadBytes],
    ['asking', 0],
    ['asking', 2978 * 22],
  ])(
    'RESYNC without end closes the one who is %s with 4400, in frames of %i bytes',
    (who, bytes) => {
      const { edge, connector } = pair(hello, hello);
      sleep(edge);
      const victim = who === 'asked' ? connector : edge;
      const message = resync(new Uint8Array(bytes), Flag.cont);
      let sent = 0;
      for (; !victim.session.closed && sent < 100; sent += 1) victim.session.receive(message);
      expect(sent).toBeLessThan(10);
      expect(victim.wire.closedWith).toEqual({
        code: CloseCode.protocol,
        reason: 'RESYNC without end',
      });
    },
  );

  it.each([
    ['one stream', 1, maxStreamWindowBytes],
    ['all streams', 8, connectionWindowBytes],
  ])(
    'that never answers cannot make the edge hold more than a window of %s',
    (_name, count, most) => {
      const { edge, connector } = pair(hello, hello);
      const viewers = Array.from({ length: count }, () => socket(edge, connector).viewer);
      sleep(edge, ...viewers);
      for (const viewer of viewers) viewer.eager = false;
      const data = (id: number, bytes: number): Uint8Array =>
        frame(FrameType.data, id, new Uint8Array(bytes));
      for (let sent = 0; sent < most; sent += maxPayloadBytes) {
        const viewer = viewers[(sent / maxPayloadBytes) % count]!;
        edge.session.receive(data(viewer.stream.id, maxPayloadBytes));
      }
      expect(edge.closes).toEqual([]);
      expect(edge.session.account.heldBytes).toBe(most);
      edge.session.receive(data(viewers[0]!.stream.id, 1));
      expect(edge.wire.closedWith?.code).toBe(CloseCode.flow);
    },
  );
});

interface Action {
  kind: 'open' | 'viewer' | 'laptop' | 'up' | 'down' | 'read' | 'sleep' | 'end' | 'turn';
  stream: number;
  bytes: number;
}

const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom(
    ...([
      'open',
      'viewer',
      'laptop',
      'up',
      'down',
      'read',
      'sleep',
      'sleep',
      'end',
      'turn',
    ] as const),
  ),
  stream: fc.nat(4),
  bytes: fc.oneof(fc.nat(3), fc.nat(90_000)),
});

/** One WebSocket of the property test, with what each end has sent. */
interface Line {
  viewer: Open;
  laptop: Recorder | undefined;
  viewerSent: number;
  laptopSent: number;
  ended: boolean;
}

it('[C14] in any order of sends, sleeps and wakes no byte is lost or comes twice', () => {
  let slept = 0;
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120, size: 'max' }), (actions) => {
      const { edge, connector } = pair(scarce, scarce);
      const lines: Line[] = [];
      const read = new Map<Recorder, number>();
      connector.accept = (stream) => {
        const laptop = new Recorder();
        laptop.stream = stream;
        laptop.eager = false;
        stream.head([':status', '101'], false);
        connector.opened.push(laptop);
        lines.find(({ viewer }) => viewer.stream.id === stream.id)!.laptop = laptop;
        return laptop;
      };
      const take = (laptop: Recorder): void => {
        laptop.stream!.consumed(laptop.bytes - (read.get(laptop) ?? 0));
        read.set(laptop, laptop.bytes);
      };
      for (const { kind, stream, bytes } of actions) {
        const line = lines[stream];
        if (kind === 'open' && lines.length < 5) {
          const viewer = open(edge, ws) as Open;
          lines.push({ viewer, laptop: undefined, viewerSent: 0, laptopSent: 0, ended: false });
        } else if (kind === 'viewer' && line && !line.ended) {
          line.viewer.stream.write(numbered(bytes, line.viewerSent));
          line.viewerSent += bytes;
        } else if (kind === 'laptop' && line?.laptop && !line.ended) {
          line.laptop.stream!.write(numbered(bytes, line.laptopSent));
          line.laptopSent += bytes;
        } else if (kind === 'up') carry(edge, connector, 1);
        else if (kind === 'down') carry(connector, edge, 1);
        else if (kind === 'read' && line?.laptop) take(line.laptop);
        else if (kind === 'end' && line && !line.ended) {
          line.ended = true;
          line.viewer.stream.reset(ResetCode.cancel);
        } else if (kind === 'turn') turn(edge, connector);
        else if (kind === 'sleep' && mayForget(edge, lines)) {
          slept += 1;
          forget(edge, scarce);
          adopt(edge, ...lines.filter(({ ended }) => !ended).map(({ viewer }) => viewer));
          edge.session.resync.ask();
        }
      }
      for (let moved = -1; moved !== total(connector);) {
        moved = total(connector);
        for (const laptop of connector.opened) take(laptop);
        turn(edge, connector);
      }
      for (const { viewer, laptop, viewerSent, laptopSent } of lines.filter(
        ({ ended }) => !ended,
      )) {
        expectNumbered(laptop!, viewerSent);
        expectNumbered(viewer, laptopSent);
      }
      expectOpen(edge, connector);
      expect([...edge.session.streams.keys()].sort()).toEqual(
        [...connector.session.streams.keys()].sort(),
      );
    }),
    { seed: 14, numRuns: fuzzRuns(300) },
  );
  expect(slept).toBeGreaterThan(500);
}, 120_000);

/** An object sleeps when nothing of it waits: no queue, no answer, and every OPEN was answered. */
function mayForget(edge: End, lines: readonly Line[]): boolean {
  flush(edge);
  const asking = edge.session.connectionCredit === 0;
  const queued = edge.session.outbox.queuedBytes > 0 || !edge.session.outbox.idle;
  const settled = lines.every(({ viewer, ended }) => ended || viewer.log.length > 0);
  return !asking && !queued && settled;
}

function total(connector: End): number {
  return connector.opened.reduce((sum, { bytes }) => sum + bytes, 0);
}

function resync(payload: Uint8Array, flags = 0): Uint8Array {
  return frame(FrameType.resync, 0, payload, flags);
}

function frame(type: number, stream: number, payload: Uint8Array, flags = 0): Uint8Array {
  const length = payload.length;
  const header = [length >> 16, (length >> 8) & 255, length & 255, type, flags, 0, 0, 0];
  const id = [stream >>> 24, (stream >> 16) & 255, (stream >> 8) & 255, stream & 255];
  const made = new Uint8Array(12 + length);
  made.set([...header, ...id]);
  made.set(payload, 12);
  return made;
}

function caught(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
