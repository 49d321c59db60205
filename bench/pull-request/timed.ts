/** Events of one kind, one at a time: how long each takes to be shown, and what calls they cost. */
import { refreshDelayMs } from '#github-app/refresh-time.ts';
import { tally, type Calls } from './calls.ts';
import type { Intercept, Pull, PullScene } from './scene.ts';
import { makePrivate, makePublic, shown } from './shown.ts';

export interface Timed {
  /** From the event to the edit that shows it, by the sandbox's clock; one for each event. */
  readonly timesMs: readonly number[];
  /** Of all of them together. */
  readonly calls: Calls;
}

/** A pull request, and the intercept whose preview comes there. */
export interface Pair {
  readonly pull: Pull;
  readonly intercept: Intercept;
}

/** More than the app waits between two edits. */
export const quietMs = refreshDelayMs + 500;

/** What each load needs. `isLate`: no further event is begun. */
export interface Circumstances {
  readonly scene: PullScene;
  readonly isLate: () => boolean;
}

/** `/preview public` and `/preview private` in turn, at a pull request whose preview is private. */
export function commands(where: Circumstances, pull: Pull, count: number): Promise<Timed> {
  const turns = Array.from({ length: count }, (_, index) => index);
  return oneAtATime(where, turns, (index) =>
    index % 2 === 0 ? makePublic(where.scene, pull) : makePrivate(where.scene, pull),
  );
}

/** From the call that makes the preview, the first one at its pull request, to its link in the comment. */
export function links(where: Circumstances, pairs: readonly Pair[]): Promise<Timed> {
  return oneAtATime(where, pairs, (pair) => linked(where.scene, pair));
}

/** @returns ms */
export async function linked(scene: PullScene, { pull, intercept }: Pair): Promise<number> {
  let label: string | undefined;
  const tookMs = await shown(scene, pull, 'link', async () => {
    label = await scene.preview(intercept, pull);
  });
  const isLinked = label !== undefined && scene.commentAt(pull).includes(label);
  if (!isLinked) throw new Error(`the comment at #${pull.number} has another link`);
  return tookMs;
}

/** Pushes that end public access, at pull requests with a public preview. */
export function pushes(where: Circumstances, pulls: readonly Pull[]): Promise<Timed> {
  const { scene } = where;
  return oneAtATime(where, pulls, (pull) => shown(scene, pull, 'private', () => scene.push(pull)));
}

/** At pull requests with a preview. */
export function closings(where: Circumstances, pulls: readonly Pull[]): Promise<Timed> {
  const { scene } = where;
  return oneAtATime(where, pulls, (pull) => shown(scene, pull, 'closed', () => scene.close(pull)));
}

async function oneAtATime<T>(
  { scene: { watch }, isLate }: Circumstances,
  list: readonly T[],
  happens: (each: T) => Promise<number>,
): Promise<Timed> {
  const before = watch.count;
  const timesMs: number[] = [];
  for (const each of list) {
    if (isLate()) break;
    timesMs.push(await happens(each));
    // The next edit is not held up by this one.
    await watch.quiet(quietMs);
  }
  return { timesMs, calls: tally(watch.since(before)) };
}
