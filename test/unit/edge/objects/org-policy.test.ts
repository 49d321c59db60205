/** What an organisation allows and who did what; and the alarm that keeps it all. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultPolicy } from '#edge/objects/stores/policy.ts';
import { firstRetryMs, longestRetryMs } from '#edge/objects/pushes.ts';
import { ScratchOrg } from './scratch-org.ts';

let scratch: ScratchOrg;
let key: string;
beforeEach(async () => {
  scratch = new ScratchOrg();
  ({ key } = await scratch.register('one'));
});
afterEach(() => scratch.sql.close());

describe('a policy', () => {
  it('is told to every cluster, and what changed is written down', async () => {
    const policy = { ...defaultPolicy, public_allowed: false };
    expect(await scratch.org.setPolicy({ public_allowed: false }, 'operator')).toEqual({
      ok: true,
      value: policy,
    });
    expect(scratch.told).toEqual([{ key, what: { kind: 'policy', policy } }]);
    expect(await scratch.org.policy()).toEqual(policy);
    expect(await scratch.org.audit({})).toMatchObject({
      value: {
        entries: [
          {
            actor: 'operator',
            action: 'policy.change',
            subject: '77',
            details: { from: { public_allowed: true }, to: { public_allowed: false } },
          },
        ],
      },
    });
  });

  it('that changes nothing tells nobody', async () => {
    expect(await scratch.org.setPolicy({ public_allowed: true }, 'operator')).toMatchObject({
      ok: true,
    });
    expect(scratch.told).toEqual([]);
    expect(await scratch.actions()).toEqual([]);
  });

  it('that is none changes nothing', async () => {
    expect(await scratch.org.setPolicy({ public_allowed: 'no' }, 'operator')).toMatchObject({
      refusal: { kind: 'refused' },
    });
    // Nor one whose change cannot be written down.
    await expect(scratch.org.setPolicy({ public_allowed: false }, 'x'.repeat(300))).rejects.toThrow(
      'audit',
    );
    expect(await scratch.org.policy()).toEqual(defaultPolicy);
    expect(await scratch.restart().policy()).toEqual(defaultPolicy);
    expect(scratch.told).toEqual([]);
  });

  it('reaches a cluster that was away as it is then', async () => {
    scratch.away.add(key);
    await expect(scratch.org.setPolicy({ public_allowed: false }, 'operator')).rejects.toThrow(key);
    await expect(scratch.org.setPolicy({ longest_public_s: 60 }, 'operator')).rejects.toThrow(key);
    const policy = { ...defaultPolicy, public_allowed: false, longest_public_s: 60 };
    expect(await scratch.org.policy()).toEqual(policy);
    let waitMs = firstRetryMs;
    for (let failure = 0; failure < 10; failure += 1) {
      expect(scratch.alarmMs! - scratch.nowMs).toBe(waitMs);
      await scratch.ring();
      waitMs = Math.min(2 * waitMs, longestRetryMs);
      if (failure === 0) waitMs = 2 * firstRetryMs;
    }
    scratch.away.clear();
    await scratch.ring();
    expect(scratch.told).toEqual([{ key, what: { kind: 'policy', policy } }]);
  });

  it('may be changed under a name of its own in the audit log', async () => {
    await scratch.org.setPolicy({ public_allowed: false }, 'gh:1', 'organisation.lockdown');
    expect(await scratch.actions()).toEqual(['gh:1 organisation.lockdown 77']);
  });
});

it('a note is one row of the audit log', async () => {
  await scratch.org.note({
    actor: 'gh:1001',
    action: 'preview.public',
    subject: 'amber-otter',
    details: { forS: 60 },
  });
  expect(await scratch.actions()).toEqual(['gh:1001 preview.public amber-otter']);
  expect(await scratch.org.audit({ limit: 0 })).toMatchObject({ refusal: { kind: 'refused' } });
});

describe('the alarm', () => {
  it('is set by the first installation, to a time of day of the organisation’s own', async () => {
    expect(scratch.alarmMs).toBeUndefined();
    await scratch.org.installed(5, 'acme');
    const firstMs = scratch.alarmMs!;
    expect(firstMs).toBeGreaterThan(scratch.nowMs);
    expect(firstMs).toBeLessThanOrEqual(scratch.nowMs + 86_400_000);
    scratch.restart();
    expect(scratch.alarmMs).toBe(firstMs);
    await scratch.ring();
    expect(scratch.alarmMs).toBe(firstMs + 86_400_000);
    const other = new ScratchOrg(undefined, 78);
    await other.org.installed(6, 'other');
    expect(other.alarmMs).not.toBe(firstMs);
    other.sql.close();
  });

  it('that comes too early or twice does nothing', async () => {
    await scratch.org.installed(5, 'acme');
    const firstMs = scratch.alarmMs!;
    await scratch.org.alarm();
    await scratch.org.alarm();
    expect(scratch.alarmMs).toBe(firstMs);
  });

  it('cleans what has had its time', async () => {
    await scratch.org.installed(5, 'acme');
    const made = await scratch.org.makeToken(
      { kind: 'service', name: 'x', binding: { kind: 'organisation' }, expiresInS: 60 },
      'operator',
    );
    expect(made.ok).toBe(true);
    scratch.nowMs += 60_000;
    await scratch.ring();
    expect(scratch.sql.all("SELECT * FROM tokens WHERE kind = 'service'")).toEqual([]);
  });
});
