/** How long it takes until the comment shows what happened. */
import type { Pull, PullScene } from './scene.ts';

/** What the comment says then. */
export const texts = {
  link: '[Open](',
  public: '🌐 public until',
  private: '🔒 organisation',
  closed: 'The pull request is closed',
} as const;

/**
 * Milliseconds by the sandbox's clock, from the moment at which `happens` is called to the first call of
 * the app after which the comment says so.
 * @throws Error when it says so before, or not within 20 s
 */
export async function shown(
  scene: PullScene,
  pull: Pull,
  what: keyof typeof texts,
  happens: () => unknown,
): Promise<number> {
  const text = texts[what];
  const isSo = (): boolean => scene.commentAt(pull).includes(text);
  const seen = scene.watch.until(isSo, `the comment at #${pull.number} says “${text}”`);
  const startMs = scene.nowMs;
  const [atMs] = await Promise.all([seen, (async () => happens())()]);
  return atMs - startMs;
}

/** The commit is spelt out: without it the app trusts only one that is older than a minute. */
export function makePublic(scene: PullScene, pull: Pull): Promise<number> {
  const order = `/preview public ${scene.headOf(pull)} 2h`;
  return shown(scene, pull, 'public', () => scene.say(pull, order));
}

export function makePrivate(scene: PullScene, pull: Pull): Promise<number> {
  return shown(scene, pull, 'private', () => scene.say(pull, '/preview private'));
}
