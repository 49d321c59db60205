/** Whatever happens in whatever order around a loss of memory, the bytes arrive. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ResetCode } from '#protocol/frame.ts';
import { fuzzRuns } from '../unit/fuzz-runs.ts';
import { open, pair, Recorder, turn, type End } from './pair.ts';
import {
  adopt,
  carry,
  expectNumbered,
  expectOpen,
  flush,
  forget,
  numbered,
  type Open,
  scarce,
  ws,
} from './sleeping-edge.ts';

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
