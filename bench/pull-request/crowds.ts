/** Webhooks of which none is timed alone: those that nothing shows, and many at once. */
import { tally, type Calls } from './calls.ts';
import type { Pull, PullScene } from './scene.ts';
import { shown } from './shown.ts';
import { quietMs } from './timed.ts';

export interface Crowd {
  readonly webhooks: number;
  readonly calls: Calls;
  /** With previews, at the pull requests where it happened. */
  readonly comments: number;
  /** From the first event to the edit that shows what they come to; undefined: nothing shows them. */
  readonly shownMs?: number;
  /** From the first event to the last call. */
  readonly settledMs?: number;
}

/** Where GitHub may have lagged the app looks again after 5 s, and may edit after that. */
const longQuietMs = 8_000;

/** To pull requests with a private preview, one to each: there is nothing new to show. */
export function quietPushes(scene: PullScene, pulls: readonly Pull[]): Promise<Crowd> {
  return unshown(scene, pulls.length, () => {
    for (const pull of pulls) scene.push(pull);
    return pulls;
  });
}

/** A pull request without previews is opened, pushed to and closed. */
export function bare(scene: PullScene, pushCount: number): Promise<Crowd> {
  return unshown(scene, pushCount + 2, () => {
    const pull = scene.open('bare');
    for (let count = 0; count < pushCount; count += 1) scene.push(pull);
    scene.close(pull);
    return [pull];
  });
}

/**
 * So many pushes at once, to a pull request with a public preview. `meanwhile`: what costs no call and is
 * done while they settle.
 */
export async function swarm<T>(
  scene: PullScene,
  pull: Pull,
  webhooks: number,
  meanwhile: () => Promise<T>,
): Promise<[Crowd, T]> {
  const { watch } = scene;
  const before = watch.count;
  const startMs = scene.nowMs;
  const shownMs = await shown(scene, pull, 'private', () => {
    for (let count = 0; count < webhooks; count += 1) scene.push(pull);
  });
  const [done] = await Promise.all([meanwhile(), watch.quiet(longQuietMs)]);
  const calls = watch.since(before);
  const settledMs = (calls.at(-1)?.atMs ?? startMs) - startMs;
  const comments = scene.commentsAt(pull).length;
  return [{ webhooks, calls: tally(calls), comments, shownMs, settledMs }, done];
}

/** `happens` returns the pull requests where it does. */
async function unshown(
  scene: PullScene,
  webhooks: number,
  happens: () => readonly Pull[],
): Promise<Crowd> {
  const { watch, github } = scene;
  const before = watch.count;
  const pulls = happens();
  await github.webhooks.settled();
  await watch.quiet(quietMs);
  const comments = pulls.reduce((sum, pull) => sum + scene.commentsAt(pull).length, 0);
  return { webhooks, calls: tally(watch.since(before)), comments };
}
