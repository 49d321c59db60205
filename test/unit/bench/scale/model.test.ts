import { describe, expect, it } from 'vitest';
import { report, run } from './run-model.ts';

const teams = (previews: string, ...more: string[]) =>
  report('--previews', previews, ...more).outcomes;

describe('the load model', () => {
  it('says the same every time', () => {
    const [one, other] = [report('--previews', '300'), report('--previews', '300')];
    expect(one.outcomes).toEqual(other.outcomes);
  });

  it('does not hang on its seed', () => {
    const [one] = teams('5000');
    const [other] = teams('5000', '--seed', '4711');
    expect(other).not.toEqual(one);
    const ratio = other!.cloudflare.underLoad.total / one!.cloudflare.underLoad.total;
    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.1);
  });

  it('asks for as many requests as its inputs say', () => {
    const { inputs, outcomes } = report('--previews', '2000');
    const each = inputs['workload']!['requestsPerPreviewPerDay']!.value;
    expect(outcomes[0]!.requestsPerDay / 2_000 / each).toBeCloseTo(1, 1);
  });

  it('has an object and a tunnel socket for each shard of each cluster', () => {
    const [team] = teams('1000', '--clusters', '5', '--shards', '3');
    expect(team!.cloudflare.objects).toBe(15);
    expect(team!.cloudflare.tunnelSockets).toBe(15);
    expect(team!.node.clusters).toBe(5);
  });

  it('loads an object less when there are more shards, and asks more for it', () => {
    const by = (shards: string) => teams('5000', '--clusters', '1', '--shards', shards)[0]!;
    const [two, sixteen] = [by('2').cloudflare, by('16').cloudflare];
    expect(sixteen.requestsPerS.max).toBeLessThan(two.requestsPerS.max);
    expect(sixteen.previewsOfObject.max).toBeLessThan(two.previewsOfObject.max);
    expect(sixteen.memoryBytes.max).toBeLessThan(two.memoryBytes.max);
    expect(sixteen.underLoadAwake.total).toBeGreaterThan(two.underLoadAwake.total);
  });

  it('cannot split one preview', () => {
    const busiest = ['1', '32'].map(
      (shards) => teams('1', '--shards', shards)[0]!.cloudflare.requestsPerS.max,
    );
    expect(busiest[0]).toBe(busiest[1]);
  });

  it('orders what may break by how near it is, each with what raises it', () => {
    for (const { cloudflare, node } of teams('10,1000')) {
      for (const { pressures } of [cloudflare, node]) {
        const strains = pressures.map(({ load, limit }) => load / limit);
        expect(strains).toEqual([...strains].sort((one, other) => other - one));
        expect(pressures.every(({ raisedBy }) => raisedBy !== '')).toBe(true);
      }
    }
  });

  it('asks no more at rest than under load, and less for sleeping objects than for waking ones', () => {
    for (const { cloudflare } of teams('10,3000')) {
      expect(cloudflare.atRest.total).toBeLessThanOrEqual(cloudflare.underLoad.total);
      expect(cloudflare.underLoad.total).toBeLessThanOrEqual(cloudflare.underLoadAwake.total);
    }
  });

  it('gives every input a unit and a source, and published ones a place to read it', () => {
    const { inputs } = report('--previews', '1');
    const all = Object.values(inputs).flatMap((group) => Object.entries(group));
    expect(all.length).toBeGreaterThan(50);
    for (const [name, { value, unit, kind, source }] of all) {
      expect([name, value > 0, unit !== '', source !== '']).toEqual([name, true, true, true]);
      if (kind === 'published') expect(`${name}: ${source}`).toMatch(/https:\/\/|INFOCOM|\(5\)/);
      if (kind === 'measured') expect(`${name}: ${source}`).toMatch(/`|workerd|WAL/);
    }
    const { stdout } = run('--inputs');
    for (const [name] of all) expect(stdout).toContain(`.${name}\``);
  });

  it.each([
    [['--previews', '0'], '--previews 0: must be a whole number from 1 to 1000000'],
    [['--previews', '10,many'], '--previews many: must be a whole number'],
    [['--shards', '33'], '--shards 33: must be a whole number from 1 to 32'],
    [['--shards', '0'], '--shards 0'],
    [['--sharks', '2'], '--sharks'],
  ])('refuses %j', (args, message) => {
    const { status, stdout, stderr } = run(...args);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toContain('bench/scale/main.ts [--previews');
  });

  it('takes 32 shards', () => {
    const [team] = teams('100', '--clusters', '1', '--shards', '32');
    expect(team!.cloudflare.objects).toBe(32);
  });
});
