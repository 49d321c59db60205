/** With GitHub Deployments switched on the pull request says “View deployment”, for as long as there is a preview. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { EdgeGitHub } from '#sandbox/edge-github.ts';
import { Visitor } from '#sandbox/visitor.ts';
import { organisation } from '../gate/scene.ts';
import { PullScene, repository, waitMs } from './scene.ts';

class DeployingScene extends PullScene {
  protected override edgeGitHub(): EdgeGitHub {
    return { ...super.edgeGitHub(), deployments: true };
  }
}

const scene = new DeployingScene();
beforeAll(() => scene.start(), 90_000);
afterAll(() => scene.stop());

const deployments = () => scene.github.state.world.deployments;

async function begin(branch: string) {
  const sha = scene.push(branch);
  const number = scene.openPull(branch);
  const source = { remotes: [repository], owner: 'sandbox', branch, sha };
  const origin = await scene.previewOf(source);
  await scene.says(number, origin);
  return { sha, number, origin };
}

/** States that the deployments of the pull request went through. */
function statesOf(number: number): string[][] {
  return deployments()
    .filter(({ environment }) => environment === `preview/pr-${number}`)
    .map(({ statuses }) => statuses.map(({ state }) => state));
}

async function isAt(number: number, states: string[][]): Promise<void> {
  await vi.waitFor(() => expect(statesOf(number)).toEqual(states), { timeout: waitMs });
}

async function pageOf(number: number): Promise<string> {
  const page = `${scene.github.loopbackUrl}/${repository}/pull/${number}`;
  return (await new Visitor().open(page)).text;
}

it('comments come all the same while the permission is not granted', async () => {
  const { number } = await begin('ungranted');
  expect(deployments()).toEqual([]);
  expect(await pageOf(number)).not.toContain('View deployment');
}, 30_000);

it('is there with the preview, once, and inactive after the pull request was closed', async () => {
  const permissions: Record<string, 'read' | 'write'> = {
    ...{ metadata: 'read', members: 'read', pull_requests: 'write', issues: 'write' },
    deployments: 'write',
  };
  scene.act({ action: 'set_permissions', installation_id: 501, permissions });
  const account = { id: organisation.id, login: organisation.login };
  const accepted = { id: 501, account, target_type: 'Organization' };
  const told = { action: 'new_permissions_accepted', installation: accepted };
  expect((await scene.tell(told)).status).toBe(202);
  const { sha, number, origin } = await begin('granted');
  await isAt(number, [['success']]);
  expect(deployments()[0]).toMatchObject({
    ...{ sha, transient_environment: true, production_environment: false },
    statuses: [{ environment_url: origin }],
  });
  expect(await pageOf(number)).toContain('View deployment');
  scene.push('granted');
  await scene.orders(number, 'alice', '/preview status');
  expect(statesOf(number)).toEqual([['success']]);
  scene.act({ action: 'close_pull_request', repository, number, login: 'alice' });
  await scene.says(number, 'closed');
  await isAt(number, [['success', 'inactive']]);
  expect(await pageOf(number)).not.toContain('View deployment');
}, 60_000);

it('goes over to another preview when its own is over', async () => {
  const { number, origin } = await begin('second');
  await isAt(number, [['success']]);
  const second = await scene.previewOf({
    remotes: [repository],
    owner: 'sandbox',
    branch: 'second',
  });
  await scene.says(number, second);
  expect(statesOf(number)).toEqual([['success']]);
  await scene.stack.api('DELETE', `/api/v1/previews/${scene.labelOf(origin)}`);
  await scene.says(number, (text) => !text.includes(origin));
  await vi.waitFor(
    () => {
      const live = deployments().filter(({ statuses }) => statuses.at(-1)?.state === 'success');
      const urls = live.map(({ statuses }) => statuses.at(-1)?.environment_url);
      expect(urls).toEqual([second]);
    },
    { timeout: waitMs },
  );
}, 60_000);
