/** The repository is renamed or given away, or the app is taken from it, while a preview is at its pull request. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Visitor } from '#sandbox/visitor.ts';
import { nextSecond, PullScene, repository } from './scene.ts';

const scene = new PullScene();
let branches = 0;
let branch: string;
let number: number;
let origin: string;

beforeAll(() => scene.start(), 90_000);
afterAll(() => scene.stop());
beforeEach(async () => {
  branch = `moves-${(branches += 1)}`;
  const sha = scene.push(branch);
  number = scene.openPull(branch);
  const source = { remotes: [repository], owner: 'sandbox', branch, sha };
  origin = await scene.previewOf(source);
  await scene.says(number, origin);
}, 30_000);

async function statusOf(): Promise<number> {
  return (await new Visitor().send(`${origin}/`)).status;
}

describe('a repository that is renamed', () => {
  it.each([true, false])(
    'takes comment, commands and new previews with it (told: %s)',
    async (webhook) => {
      scene.act({ action: 'rename_repository', repository, to: 'store', webhook });
      const first = scene.stickies(number);
      const second = await scene.previewOf({
        ...{ remotes: [repository], owner: 'sandbox', branch, sha: scene.headOf(number).sha },
      });
      const text = await scene.says(number, second);
      expect(text).toContain(origin);
      const [pull] = (await scene.shown(origin)).pulls;
      if (webhook) expect(pull?.repository).toBe('sandbox/store');
      expect([first.length, scene.stickies(number).length]).toEqual([1, 1]);
      scene.act({
        ...{ action: 'comment', repository: 'sandbox/store', number, login: 'alice' },
        body: '/preview remove',
      } as never);
      await scene.says(number, 'no previews at the moment');
      scene.act({ action: 'rename_repository', repository: 'sandbox/store', to: 'shop' });
    },
    60_000,
  );

  it('leaves its name to another one, of which nothing is taken for it', async () => {
    scene.act({ action: 'rename_repository', repository, to: 'store', webhook: false });
    scene.act({ action: 'create_repository', repository });
    const pushed = { action: 'push', repository, branch, login: 'alice' } as const;
    scene.act(pushed);
    const other = Number(
      scene.act({ action: 'open_pull_request', repository, head: branch })['number'],
    );
    const word = { action: 'comment', repository, login: 'alice', number: other } as const;
    scene.act({ ...word, body: '/preview remove' });
    await scene.github.webhooks.settled();
    await scene.stack.api('DELETE', `/api/v1/previews/${scene.labelOf(origin)}`);
    // The one with the old name hears nothing of it.
    await scene.says(number, 'no previews at the moment');
    const { comments, repositories } = scene.github.state.world;
    const otherId = repositories.find(({ name }) => name === 'shop')!.id;
    const there = comments.filter((each) => each.repository_id === otherId);
    expect(there.some(({ body }) => body.startsWith('<!-- byway:previews'))).toBe(false);
    scene.act({ action: 'delete_repository', repository });
    scene.act({ action: 'rename_repository', repository: 'sandbox/store', to: 'shop' });
  }, 60_000);
});

describe('a repository that is out of the app’s reach', () => {
  it.each<[string, () => void, () => void]>([
    [
      'given to somebody without the app',
      () => void scene.act({ action: 'transfer_repository', repository, to: 'mallory' }),
      () =>
        void scene.act({
          ...{ action: 'transfer_repository', repository: 'mallory/shop', to: 'sandbox' },
        }),
    ],
    [
      'taken from the installation',
      () =>
        void scene.act({
          ...{ action: 'choose_repositories', installation_id: 501, repository_ids: [] },
        }),
      () =>
        void scene.act({
          ...{ action: 'choose_repositories', installation_id: 501, repository_ids: null },
        }),
    ],
  ])(
    'since it was %s: private, nobody there is obeyed, and all is well when it is back',
    async (_what, away, back) => {
      const second = await scene.previewOf({
        ...{ remotes: [repository], owner: 'sandbox', branch, sha: scene.headOf(number).sha },
      });
      await scene.says(number, second);
      await scene.publish(number);
      expect(await statusOf()).toBe(200);
      const before = scene.stickies(number)[0];
      away();
      await expect.poll(statusOf, { timeout: 20_000 }).toBe(303);
      expect(scene.stickies(number)).toEqual([before]);
      // The preview itself is its owner's, and members see it.
      expect((await new Visitor('bob').open(`${origin}/`)).status).toBe(200);
      back();
      await nextSecond();
      await scene.reacted(scene.say(number, 'alice', '/preview status'), 'rocket');
      expect(await scene.says(number, '🔒 organisation')).toContain(origin);
      expect(scene.stickies(number)).toHaveLength(1);
    },
    60_000,
  );
});
