import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { headBytes, readHead, writeHead } from '#protocol/head.ts';
import { helloOf } from '#protocol/hello.ts';
import { end, open, pair, Recorder, turn, type End } from '../../conformance/pair.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

const text = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});

it('a head comes back as it went, byte for byte', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 40 }), (pairs) => {
      const head = pairs.flat();
      const bytes = new Uint8Array(headBytes(head) + 8);
      expect(writeHead(bytes, 4, head)).toBe(bytes.length - 4);
      expect(readHead(bytes, 4, bytes.length - 4)).toEqual(head);
    }),
    { seed: 1 },
  );
});

it('whatever bytes come, a session closes or goes on: it never throws and holds nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (messages) => {
      const { connector } = pair();
      for (const message of messages) connector.session.receive(message);
      expect(connector.session.account.heldBytes).toBe(0);
      expect(connector.session.streams.size).toBeLessThanOrEqual(messages.length * 16);
    }),
    { seed: 2, numRuns: fuzzRuns(300) },
  );
});

interface Action {
  kind: 'open' | 'write' | 'answer' | 'read' | 'end' | 'reset' | 'stick' | 'turn';
  stream: number;
  bytes: number;
}

const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom('open', 'write', 'answer', 'read', 'end', 'reset', 'stick', 'turn'),
  stream: fc.nat(7),
  bytes: fc.nat(90_000),
});

/** A small window makes credit run out often. */
function small(): ReturnType<typeof helloOf> {
  const hello = helloOf('test', {});
  const limits = { ...hello.limits, stream_window_bytes: 65_536, connection_window_bytes: 150_000 };
  return { ...hello, limits };
}

it('in any order of actions: no byte is lost or added, credit is kept, everything comes to rest', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
      const { edge, connector } = pair(small(), small());
      connector.accept = (stream) => {
        const recorder = new Recorder();
        recorder.stream = stream;
        recorder.eager = false;
        connector.opened.push(recorder);
        return recorder;
      };
      const requests: { recorder: ReturnType<typeof open>; sent: number; given: number }[] = [];
      for (const each of actions) {
        const request = requests[each.stream];
        const other = connector.opened[each.stream];
        if (each.kind === 'open' && requests.length < 8) {
          requests.push({ recorder: open(edge), sent: 0, given: 0 });
        } else if (each.kind === 'turn') turn(edge, connector);
        else if (each.kind === 'stick') edge.wire.stuck = !edge.wire.stuck;
        else if (
          request &&
          each.kind === 'write' &&
          !request.recorder.stream.localEnded &&
          !request.recorder.stream.closed
        ) {
          request.recorder.stream.write(new Uint8Array(each.bytes));
          request.sent += each.bytes;
        } else if (request && each.kind === 'end') request.recorder.stream.end();
        else if (request && each.kind === 'reset') request.recorder.stream.reset(0);
        else if (other?.stream && each.kind === 'answer' && !other.stream.localEnded) {
          other.stream.head([':status', '200'], false);
          other.stream.end(new Uint8Array(each.bytes));
        } else if (other && each.kind === 'read') readAll(other);
      }
      edge.wire.stuck = false;
      settle(
        edge,
        connector,
        requests.map((request) => request.recorder),
      );
      expect(edge.closes).toEqual([]);
      expect(connector.closes).toEqual([]);
      for (const [index, { recorder, sent }] of requests.entries()) {
        const other = connector.opened[index];
        if (recorder.stream.closed || other?.stream?.closed) continue;
        expect(other?.bytes ?? 0).toBe(sent);
      }
    }),
    { seed: 3, numRuns: fuzzRuns(200) },
  );
});

const read = new WeakMap<Recorder, number>();

function readAll(recorder: Recorder): void {
  const before = read.get(recorder) ?? 0;
  read.set(recorder, recorder.bytes);
  recorder.stream?.consumed(recorder.bytes - before);
}

/** Reads everything until nothing moves, ends what is open, and expects both ends at rest. */
function settle(edge: End, connector: End, requests: Recorder[]): void {
  for (let moved = -1; moved !== total();) {
    moved = total();
    turn(edge, connector);
    for (const recorder of connector.opened) readAll(recorder);
  }
  for (const recorder of [...connector.opened, ...requests]) recorder.stream?.reset(0);
  turn(edge, connector);
  for (const { session } of [edge, connector]) {
    expect(session.account).toMatchObject({ streams: 0, queuedBytes: 0, creditWhole: true });
  }
  function total(): number {
    return connector.opened.reduce((sum, recorder) => sum + recorder.bytes, 0);
  }
}

it('a fresh session says HELLO and nothing else', () => {
  expect(end('accepted').wire.sent).toHaveLength(1);
});
