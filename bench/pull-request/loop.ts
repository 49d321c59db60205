/** The loop of a pull request: from what people do there to the comment that shows it, and its calls. */
import type { Engine } from '../engine.ts';
import { bare, quietPushes, swarm } from './crowds.ts';
import { fixedPause } from './fixed-pause.ts';
import { faultsOf, omittedOf, resultOf, type LoopScale, type PullRequestLoop } from './result.ts';
import { PullScene } from './scene.ts';
import { makePrivate, makePublic } from './shown.ts';
import {
  closings,
  commands,
  linked,
  links,
  pushes,
  quietMs,
  type Circumstances,
  type Pair,
} from './timed.ts';

const swarmWebhooks = 50;
const barePushes = 10;
/** After it no further event is begun. */
const budgetMs = 175_000;
/** After it the run has failed. */
const limitMs = 205_000;

/** `folder`: empty. @throws Error when it cannot be measured; nothing runs any more then */
export async function pullRequestLoop(
  engine: Engine,
  folder: string,
  scale: LoopScale,
  say: (line: string) => void,
): Promise<PullRequestLoop> {
  const startedMs = Date.now();
  say('Pull requests: starting');
  const scene = await PullScene.start(engine, folder);
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    const leftMs = startedMs + limitMs - Date.now();
    const error = new Error(`pull requests: not done within ${limitMs / 1_000} s`);
    timer = setTimeout(() => reject(error), leftMs);
  });
  try {
    const isLate = (): boolean => Date.now() > startedMs + budgetMs;
    return await Promise.race([measure({ scene, isLate }, scale, say), tooLong]);
  } finally {
    clearTimeout(timer);
    await scene.stop();
  }
}

async function measure(
  where: Circumstances,
  scale: LoopScale,
  say: (line: string) => void,
): Promise<PullRequestLoop> {
  const { scene } = where;
  const first = scene.open('first');
  await linked(scene, { pull: first, intercept: await scene.intercept() });
  await scene.nextSecond();
  // Compilers settle and tokens are fetched.
  await makePublic(scene, first);
  await makePrivate(scene, first);

  say(`  ${scale.commands} commands`);
  const command = await commands(where, first, scale.commands);
  say('  a pull request without previews');
  const bareCrowd = await bare(scene, barePushes);
  say(`  ${swarmWebhooks} webhooks at once`);
  if (command.timesMs.length % 2 === 0) await makePublic(scene, first);
  const [swarmed, pairs] = await swarm(scene, first, swarmWebhooks, () =>
    pairsOf(scene, scale.pulls),
  );
  say(`  ${pairs.length} pull requests: previews, pushes, ends`);
  const link = await links(where, pairs);
  const pulls = pairs.slice(0, link.timesMs.length).map(({ pull }) => pull);
  const quietPush = await quietPushes(scene, pulls);
  await scene.nextSecond();
  await Promise.all(pulls.map((pull) => makePublic(scene, pull)));
  await scene.watch.quiet(quietMs);
  const push = await pushes(where, pulls);
  const closed = await closings(where, pulls);

  const timed = { command, link, push, closed };
  const crowds = { bare: bareCrowd, quietPush, swarm: swarmed };
  return {
    pause: fixedPause,
    timed: {
      command: resultOf('command', command),
      link: resultOf('link', link),
      push: resultOf('push', push),
      closed: resultOf('closed', closed),
    },
    crowds,
    omitted: omittedOf(timed, scale),
    faults: [...scene.faults, ...faultsOf(crowds, pulls.length)],
  };
}

/** Pull requests with an intercept each, and no preview yet. */
async function pairsOf(scene: PullScene, count: number): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let number = 1; number <= count; number += 1) {
    pairs.push({ pull: scene.open(`branch-${number}`), intercept: await scene.intercept() });
  }
  return pairs;
}
