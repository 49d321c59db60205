/** What becomes of previews, and what the one comment says of it: laptops, owners, endings, deletions. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Visitor } from '#sandbox/visitor.ts';
import { ids } from '../gate/scene.ts';
import { nextSecond, PullScene, repository, waitMs } from './scene.ts';

const scene = new PullScene();
const alice = { id: ids.alice, login: 'alice' };

beforeAll(async () => {
  await scene.start();
  await scene.stack.startPart('daemon');
}, 90_000);
afterAll(() => scene.stop());

async function begin(branch: string): Promise<{ number: number; origin: string }> {
  const sha = scene.push(branch);
  const number = scene.openPull(branch);
  const source = { remotes: [repository], owner: 'sandbox', branch, sha };
  const origin = await scene.previewOf(source);
  await scene.says(number, origin);
  return { number, origin };
}

const sourceOf = (branch: string) => ({ remotes: [repository], owner: 'sandbox', branch });

function remove(origin: string): Promise<unknown> {
  return scene.stack.api('DELETE', `/api/v1/previews/${scene.labelOf(origin)}`);
}

/** The id of the one comment. */
function idOf(number: number): number {
  const found = scene.github.state.world.comments.find(
    (each) => each.number === number && each.body.startsWith('<!-- byway:previews'),
  );
  if (!found) throw new Error('there is no comment');
  return found.id;
}

describe('the comment', () => {
  it('says that the laptop is away, and that it is back', async () => {
    const { number } = await begin('laptop');
    await scene.says(number, '🟢 live');
    await scene.stack.part('daemon').kill();
    await scene.says(number, '🟡 laptop away');
    await scene.stack.startPart('daemon');
    await scene.says(number, '🟢 live');
    expect(scene.stickies(number)).toHaveLength(1);
  }, 60_000);

  it('has a row for each preview and owner; each takes theirs away, a writer all', async () => {
    const { number, origin } = await begin('several');
    const second = await scene.previewOf(sourceOf('several'), alice);
    const third = await scene.previewOf(sourceOf('several'), alice);
    let text = await scene.says(number, third);
    for (const each of [origin, second]) expect(text).toContain(each);
    expect(text.match(/^\| \[Open\]/gm)).toHaveLength(3);
    expect(text.match(/`alice`/g)).toHaveLength(2);
    await nextSecond();
    // Bob may only read: his own, and nothing else.
    await scene.orders(number, 'bob', '/preview remove');
    text = await scene.says(number, (shown) => !shown.includes(origin));
    for (const each of [second, third]) expect(text).toContain(each);
    await scene.orders(number, 'bob', '/preview remove', 'confused');
    await remove(second);
    text = await scene.says(number, (shown) => !shown.includes(second));
    expect(text).toContain(third);
    await scene.orders(number, 'alice', '/preview remove');
    await scene.says(number, 'no previews at the moment');
    expect(scene.stickies(number)).toHaveLength(1);
  }, 60_000);

  it('goes on when the pull request is opened again', async () => {
    const { number, origin } = await begin('reopened');
    scene.act({ action: 'close_pull_request', repository, number, login: 'alice' });
    await scene.says(number, 'closed');
    await scene.orders(number, 'alice', '/preview public', 'confused');
    const second = await scene.previewOf(sourceOf('reopened'));
    scene.act({ action: 'reopen_pull_request', repository, number, login: 'alice' });
    const text = await scene.says(number, second);
    expect(text).not.toContain(origin);
    expect(scene.stickies(number)).toHaveLength(1);
    scene.act({ action: 'merge_pull_request', repository, number, login: 'alice' });
    await scene.says(number, 'closed');
    expect((await new Visitor('bob').open(`${second}/`)).status).toBe(410);
  }, 60_000);

  it('of two pull requests of one branch: the preview lives until both are closed', async () => {
    scene.push('target');
    const { number, origin } = await begin('shared');
    const opened = scene.act({
      ...{ action: 'open_pull_request', repository, head: 'shared', base: 'target' },
    });
    const other = Number(opened['number']);
    await scene.says(other, origin);
    scene.act({ action: 'close_pull_request', repository, number, login: 'alice' });
    await scene.says(number, 'closed');
    expect((await new Visitor('bob').open(`${origin}/`)).status).toBe(200);
    scene.act({ action: 'close_pull_request', repository, number: other, login: 'alice' });
    await scene.says(other, 'closed');
    expect((await new Visitor('bob').open(`${origin}/`)).status).toBe(410);
  }, 60_000);
});

