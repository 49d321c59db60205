import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeClusterKey, makeLabel } from '#protocol/label.ts';
import { report, root, tables } from './run-model.ts';

const text = readFileSync(join(root, 'docs/scaling.md'), 'utf8');
const printed = tables();
const [ten, thousand, most] = printed.report.outcomes;

describe('docs/scaling.md', () => {
  it('shows the tables that the model prints, and what their mark means', () => {
    const blocks = printed.text.split('\n\n').filter((block) => block.startsWith('| '));
    expect(blocks).toHaveLength(5);
    for (const block of blocks) expect(text).toContain(`\n\n${block}\n\n`);
    expect(text).toContain(printed.text.trim().split('\n').at(-1));
  });

  it('names the command that prints them', () => {
    expect(text).toContain('node sandbox/bootstrap.mjs bench/scale/main.ts ');
  });

  it('reckons for 10, 1,000 and 100,000 previews', () => {
    expect(printed.report.outcomes.map(({ team }) => team.previews)).toEqual([10, 1_000, 100_000]);
  });

  it('describes labels as they are made', () => {
    const checkKey = new Uint8Array(16);
    const key = makeClusterKey(new Uint8Array(5), checkKey);
    const label = makeLabel(key, 'b', new Uint8Array(22).fill(7));
    const widths = [...text.matchAll(/^\| `(-?<[^`]+)` \| (?:2 × at most )?(\d+) \|/gm)];
    expect(widths.map(([, part, width]) => [part, width])).toEqual([
      ['<word>-<word>-', '8'],
      ['<cluster key>', '8'],
      ['<shard>', '1'],
      ['-<random>', '20'],
    ]);
    expect(label).toMatch(/^[a-z]{1,8}-[a-z]{1,8}-[a-z2-7]{8}b-[a-z2-7]{20}$/);
    expect(text).toContain(`at most ${8 + 1 + 8 + 1 + 8 + 1 + 1 + 20} of the 63 characters`);
  });

  it('says rightly what comes first', () => {
    const first = (pressures: readonly { what: string }[] | undefined) => pressures?.[0]?.what;
    expect(first(ten?.cloudflare.pressures)).toBe('requests of one object');
    expect(first(thousand?.cloudflare.pressures)).toBe('requests to GitHub');
    expect(first(ten?.node.pressures)).toBe('network of the machine');
    expect(first(thousand?.node.pressures)).toBe('requests to GitHub');
    expect(first(most?.cloudflare.pressures)).toBe('requests to GitHub');
    expect(first(most?.node.pressures)).toBe('requests to GitHub');
    expect(most?.node.pressures[1]?.what).toBe('network of the machine');
    expect(most?.cloudflare.pressures[1]?.what).toBe('requests of one object');
    expect(most?.organisation.listedPerHour).toBeLessThan(12_500 / 2);
    const near = (pressures: readonly { load: number; limit: number }[]) =>
      pressures.filter(({ load, limit }) => load > limit);
    for (const { cloudflare, node } of [ten!, thousand!]) {
      expect([...near(cloudflare.pressures), ...near(node.pressures)]).toEqual([]);
    }
    expect(near(most!.cloudflare.pressures)).toHaveLength(1);
  });

  it('says rightly which engine is cheaper', () => {
    for (const { cloudflare, node } of printed.report.outcomes) {
      expect(cloudflare.underLoad.total).toBeLessThan(node.machinesUsd + node.trafficUsd);
      expect(cloudflare.atRest.total).toBe(5);
    }
    expect(most!.node.machinesUsd).toBeLessThan(most!.cloudflare.underLoad.total / 10);
    expect(ten!.cloudflare.freePlan.load).toBeLessThan(ten!.cloudflare.freePlan.limit);
    expect(thousand!.cloudflare.freePlan.load).toBeGreaterThan(thousand!.cloudflare.freePlan.limit);
  });

  it('gives a rule for shards that holds', () => {
    const [, previews] = /one shard for every ([\d,]+) previews/.exec(text) ?? [];
    const each = Number(previews?.replace(',', ''));
    for (const count of [3_000, 10_000, 45_000]) {
      const shards = String(Math.ceil(count / each));
      const [outcome] = report(
        '--previews',
        String(count),
        '--clusters',
        '1',
        '--shards',
        shards,
      ).outcomes;
      for (const { what, load, limit } of outcome!.cloudflare.pressures) {
        if (what.includes('one ')) expect([what, load < limit]).toEqual([what, true]);
      }
    }
  });
});
