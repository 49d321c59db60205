/** A preview and its pull request, in both orders, from the link to the closing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Visitor } from '#sandbox/visitor.ts';
import { auditOf } from '../gate/crowd.ts';
import { ids } from '../gate/scene.ts';
import { PullScene, repository } from './scene.ts';

const scene = new PullScene();
beforeAll(() => scene.start(), 90_000);
afterAll(() => scene.stop());

async function statusOf(origin: string, visitor = new Visitor()): Promise<number> {
  return (await visitor.send(`${origin}/`)).status;
}

describe('a preview and its pull request', () => {
  it('find each other when the pull request was first', async () => {
    const sha = scene.push('first');
    const number = scene.openPull('first');
    const origin = await scene.previewOf({
      ...{ remotes: [repository], owner: 'sandbox', branch: 'first', sha },
    });
    const text = await scene.says(number, origin);
    expect(text).toContain('🔒 organisation');
    expect(text).toContain('`bob`');
    expect((await scene.shown(origin)).pulls).toMatchObject([{ repository, number }]);
    const dashboard = await new Visitor('alice').open(`${scene.appUrl}/dashboard`);
    expect(dashboard.text).toContain(`/${repository}/pull/${number}"`);
  }, 30_000);

  it('find each other when the preview was first', async () => {
    const sha = scene.push('second');
    const source = { remotes: [repository], owner: 'sandbox', branch: 'second', sha };
    const origin = await scene.previewOf(source);
    expect((await scene.shown(origin)).pulls).toEqual([]);
    const number = scene.openPull('second');
    await scene.says(number, origin);
  }, 30_000);

  it('are joined by the owner’s word alone where there is one', async () => {
    scene.push('third');
    const number = scene.openPull('third');
    const named = await scene.previewOf({ remotes: [], pr: { repository, number } });
    const none = await scene.previewOf({
      ...{ remotes: [repository], owner: 'sandbox', branch: 'third', pr: 'none' },
    });
    expect(await scene.says(number, named)).not.toContain(none);
    expect((await scene.shown(none)).pulls).toEqual([]);
  }, 30_000);

  it('stay joined when the repository gets another name', async () => {
    const sha = scene.push('fourth');
    const number = scene.openPull('fourth');
    const source = { remotes: [repository], owner: 'sandbox', branch: 'fourth', sha };
    const origin = await scene.previewOf(source);
    await scene.says(number, origin);
    scene.act({ action: 'rename_repository', repository, to: 'store', webhook: false });
    await scene.stack.api('DELETE', `/api/v1/previews/${scene.labelOf(origin)}`);
    await scene.says(number, 'no previews at the moment');
    scene.act({ action: 'rename_repository', repository: 'sandbox/store', to: 'shop' });
  }, 30_000);
});

describe('the story of one pull request', () => {
  let origin: string;
  let number: number;

  beforeAll(async () => {
    const sha = scene.push('story');
    number = scene.openPull('story');
    origin = await scene.previewOf({
      ...{ remotes: [repository], owner: 'sandbox', branch: 'story', sha },
    });
    await scene.says(number, origin);
  }, 30_000);

  it('is for members until a writer makes it public', async () => {
    expect((await new Visitor('bob').open(`${origin}/`)).status).toBe(200);
    expect(await statusOf(origin)).toBe(303);
    await scene.publish(number);
    expect(await statusOf(origin)).toBe(200);
    const [row] = (await auditOf(scene)).filter(({ action }) => action === 'preview.public');
    expect(row).toMatchObject({ actor: `gh:${ids.alice}`, subject: scene.labelOf(origin) });
  }, 30_000);

  it('is shut at the next request after /preview private, and an old order does not open it; threats 44 and 45', async () => {
    scene.say(number, 'alice', '/preview private');
    await scene.says(number, '🔒 organisation');
    expect(await statusOf(origin)).toBe(303);
    const old = scene
      .told('issue_comment')
      .find(({ requestBody }) => requestBody.includes('/preview public'))!;
    expect((await scene.tell(JSON.parse(old.requestBody))).status).toBe(202);
    const status = scene.say(number, 'alice', '/preview status');
    await scene.reacted(status, 'rocket');
    expect(await statusOf(origin)).toBe(303);
  }, 30_000);

  it('is not opened by somebody who may only read; threat 46', async () => {
    await scene.reacted(scene.say(number, 'mallory', '/preview public 2h'), 'confused');
    expect(await statusOf(origin)).toBe(303);
  }, 30_000);

  it('is not opened by an edited comment; threat 47', async () => {
    const { sha } = scene.headOf(number);
    const comment_id = scene.say(number, 'alice', 'Looks good.');
    scene.act({
      action: 'edit_comment',
      comment_id,
      body: `/preview public ${sha}`,
      login: 'alice',
    });
    await scene.reacted(scene.say(number, 'alice', '/preview status'), 'rocket');
    expect(await statusOf(origin)).toBe(303);
  }, 30_000);

  it('is private again after a push; threat 48', async () => {
    await scene.publish(number);
    expect(await statusOf(origin)).toBe(200);
    scene.push('story', 'bob');
    await scene.says(number, '🔒 organisation');
    expect(await statusOf(origin)).toBe(303);
  }, 30_000);

  it('hears nothing from another installation; threat 49', async () => {
    const told = scene.told('issue_comment').at(-1)!;
    const payload = JSON.parse(told.requestBody);
    payload.installation.id = 666;
    payload.comment.id += 1000;
    payload.comment.body = '/preview remove';
    expect((await scene.tell(payload)).status).toBe(202);
    await scene.reacted(scene.say(number, 'alice', '/preview status'), 'rocket');
    expect(await scene.says(number, origin)).toContain(origin);
  }, 30_000);

  it('is over when the pull request is closed, and the comment says so', async () => {
    scene.act({ action: 'close_pull_request', repository, number, login: 'alice' });
    const text = await scene.says(number, 'closed');
    expect(text).not.toContain(origin);
    expect(await statusOf(origin)).toBe(303);
    const member = await new Visitor('bob').open(`${origin}/`);
    expect([member.status, member.headers['x-byway-error']]).toEqual([410, 'BW-6009']);
    expect(member.text).toContain('its pull request was closed');
    const path = `/api/v1/previews/${scene.labelOf(origin)}/ending`;
    const { body } = await scene.stack.api('GET', path);
    expect(body).toMatchObject({ reason: 'pull-request', ended_by: null });
    expect(scene.stickies(number)).toHaveLength(1);
  }, 30_000);
});
