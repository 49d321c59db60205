import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterCalls, NewPreview, Preview } from '#edge/objects/calls.ts';
import { shardFor } from '#edge/objects/shards.ts';
import { connect, ingress, owner, ScratchEdge, type FakeConnector } from '../scratch-edge.ts';

let edge: ScratchEdge;
let key: string;
let token: string;
let home: ClusterCalls;
const tunnels: FakeConnector[] = [];

beforeEach(async () => {
  edge = new ScratchEdge();
  edge.shards = 3;
  await edge.open();
  ({ key, token } = await edge.cluster());
  home = edge.directory.cluster(key)!;
});
afterEach(() => {
  for (const { session } of tunnels.splice(0)) session.close(1000, '');
  edge.stop();
});

async function tunnel(shard: string): Promise<FakeConnector> {
  const connector = await connect(edge.directory.find(key, shard)!, {
    route: () => Promise.resolve({}),
    unroute: () => Promise.resolve({}),
  });
  tunnels.push(connector);
  return connector;
}

/** The `nth` intercept id that goes to the shard. */
function idOn(shard: string, count = 3, nth = 0): string {
  for (let at = 0, found = 0; ; at += 1) {
    const id = at.toString(16).padStart(32, '0');
    if (shardFor(id, count) === shard && found++ === nth) return id;
  }
}

const input = (id: string, more: Partial<NewPreview> = {}): NewPreview => ({
  intercept: { id, name: 'web' },
  owner,
  ingress,
  access: 'private',
  publicForS: 3600,
  ...more,
});

const toPublic = { access: 'public', publicForS: 3600 } as const;
const toPrivate = { access: 'private', publicForS: 3600 } as const;

async function create(id: string, more: Partial<NewPreview> = {}): Promise<Preview> {
  const made = await home.create(input(id, more));
  if (!made.ok) throw new Error(made.refusal.reason);
  return made.value;
}

/** The shard in a label: the last of the nine characters of its third part. */
const shardOf = ({ label }: Preview): string => label.split('-')[2]!.slice(-1);

describe('claiming', () => {
  it('is for once, also for a shard, and also by its own organisation', async () => {
    for (const shard of ['a', 'b', 'c']) {
      expect(edge.directory.find(key, shard)?.previews.organisationId).toBe(77);
      expect(await edge.directory.cluster(key, shard)!.claim(77, 3)).toBe(false);
      expect(await edge.directory.cluster(key, shard)!.claim(78, 9)).toBe(false);
      expect(edge.directory.find(key, shard)?.previews.organisationId).toBe(77);
    }
    expect(edge.directory.find(key, 'd')).toBeUndefined();
  });
});

describe('previews of several shards', () => {
  it('are made on the shard that the intercept’s id names, and found by their label', async () => {
    for (const shard of ['a', 'b', 'c']) {
      const preview = await create(idOn(shard));
      expect(shardOf(preview)).toBe(shard);
      expect(await edge.directory.clusterOfLabel(preview.label)!.find(preview.label)).toEqual(
        preview,
      );
      expect(edge.object(preview.label).shard).toBe(shard);
    }
  });

  it('are announced on the tunnel of their shard only', async () => {
    const [a, b] = [await tunnel('a'), await tunnel('b')];
    const preview = await create(idOn('b'));
    const again = await tunnel('b');
    expect(again.control[0]).toMatchObject({ type: 'routes', routes: [{ label: preview.label }] });
    expect(await b.closed).toBe(4409);
    expect((await tunnel('a')).control[0]).toMatchObject({ type: 'routes', routes: [] });
    expect(await a.closed).toBe(4409);
  });

  it('are listed by the home, all of them, before and after a restart', async () => {
    const made = [];
    for (const shard of ['a', 'b', 'c', 'b']) made.push(await create(idOn(shard, 3, made.length)));
    const labels = made.map(({ label }) => label).sort();
    for (const again of [false, true]) {
      if (again) await edge.restart();
      home = edge.directory.cluster(key)!;
      expect((await home.list())!.map(({ label }) => label).sort()).toEqual(labels);
    }
  });

  it('have their state told by the home, one entry for each shard', async () => {
    await create(idOn('c'));
    await tunnel('c');
    const status = (await home.status())!;
    expect(status.map(({ shard, connected, previews }) => [shard, connected, previews])).toEqual([
      ['a', false, 0],
      ['b', false, 0],
      ['c', true, 1],
    ]);
    expect(status.every(({ credit_whole }) => credit_whole)).toBe(true);
  });

  it('are changed and ended through the shard alone', async () => {
    const { label } = await create(idOn('b'));
    const shard = edge.directory.clusterOfLabel(label)!;
    expect((await shard.setAccess(label, toPublic))?.access).toBe('public');
    expect(await home.setAccess(label, toPrivate)).toBeUndefined();
    expect(await home.remove(label)).toBe(false);
    expect((await home.list())![0]?.access).toBe('public');
    expect(await shard.remove(label)).toBe(true);
    expect(await home.list()).toEqual([]);
  });
});