describe('a comment that a person deleted', () => {
  it('does not come back by itself; it does for a new preview, and once', async () => {
    const { number, origin } = await begin('deleted');
    scene.act({ action: 'delete_comment', comment_id: idOf(number), login: 'alice' });
    await scene.github.webhooks.settled();
    const path = `/api/v1/previews/${scene.labelOf(origin)}`;
    await scene.stack.api('PATCH', path, { access: 'public' });
    await scene.stack.api('PATCH', path, { access: 'private' });
    scene.push('deleted');
    await scene.orders(number, 'alice', '/preview private');
    await scene.asks(number, 'mallory', '/preview status');
    expect(scene.stickies(number)).toEqual([]);
    const second = await scene.previewOf(sourceOf('deleted'));
    expect(await scene.says(number, second)).toContain(origin);
    expect(scene.stickies(number)).toHaveLength(1);
  }, 60_000);

  it('comes back when somebody asks who may, also if its deletion was told to nobody', async () => {
    const { number, origin } = await begin('unnoticed');
    const comment_id = idOf(number);
    scene.act({ action: 'delete_comment', comment_id, login: 'alice', webhook: false });
    await nextSecond();
    await scene.orders(number, 'alice', '/preview private');
    await scene.stack.api('PATCH', `/api/v1/previews/${scene.labelOf(origin)}`, {
      access: 'public',
    });
    const edit = new RegExp(`PATCH /.*/issues/comments/${comment_id}$`);
    await vi.waitFor(() => expect(scene.callsTo(edit).length).toBeGreaterThan(0), {
      timeout: waitMs,
    });
    await scene.asks(number, 'mallory', '/preview status');
    expect(scene.stickies(number)).toEqual([]);
    await scene.orders(number, 'alice', '/preview status');
    await scene.says(number, origin);
    expect(scene.stickies(number)).toHaveLength(1);
  }, 60_000);
});

describe('a marker that a person pasted', () => {
  it('is that person’s comment: never edited, and no second one of ours is made', async () => {
    const { number } = await begin('pasted');
    const [text = ''] = scene.stickies(number);
    const pasted = scene.say(number, 'mallory', text);
    await nextSecond();
    await scene.orders(number, 'alice', '/preview private');
    scene.act({ action: 'close_pull_request', repository, number, login: 'alice' });
    await vi.waitFor(() => expect(scene.stickies(number)[0]).toContain('closed'), {
      timeout: waitMs,
    });
    const { comments } = scene.github.state.world;
    expect(comments.find(({ id }) => id === pasted)?.body).toBe(text);
    expect(scene.stickies(number)).toHaveLength(1);
  }, 60_000);
});

describe('a locked conversation', () => {
  it('is left alone: one attempt for each thing that happens, and commands work', async () => {
    const locked = { kind: 'status', status: 403 } as const;
    const sha = scene.push('locked');
    const number = scene.openPull('locked');
    const path = `/issues/${number}/comments$`;
    scene.github.faults.arm({ times: 1000, match: { method: 'POST', path }, fault: locked });
    const source = { remotes: [repository], owner: 'sandbox', branch: 'locked', sha };
    const origin = await scene.previewOf(source);
    const attempts = (): number => scene.callsTo(new RegExp(`POST .*${path}`)).length;
    await vi.waitFor(() => expect(attempts()).toBe(1), { timeout: waitMs });
    await nextSecond();
    scene.say(number, 'alice', `/preview public ${sha}`);
    const isPublic = async () => expect((await scene.shown(origin)).access).toBe('public');
    await vi.waitFor(isPublic, { timeout: waitMs });
    await vi.waitFor(() => expect(attempts()).toBeGreaterThan(1), { timeout: waitMs });
    expect(attempts()).toBeLessThan(5);
    scene.github.faults.clear();
    scene.say(number, 'alice', '/preview private');
    await scene.says(number, '🔒 organisation');
    expect(scene.stickies(number)).toHaveLength(1);
  }, 60_000);
});

it('there are no GitHub Deployments unless they are switched on', () => {
  expect(scene.github.state.world.deployments).toEqual([]);
  expect(scene.callsTo(/deployments/)).toEqual([]);
});
