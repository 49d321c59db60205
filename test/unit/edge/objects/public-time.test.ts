/** Public is for a time. The clock decides; the alarm only ends what is open, late or twice as it may come. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Alarm, Sql } from '#edge/ports.ts';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import { Cluster } from '#edge/objects/cluster.ts';
import type { Gate } from '#edge/gate/gate.ts';
import { wayTo } from '#edge/gate/way.ts';
import { ring } from '../gate/key-ring.ts';
import { ingress, interceptId, owner, ScratchEdge } from '../scratch-edge.ts';

let sql: SqlFile;
let nowMs: number;
let setMs: number | undefined;
const alarm: Alarm = {
  set: (atMs) => void (setMs = atMs),
  clear: () => void (setMs = undefined),
};
const objects = {
  identity: () => undefined as never,
  org: () => undefined as never,
  pull: () => undefined as never,
  cluster: () => undefined,
  clusterOfLabel: () => undefined,
};
const gate: Gate = {
  ring,
  objects,
  clock: { nowMs: () => nowMs },
  random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
  log: { info() {}, warn() {} },
  appOrigin: () => 'https://byway.example.com',
  originOf: (label) => `https://${label}.preview.example.dev`,
  canSignIn: false,
};

function clusterOn(storage: Sql): Cluster {
  return new Cluster('aaaaaaaa', 'a', {
    ...gate,
    sql: storage,
    alarm,
    version: '0.0.0',
    features: [],
    objects,
  });
}

beforeEach(() => {
  nowMs = 1_000_000;
  setMs = undefined;
  sql = openSql(':memory:');
});
afterEach(() => sql.close());

async function made(cluster: Cluster, digit: string, publicForS: number): Promise<string> {
  const intercept = { id: interceptId(digit), name: 'web' };
  const result = await cluster.createHere({
    intercept,
    owner,
    ingress,
    access: 'public',
    publicForS,
  });
  if (!result.ok) throw new Error(result.refusal.reason);
  return result.value.label;
}

function codeOf(cluster: Cluster, label: string): Promise<string> {
  const text = (): Promise<string> => Promise.resolve('');
  return new Promise((resolve) => {
    wayTo(gate, cluster, { label, method: 'GET', target: '/', fields: [], text }, (way) => {
      resolve(way.kind === 'page' ? new TextDecoder().decode(way.page.body) : way.kind);
    });
  });
}

it('sets the alarm to the first end, and to the next one after it', async () => {
  const cluster = clusterOn(sql);
  const long = await made(cluster, '1', 60);
  expect(setMs).toBe(1_060_000);
  const short = await made(cluster, '2', 10);
  expect(setMs).toBe(1_010_000);
  nowMs = setMs!;
  await cluster.alarm();
  expect(cluster.previews.find(short)?.access).toBe('private');
  expect(cluster.previews.find(long)?.access).toBe('public');
  expect(setMs).toBe(1_060_000);
  nowMs = setMs!;
  await cluster.alarm();
  // Whatever else is planned is about how long the preview itself lives.
  expect(setMs ?? Infinity).toBeGreaterThan(nowMs + 86_400_000);
});

it('threat 38: is over at its time, however late the alarm comes', async () => {
  const cluster = clusterOn(sql);
  const label = await made(cluster, '1', 10);
  nowMs += 9_999;
  expect(await codeOf(cluster, label)).not.toContain('BW-1001');
  nowMs += 1;
  expect(cluster.previews.find(label)?.access).toBe('public');
  expect(await codeOf(cluster, label)).toContain('BW-1001');
  expect(await codeOf(cluster, label)).toBe(await codeOf(cluster, 'unknown'));
});

it('takes an alarm that is early, or comes twice, as none', async () => {
  const cluster = clusterOn(sql);
  const label = await made(cluster, '1', 10);
  await cluster.alarm();
  expect(cluster.previews.find(label)?.access).toBe('public');
  expect(setMs).toBe(1_010_000);
  nowMs = setMs!;
  await cluster.alarm();
  cluster.setAccess(label, { access: 'public', publicForS: 5 });
  await cluster.alarm();
  expect(cluster.previews.find(label)?.access).toBe('public');
});

it('goes on after a restart: the alarm is set again', async () => {
  await made(clusterOn(sql), '1', 10);
  setMs = undefined;
  const again = clusterOn(sql);
  expect(setMs).toBe(1_010_000);
  nowMs = setMs!;
  await again.alarm();
  expect(again.previews.list().map(({ access }) => access)).toEqual(['private']);
});

it('is asked for by the API in seconds, a day by default', async () => {
  const edge = await new ScratchEdge().open();
  try {
    const { key } = await edge.cluster();
    const day = (await edge.preview(key, { access: 'public' })).body as unknown as Record<
      string,
      string
    >;
    expect(Date.parse(day.public_until!) - Date.parse(day.created_at!)).toBe(86_400_000);
    const path = `/api/v1/previews/${day.label}`;
    const short = await edge.call('PATCH', path, { access: 'public', public_for_s: 60 });
    expect(short.body).toMatchObject({ public_until: new Date(edge.nowMs + 60_000).toISOString() });
    expect((await edge.call('PATCH', path, { access: 'private' })).body).toMatchObject({
      public_until: null,
    });
    for (const public_for_s of [0, -1, 1.5, 30 * 86_400 + 1, '60']) {
      expect((await edge.call('PATCH', path, { access: 'public', public_for_s })).status).toBe(400);
    }
  } finally {
    edge.stop();
  }
});
