/** What is still being done for clients that have gone. */
import { randomBytes } from 'node:crypto';
import type { Origin } from '../contender.ts';
import { ask } from './ask.ts';
import { enter, leavers } from './leavers.ts';
import type { Target } from './target.ts';

export interface WorkLeft {
  /** Open streams 5 s after the last client has gone. */
  readonly streams: number;
  /** When the last one ended, in seconds; undefined: not within 15 s. */
  readonly goneS: number | undefined;
  /** What the origin still serves after 15 s, by kind and way of going: `2 × silent-events close`. */
  readonly served: readonly string[];
}

const patienceMs = 10_000;
const judgedMs = 5_000;
const lastLookMs = 15_000;
const lookEveryMs = 100;

/**
 * `count`: of all streams that are open; without it the origin tells which of these clients it
 * serves, that is, which have not been given up.
 * @throws Error when the streams of all clients are not seen, or there are others before
 */
export async function workLeft(
  target: Target,
  origin: Origin,
  count: (() => Promise<number>) | undefined,
): Promise<WorkLeft> {
  // The origin may still serve those whom another contender has left behind.
  const group = randomBytes(4).toString('hex');
  const openStreams = count ?? (async () => (await servedBy(origin, group)).length);
  const others = await seen(openStreams, (open) => open === 0);
  if (others > 0) throw new Error(`${others} streams were open before the first client came`);
  const clients = await enter(target, group);
  try {
    const open = await seen(openStreams, (each) => each >= leavers);
    if (open < leavers) throw new Error(`only ${open} of ${leavers} streams were open`);
  } finally {
    for (const { leave } of clients) leave();
  }
  const startMs = performance.now();
  let streams: number | undefined;
  for (;;) {
    const open = await openStreams();
    const passedMs = performance.now() - startMs;
    if (open === 0) return { streams: streams ?? 0, goneS: passedMs / 1_000, served: [] };
    if (passedMs >= judgedMs) streams ??= open;
    if (passedMs >= lastLookMs) {
      const served = kindsOf(await servedBy(origin, group));
      return { streams: streams ?? open, goneS: undefined, served };
    }
    await pause();
  }
}

/** @returns the first count that is as wanted, or the last one within 10 s */
async function seen(
  openStreams: () => Promise<number>,
  wanted: (open: number) => boolean,
): Promise<number> {
  const deadlineMs = Date.now() + patienceMs;
  for (;;) {
    const open = await openStreams();
    if (wanted(open) || Date.now() > deadlineMs) return open;
    await pause();
  }
}

/** The names of the clients of this group that the origin is serving. */
async function servedBy(origin: Origin, group: string): Promise<string[]> {
  const { body } = await ask(origin, 'GET', '/served');
  const names = JSON.parse(body.toString()) as string[];
  return names.filter((name) => name.endsWith(` ${group}`));
}

function kindsOf(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) {
    const kind = name.split(' ').slice(0, 2).join(' ');
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${count} × ${kind}`).sort();
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, lookEveryMs));
}