describe('raising the number of shards', () => {
  it('makes the new ones, tells the connector, and never lowers', async () => {
    const a = await tunnel('a');
    expect(await home.raiseShards(5)).toEqual({ ok: true, value: 5 });
    await expect
      .poll(() => a.control.at(-1))
      .toEqual({ type: 'shards', shards: ['a', 'b', 'c', 'd', 'e'] });
    expect(await home.raiseShards(2)).toEqual({ ok: true, value: 5 });
    expect(await home.raiseShards(5)).toEqual({ ok: true, value: 5 });
    expect((await home.status())!.map(({ shard }) => shard).join('')).toBe('abcde');
    expect(await edge.directory.ofToken(token, 'e')).toBeDefined();
    expect(await edge.directory.ofToken(token, 'f')).toBeUndefined();
    await edge.restart();
    expect((await edge.directory.cluster(key)!.status())!).toHaveLength(5);
  });

  it('may be tried again after it was broken off half-way', async () => {
    expect(await edge.directory.cluster(key, 'd')!.claim(77, 5)).toBe(true);
    expect(await home.raiseShards(5)).toEqual({ ok: true, value: 5 });
    expect((await home.status())!).toHaveLength(5);
  });

  it('leaves previews where they are: the one like a new one is found on another shard', async () => {
    const before = [];
    for (let nth = 0; nth < 20; nth += 1) before.push(await create(nth.toString(16).repeat(32)));
    await home.raiseShards(8);
    let moved = 0;
    for (const preview of before) {
      const { id } = preview.intercept;
      if (shardFor(id, 8) !== shardOf(preview)) moved += 1;
      expect(await create(id)).toEqual(preview);
      expect((await create(id, { access: 'public' })).label).toBe(preview.label);
    }
    expect(moved).toBeGreaterThan(0);
    expect((await home.list())!.every(({ access }) => access === 'public')).toBe(true);
    expect(await home.list()).toHaveLength(20);
  });

  it('gives what differs in its ingress a preview of its own, on the intercept’s new shard', async () => {
    await home.raiseShards(8);
    const id = idOn('h', 8);
    const one = await create(id);
    const two = await create(id, { ingress: { ...ingress, port: 444 } });
    expect(one.label).not.toBe(two.label);
    expect([shardOf(one), shardOf(two)]).toEqual(['h', 'h']);
  });
});

describe('retiring', () => {
  it('ends tokens, previews and tunnels of all shards; the key does not come back', async () => {
    const all = [await tunnel('a'), await tunnel('b'), await tunnel('c')];
    const made = [await create(idOn('a')), await create(idOn('b')), await create(idOn('c'))];
    expect(await home.retire()).toBe(true);
    expect(await Promise.all(all.map(({ closed }) => closed))).toEqual([4401, 4401, 4401]);
    for (const again of [false, true]) {
      if (again) await edge.restart();
      const { directory } = edge;
      const [a, b] = [directory.cluster(key)!, directory.cluster(key, 'b')!];
      for (const { label } of made) {
        expect(await directory.clusterOfLabel(label)!.find(label)).toBeUndefined();
      }
      for (const shard of ['a', 'b', 'c']) {
        expect(await directory.ofToken(token, shard)).toBeUndefined();
        expect(await directory.cluster(key, shard)!.claim(78, 3)).toBe(false);
      }
      expect(await a.list()).toBeUndefined();
      expect(await a.status()).toBeUndefined();
      expect(await b.listHere()).toEqual([]);
      expect(await a.retire()).toBe(false);
      expect(await a.create(input(idOn('a')))).toMatchObject({ refusal: { kind: 'missing' } });
      expect(await b.createHere(input(idOn('b')))).toMatchObject({ refusal: { kind: 'missing' } });
      expect(await a.raiseShards(4)).toMatchObject({ refusal: { kind: 'missing' } });
      await expect(b.statusHere()).rejects.toThrow('no such shard');
    }
  });
});

describe('a shard that was never claimed', () => {
  it('answers that there is none, and is not made by being asked', async () => {
    const before = readdirSync(edge.dir).sort();
    const none = edge.directory.cluster(key, 'z')!;
    expect(await none.list()).toBeUndefined();
    expect(await none.listHere()).toEqual([]);
    expect(await none.status()).toBeUndefined();
    expect(await none.find('x')).toBeUndefined();
    expect(await none.setAccess('x', toPublic)).toBeUndefined();
    expect(await none.reuse(input('x'))).toBeUndefined();
    expect(await none.remove('x')).toBe(false);
    expect(await none.retire()).toBe(false);
    await none.retireHere();
    expect(await none.create(input('x'))).toMatchObject({ refusal: { kind: 'missing' } });
    expect(await none.raiseShards(2)).toMatchObject({ refusal: { kind: 'missing' } });
    expect(readdirSync(edge.dir).sort()).toEqual(before);
  });
});
