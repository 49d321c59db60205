/** docs.github.com/en/rest/deployments, docs.github.com/en/rest/checks/runs */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ActionSeed } from '#sandbox/github/actions.ts';
import { useGitHub } from './client.ts';

const client = useGitHub();
const root = '/repos/sandbox/shop';
const act = (action: ActionSeed) => client.github.actions.act(action);
let as: string;
beforeEach(async () => {
  Object.assign(client.github.state.world.installations[0]!.permissions, {
    deployments: 'write',
    checks: 'write',
  });
  as = await client.installationToken();
});
const send = (method: string, path: string, body?: object) =>
  client.api(`${root}${path}`, { method, as, ...(body === undefined ? {} : { body }) });
const deploy = (what: object = {}) =>
  send('POST', '/deployments', {
    ref: 'free-shipping',
    environment: 'preview/pr-1',
    auto_merge: false,
    required_contexts: [],
    ...what,
  });
const succeed = (id: number, what: object = {}) =>
  send('POST', `/deployments/${id}/statuses`, {
    state: 'success',
    environment_url: 'http://preview.localhost/',
    ...what,
  });
const states = async (id: number) =>
  (await send('GET', `/deployments/${id}/statuses`)).body.map(
    ({ state }: { state: string }) => state,
  );

describe('a deployment', () => {
  it('is of a commit, by the app’s bot', async () => {
    const { status, body } = await deploy({ transient_environment: true, description: 'Preview' });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      sha: '5be0c1f8d1d3cb3fb0b33c6a0f0e4c6fb3c1a002',
      ref: 'free-shipping',
      environment: 'preview/pr-1',
      transient_environment: true,
      production_environment: false,
      creator: { type: 'Bot' },
    });
    expect((await send('GET', `/deployments/${body.id}`)).body).toEqual(body);
    expect((await deploy({ ref: 'nothing' })).status).toBe(422);
    expect((await send('GET', '/deployments/1')).status).toBe(404);
  });

  it('is found by environment, newest first', async () => {
    const ids: number[] = [];
    for (const environment of ['a', 'b', 'a']) ids.push((await deploy({ environment })).body.id);
    const list = async (query: string) =>
      (await send('GET', `/deployments${query}`)).body.map(({ id }: { id: number }) => id);
    expect(await list('')).toEqual(ids.toReversed());
    expect(await list('?environment=a')).toEqual([ids[2], ids[0]]);
    expect(await list('?environment=a&ref=main')).toEqual([]);
    expect(await list('?per_page=1&page=3')).toEqual([ids[0]]);
  });

  it('is merged with the default branch instead, unless it is told not to', async () => {
    act({ action: 'push', repository: 'sandbox/shop', branch: 'main' });
    const merged = await deploy({ auto_merge: true });
    expect([merged.status, merged.body.message]).toEqual([
      202,
      'Auto-merged main into free-shipping on deployment.',
    ]);
    expect((await deploy()).status).toBe(201);
  });

  it('waits for checks, unless it is told not to', async () => {
    await send('POST', '/check-runs', {
      name: 'ci',
      head_sha: '5be0c1f8d1d3cb3fb0b33c6a0f0e4c6fb3c1a002',
    });
    expect((await deploy({ required_contexts: undefined })).status).toBe(409);
    expect((await deploy({ required_contexts: ['ci'] })).status).toBe(409);
    expect((await deploy({ required_contexts: ['other'] })).status).toBe(201);
    expect((await deploy()).status).toBe(201);
  });

  it('has states, newest first', async () => {
    const { id } = (await deploy()).body;
    await succeed(id, { state: 'in_progress' });
    const { status, body } = await succeed(id);
    expect([status, body.environment_url]).toEqual([201, 'http://preview.localhost/']);
    expect(await states(id)).toEqual(['success', 'in_progress']);
  });

  // opencodeschool/opencode.school#63
  it('ends the earlier ones of its environment, but for transient ones', async () => {
    const first = (await deploy()).body.id;
    await succeed(first);
    const transient = (await deploy({ transient_environment: true })).body.id;
    await succeed(transient);
    const elsewhere = (await deploy({ environment: 'preview/pr-2' })).body.id;
    await succeed(elsewhere);
    const last = (await deploy()).body.id;
    await succeed(last);
    expect(await states(first)).toEqual(['inactive', 'success']);
    expect(await states(transient)).toEqual(['success']);
    expect(await states(elsewhere)).toEqual(['success']);
    expect(await states(last)).toEqual(['success']);
  });

  it('is deleted when it is inactive or the only one', async () => {
    const first = (await deploy()).body.id;
    const second = (await deploy()).body.id;
    await succeed(second);
    expect((await send('DELETE', `/deployments/${second}`)).status).toBe(422);
    await succeed(second, { state: 'inactive' });
    expect((await send('DELETE', `/deployments/${second}`)).status).toBe(204);
    expect((await send('DELETE', `/deployments/${first}`)).status).toBe(204);
    expect((await send('DELETE', `/deployments/${first}`)).status).toBe(404);
  });
});

describe('a check run', () => {
  const head_sha = '5be0c1f8d1d3cb3fb0b33c6a0f0e4c6fb3c1a002';

  it('begins, and completes when it has a conclusion', async () => {
    const { status, body } = await send('POST', '/check-runs', { name: 'Preview', head_sha });
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'queued', conclusion: null, app: { id: 77 } });
    const done = await send('PATCH', `/check-runs/${body.id}`, {
      conclusion: 'neutral',
      output: { title: 'Public', summary: 'For two hours' },
    });
    expect(done.body).toMatchObject({
      status: 'completed',
      conclusion: 'neutral',
      completed_at: expect.any(String),
      output: { title: 'Public' },
    });
    expect((await send('GET', `/check-runs/${body.id}`)).body).toEqual(done.body);
    const listed = await send('GET', '/commits/free-shipping/check-runs');
    expect(listed.body).toMatchObject({ total_count: 1, check_runs: [{ id: body.id }] });
  });

  it('has three buttons at most', async () => {
    const button = (identifier: string) => ({ label: 'L', description: 'D', identifier });
    const four = ['a', 'b', 'c', 'd'].map(button);
    const refused = await send('POST', '/check-runs', { name: 'P', head_sha, actions: four });
    expect([refused.status, client.takeViolations().length]).toEqual([500, 1]);
    const made = await send('POST', '/check-runs', {
      name: 'P',
      head_sha,
      actions: four.slice(0, 3),
    });
    expect(made.status).toBe(201);
  });

  it('of another app is not changed', async () => {
    const { body } = await send('POST', '/check-runs', { name: 'P', head_sha });
    client.github.state.world.check_runs[0]!.app_id = 78;
    const { status } = await send('PATCH', `/check-runs/${body.id}`, { status: 'in_progress' });
    expect(status).toBe(403);
  });
});
