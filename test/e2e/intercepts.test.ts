/** The edge knows every intercept of a cluster, one without a preview too, and can end it. */
import { hostname } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { engine } from './engine.ts';
import { call, until, World, type Made } from './world.ts';

interface View {
  id: string;
  name: string;
  owner: { id: number; login: string };
  laptop: string;
  state: string;
  headers: string[];
  created_at: string;
  waiting_since: string | null;
  connected: boolean;
}

/** An idle object of Cloudflare's is gone after 10 s. */
const sleepMs = 12_000;
const reason = 'ended by operator through the edge';

const world = new World();
beforeAll(async () => {
  await world.start(
    (_request, response) => response.end('cluster'),
    (_request, response) => response.end('laptop'),
  );
  await world.stack.startPart('daemon');
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.stack.byway('leave', 'web');
  await until(async () => ((await seen()).length === 0 ? true : undefined), 'one is left');
});

async function seen(): Promise<View[]> {
  const path = `/api/v1/intercepts?cluster=${world.stack.cluster}`;
  const { status, body } = await world.stack.api('GET', path);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return (body as { intercepts: View[] }).intercepts;
}

/** As soon as the edge says so of the one intercept that there is. */
const oneWith = (expected: Partial<View>): Promise<View> =>
  until(
    async () => {
      const [view, ...more] = await seen();
      const fits = Object.entries(expected).every(
        ([name, value]) => view?.[name as 'id'] === value,
      );
      return view && more.length === 0 && fits ? view : undefined;
    },
    `no intercept with ${JSON.stringify(expected)}`,
  );

const end = (id: string): Promise<{ status: number; body: unknown }> =>
  world.stack.api('DELETE', `/api/v1/intercepts/${world.stack.cluster}/${id}`);

/** What `byway intercept` makes when it is to make no preview. */
const withoutPreview = async (): Promise<Made> => {
  const { code, stdout, stderr } = await world.stack.byway(
    ...['intercept', 'web', '--port', `${world.laptopPort}:http`],
    ...['--preview-url=false', '--output', 'json'],
  );
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Made;
};

/** A request with the intercept's header, past the edge. */
const direct = async ({ headers }: Made): Promise<string> => {
  const fields = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
  return (await call({ port: world.ingressPort, headers: fields })).text;
};

const text = async (...args: string[]): Promise<string> =>
  (await world.stack.byway(...args)).stdout;

async function awakeSinceMs(): Promise<number> {
  const { body } = await world.stack.api('GET', `/api/v1/clusters/${world.stack.cluster}`);
  const { shards } = body as { shards: { shard: string; awake_since_ms: number }[] };
  return shards.find(({ shard }) => shard === 'a')!.awake_since_ms;
}

async function toldWhy(): Promise<void> {
  await until(
    async () =>
      (await text('status')).includes(`  Ended:         web: ${reason}`) ? true : undefined,
    'its owner is not told',
  );
  expect(await text('list')).toContain(`Intercept web: ${reason}`);
  expect(await text('status')).toContain('  Intercepts:    0 total');
  const { ended } = JSON.parse(await text('status', '--output', 'json')) as { ended: object[] };
  expect(ended).toMatchObject([{ name: 'web', ended_by: 'operator' }]);
}

