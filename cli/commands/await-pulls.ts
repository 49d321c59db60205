/** After an intercept was made: waits a moment for its pull request, so that the answer tells of it. */
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { DaemonClient } from '../daemon/socket.ts';
import { ExitCode, Failure } from '../failure.ts';
import { isSettled, whyNoPull } from '../preview-pulls.ts';
import type { PreviewSource } from '../source/working-copy.ts';
import { held, type Held } from './held.ts';

/** GitHub mostly answers within one. */
const patienceMs = 3_000;
const everyMs = 150;

/** Words about `--pr` that waiting does not change. */
const refusals: ReadonlySet<unknown> = new Set(['closed', 'no-pull', 'no-repository', 'no-app']);

const answer = z.object({ intercept: held });

/**
 * The intercept with what its preview says by then. @throws Failure when the pull request that `--pr` names
 * cannot show it: then the intercept is ended
 */
export async function awaitPulls(
  daemon: DaemonClient,
  made: Held,
  source: PreviewSource,
): Promise<Held> {
  if (source.pr === 'none') return made;
  const untilMs = performance.now() + patienceMs;
  let now = made;
  while (!isDecided(now) && performance.now() < untilMs) {
    await pause(everyMs);
    now = answer.parse(await daemon.ask('look', { id: made.id })).intercept;
  }
  const search = now.preview?.state === 'live' ? now.preview.pull_search : undefined;
  if (source.pr === undefined || !refusals.has(search)) return now;
  await daemon.ask('leave', { name: made.name });
  const { pr } = source;
  const name = typeof pr === 'number' ? pr : `${pr.repository}#${pr.number}`;
  throw new Failure(
    ExitCode.usage,
    `--pr ${name}: ${whyNoPull(search)}; nothing is intercepted. Without a pull request: --no-pr`,
  );
}

function isDecided({ preview }: Held): boolean {
  return preview?.state !== 'live' || isSettled(preview);
}
