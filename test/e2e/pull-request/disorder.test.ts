/**
 * Pushes beside comments, and deliveries that are lost, doubled, late or out of order: in the end the
 * comment and the access are those of the history as it happened, or private.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Visitor } from '#sandbox/visitor.ts';
import { nextSecond, PullScene, repository, waitMs } from './scene.ts';

const scene = new PullScene();
beforeAll(() => scene.start(), 90_000);
afterAll(() => scene.stop());

async function begin(branch: string) {
  const sha = scene.push(branch);
  const number = scene.openPull(branch);
  const source = { remotes: [repository], owner: 'sandbox', branch, sha };
  const origin = await scene.previewOf(source);
  await scene.says(number, origin);
  await nextSecond();
  return { branch, sha, number, origin };
}

async function statusOf(origin: string): Promise<number> {
  return (await new Visitor().send(`${origin}/`)).status;
}

describe('threat 48: a push beside a comment', () => {
  it('of seconds before it: the commit has to be spelt out, and the comment says which', async () => {
    const { branch, number, origin } = await begin('beside');
    const sha = scene.push(branch);
    expect(await scene.asks(number, 'alice', '/preview public')).toContain(sha);
    expect(await scene.says(number, 'wants this public')).toContain(`/preview public ${sha}`);
    expect(await statusOf(origin)).toBe(303);
    // In the second of the push nobody can tell which was first.
    await nextSecond();
    await scene.orders(number, 'alice', `/preview public ${sha}`);
    await scene.says(number, '🌐 public until');
    expect(await statusOf(origin)).toBe(200);
  }, 60_000);

  it('of more than a minute before it: the comment alone is enough', async () => {
    const { number, origin } = await begin('before');
    scene.github.state.clock.advance(65_000);
    await scene.orders(number, 'alice', '/preview public');
    expect(await statusOf(origin)).toBe(200);
  }, 60_000);

  it('newer than it: a commit that was not there is not opened, whichever comes first', async () => {
    for (const [at, kind] of ['delay', 'reorder'].entries()) {
      const { branch, sha, number, origin } = await begin(`newer-${at}`);
      scene.github.faults.arm({
        match: { event: 'issue_comment' },
        fault:
          kind === 'delay'
            ? { kind: 'delay_webhook', ms: 1500 }
            : { kind: 'reorder_webhook', behind: 1 },
      });
      const said = scene.say(number, 'alice', `/preview public ${sha}`);
      const pushed = scene.push(branch);
      expect(await scene.replyTo(number, said)).toContain(`/preview public ${pushed}`);
      expect(await statusOf(origin)).toBe(303);
    }
  }, 60_000);

  it('back and forth: what was public for a commit is not public for it again', async () => {
    const { branch, sha, number, origin } = await begin('back');
    await scene.publish(number);
    scene.push(branch);
    scene.act({ action: 'push', repository, branch, sha, force: true });
    await scene.says(number, '🔒 organisation');
    expect(scene.headOf(number).sha).toBe(sha);
    await scene.orders(number, 'alice', '/preview status');
    expect(await statusOf(origin)).toBe(303);
  }, 60_000);

  it('whose webhook is lost: known at the next thing that is told', async () => {
    const { branch, number, origin } = await begin('lost');
    await scene.publish(number);
    scene.act({ action: 'push', repository, branch, webhook: false });
    expect(await statusOf(origin)).toBe(200);
    await scene.orders(number, 'bob', '/preview status');
    expect(await statusOf(origin)).toBe(303);
  }, 60_000);
});

describe('threats 44 and 45: deliveries of a whole history', () => {
  type Faults = Parameters<typeof scene.github.faults.arm>[0][];
  const all: [string, Faults][] = [
    ['as it happened', []],
    ['doubled', [{ times: 100, fault: { kind: 'duplicate_webhook' } }]],
    ['out of order', [{ times: 3, fault: { kind: 'reorder_webhook', behind: 2 } }]],
    [
      'late',
      [
        { match: { event: 'issue_comment' }, times: 2, fault: { kind: 'delay_webhook', ms: 1200 } },
        { match: { event: 'pull_request' }, times: 1, fault: { kind: 'delay_webhook', ms: 2400 } },
      ],
    ],
    ['lost, all of them', [{ times: 100, fault: { kind: 'drop_webhook' } }]],
    [
      'of all kinds',
      [
        { match: { event: 'issue_comment' }, fault: { kind: 'drop_webhook' } },
        { match: { event: 'issue_comment' }, fault: { kind: 'duplicate_webhook' } },
        { match: { event: 'pull_request' }, fault: { kind: 'delay_webhook', ms: 900 } },
        { match: { event: 'pull_request' }, fault: { kind: 'reorder_webhook', behind: 1 } },
      ],
    ],
  ];

  /** What GitHub's own redelivery does: what failed is sent again under its id. */
  async function redeliver(): Promise<void> {
    const { deliveries, webhooks, state } = scene.github;
    const app = state.world.apps[0]!;
    const succeeded = new Set(
      deliveries.all().flatMap(({ guid, statusCode }) => (statusCode < 300 ? [guid] : [])),
    );
    const failed = deliveries.all().filter(({ guid }) => !succeeded.has(guid));
    // The latest first: their order says nothing.
    for (const delivery of failed.toReversed()) await webhooks.redeliver(app, delivery);
  }

  it.each(all)(
    '%s: allowed and disallowed, public and private, pushed: the same end',
    async (what, faults) => {
      const { branch, sha, number, origin } = await begin(`open-${what.replaceAll(/\W+/g, '-')}`);
      for (const fault of faults) scene.github.faults.arm(fault);
      const order = (words: string): number => scene.say(number, 'alice', `/preview ${words}`);
      const orders = [
        order('allow @mallory 2h'),
        order(`public ${sha} 2h`),
        order('disallow @mallory'),
        order('allow @pat 3h'),
        order('private'),
      ];
      scene.push(branch);
      await scene.github.webhooks.settled();
      scene.github.faults.clear();
      await redeliver();
      for (const id of [orders[0]!, orders[2]!, orders[3]!, orders[4]!]) {
        await scene.reacted(id, 'rocket');
      }
      const text = await scene.says(number, /`pat` until/);
      expect(text).toContain('🔒 organisation');
      expect(text).not.toContain('mallory');
      expect(await statusOf(origin)).toBe(303);
      const { access, allowed } = await scene.shown(origin);
      expect([access, allowed.map(({ user }) => user.login)]).toEqual(['private', ['pat']]);
      expect(scene.stickies(number)).toHaveLength(1);
    },
    60_000,
  );

  it.each(all)(
    '%s: ordered, closed, opened and closed: the same end',
    async (what, faults) => {
      const { sha, number, origin } = await begin(`closed-${what.replaceAll(/\W+/g, '-')}`);
      for (const fault of faults) scene.github.faults.arm(fault);
      const onPull = { repository, number, login: 'alice' } as const;
      scene.say(number, 'alice', `/preview public ${sha} 2h`);
      scene.act({ action: 'close_pull_request', ...onPull });
      scene.act({ action: 'reopen_pull_request', ...onPull });
      scene.act({ action: 'close_pull_request', ...onPull });
      await scene.github.webhooks.settled();
      scene.github.faults.clear();
      await redeliver();
      const text = await scene.says(number, 'closed');
      expect(text).not.toContain(origin);
      await vi.waitFor(async () => expect(await statusOf(origin)).toBe(303), { timeout: waitMs });
      expect((await new Visitor('bob').open(`${origin}/`)).status).toBe(410);
      expect(scene.stickies(number)).toHaveLength(1);
    },
    60_000,
  );
});