describe('the intercepts of a cluster', () => {
  it('are listed with their owner, and without the value of a header', async () => {
    const before = Date.now();
    const made = await withoutPreview();
    const view = await oneWith({ id: made.id });
    expect(view).toMatchObject({
      name: 'web',
      workload: 'web',
      namespace: 'shop',
      port: { name: 'http', number: 80 },
      owner: { id: 1001, login: 'alice' },
      laptop: hostname(),
      mechanism: 'http',
      headers: ['x-telepresence-intercept-id'],
      state: 'active',
      waiting_since: null,
      connected: true,
    });
    expect(Date.parse(view.created_at)).toBeGreaterThanOrEqual(before);
    const [{ value } = { value: '' }] = made.headers;
    expect(value).not.toBe('');
    expect(JSON.stringify(await seen())).not.toContain(value);
    await world.stack.byway('leave', 'web');
    await until(async () => ((await seen()).length === 0 ? true : undefined), 'it stays');
  });

  it('stay as last known while the connector is away, and are made true when it is back', async () => {
    const { id } = await withoutPreview();
    await oneWith({ id, connected: true });
    await world.stack.part('connector').kill();
    await oneWith({ id, connected: false });
    const { status, body } = await end(id);
    expect(status).toBe(422);
    expect(JSON.stringify(body)).toContain('not connected');
    await world.stack.startPart('connector');
    await oneWith({ id, connected: true, state: 'active' });
  });

  it('are known after a restart of the edge', async () => {
    const { id } = await withoutPreview();
    await oneWith({ id });
    await world.stack.part('edge').kill();
    await world.stack.startPart('edge');
    await oneWith({ id, connected: true });
  });

  // Objects of the Node engine do not sleep.
  if (engine === 'cloudflare')
    it('are known after a sleep of the edge’s object, and can be ended', async () => {
      const { id } = await withoutPreview();
      await oneWith({ id });
      const since = await awakeSinceMs();
      await new Promise((resolve) => setTimeout(resolve, sleepMs));
      expect(await seen()).toMatchObject([{ id, connected: true, state: 'active' }]);
      expect(await awakeSinceMs()).toBeGreaterThan(since);
      await new Promise((resolve) => setTimeout(resolve, sleepMs));
      expect((await end(id)).status).toBe(204);
      await toldWhy();
    }, 60_000);
});

describe('an intercept that is ended through the edge', () => {
  it('ends everywhere: agent, preview, daemon, which says who it was', async () => {
    const made = await world.intercept();
    await oneWith({ id: made.id });
    expect(await direct(made)).toBe('laptop');
    expect((await end(made.id)).status).toBe(204);
    // Agents have acknowledged: from now on.
    expect(await direct(made)).toBe('cluster');
    expect(await seen()).toEqual([]);
    const { status } = await world.stack.api('GET', `/api/v1/previews/${made.preview!.label}`);
    expect(status).toBe(404);
    await toldWhy();
    const left = await world.stack.byway('leave', 'web');
    expect(left.code).not.toBe(0);
    expect(left.stderr).toContain(reason);
    const { body } = await world.stack.api(
      'GET',
      '/api/v1/audit?organisation=1&action=intercept.end&limit=1',
    );
    expect(body).toMatchObject({ entries: [{ actor: 'operator', subject: made.id }] });
    expect((await end(made.id)).status).toBe(404);
  });

  it('is free again for the same owner, who is then told no more of it', async () => {
    const former = await withoutPreview();
    await oneWith({ id: former.id });
    await end(former.id);
    await toldWhy();
    const made = await withoutPreview();
    expect(made.id).not.toBe(former.id);
    await oneWith({ id: made.id });
    expect(await direct(made)).toBe('laptop');
    expect(await direct(former)).toBe('cluster');
    expect(await text('status')).not.toContain('Ended:');
  });

  it('stays ended when its laptop is away and comes back with its ticket', async () => {
    const made = await world.intercept();
    await world.stack.part('daemon').kill();
    const view = await oneWith({ id: made.id, state: 'waiting' });
    expect(view.waiting_since).not.toBeNull();
    expect((await end(made.id)).status).toBe(204);
    expect(await direct(made)).toBe('cluster');
    // Not left to the daemon, which is away.
    const { status } = await world.stack.api('GET', `/api/v1/previews/${made.preview!.label}`);
    expect(status).toBe(404);
    await world.stack.startPart('daemon');
    await toldWhy();
    expect(await seen()).toEqual([]);
  });

  it('stays ended when the connector forgets, before laptop and agent come back to it', async () => {
    const made = await withoutPreview();
    await world.stack.part('daemon').kill();
    await oneWith({ id: made.id, state: 'waiting' });
    expect((await end(made.id)).status).toBe(204);
    await world.stack.part('connector').kill();
    await world.stack.startPart('connector');
    await world.stack.startPart('daemon');
    await toldWhy();
    await until(async () => ((await seen()).length === 0 ? true : undefined), 'it is back');
    expect(await direct(made)).toBe('cluster');
  });
});
