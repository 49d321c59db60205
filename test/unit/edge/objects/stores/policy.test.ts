import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultPolicy, Policies } from '#edge/objects/stores/policy.ts';
import { scratch, valueOf, type Scratch } from './scratch-store.ts';

let store: Scratch;
let policies: Policies;
const restart = (): void => {
  policies = new Policies(store);
};
beforeEach(() => {
  store = scratch();
  restart();
});
afterEach(() => store.sql.close());

describe('the policy', () => {
  it('begins with previews that may be public for a day, and no intercepts through the edge', () => {
    expect(policies.current).toEqual(defaultPolicy);
    expect(policies.current).toMatchObject({
      public_allowed: true,
      longest_public_s: 86_400,
      edge_intercepts: 'nobody',
    });
  });

  it('is changed in parts, at once and over a restart', () => {
    const { policy, changed } = valueOf(
      policies.update({
        public_allowed: false,
        edge_intercepts: 'admins',
        longest_public_s: 86_400,
      }),
    );
    expect(changed).toEqual({ public_allowed: true, edge_intercepts: 'nobody' });
    expect(policy).toEqual({ ...defaultPolicy, public_allowed: false, edge_intercepts: 'admins' });
    expect(policies.current).toEqual(policy);
    restart();
    expect(policies.current).toEqual(policy);
    expect(valueOf(policies.update({})).changed).toEqual({});
  });

  it.each([
    { longest_public_s: 60 },
    { longest_public_s: 2_592_000 },
    { max_previews_per_person: 0 },
    { max_previews_per_person: 1000 },
    { max_public_requests_per_minute: 1 },
    { max_public_requests_per_minute: 1_000_000 },
    { max_public_bytes_per_day: 0 },
    { max_public_bytes_per_day: 1e15 },
  ])('takes %j', (patch) => {
    expect(valueOf(policies.update(patch)).policy).toMatchObject(patch);
  });

  it.each<[string, unknown]>([
    ['longest_public_s', { longest_public_s: 59 }],
    ['longest_public_s', { longest_public_s: 2_592_001 }],
    ['longest_public_s', { longest_public_s: 90.5 }],
    ['max_previews_per_person', { max_previews_per_person: -1 }],
    ['max_previews_per_person', { max_previews_per_person: 1001 }],
    ['max_public_requests_per_minute', { max_public_requests_per_minute: 0 }],
    ['max_public_requests_per_minute', { max_public_requests_per_minute: 1_000_000_001 }],
    ['max_public_bytes_per_day', { max_public_bytes_per_day: 1e15 + 1 }],
    ['public_allowed', { public_allowed: 'true' }],
    ['public_allowed', { public_allowed: null }],
    ['edge_intercepts', { edge_intercepts: 'everybody' }],
    ['nonsense', { nonsense: 1 }],
    ['', null],
    ['', []],
    ['', 'public_allowed'],
  ])('refuses and names %s, and changes nothing', (name, patch) => {
    const outcome = policies.update(patch);
    expect(outcome).toMatchObject({ ok: false, refusal: { kind: 'refused' } });
    expect(!outcome.ok && outcome.refusal.reason).toContain(name);
    restart();
    expect(policies.current).toEqual(defaultPolicy);
  });

  it('takes nothing from a prototype', () => {
    policies.update(JSON.parse('{"__proto__": {"public_allowed": false}}'));
    expect(policies.current).toEqual(defaultPolicy);
  });

  it('changes all of a patch or nothing', () => {
    expect(policies.update({ public_allowed: false, longest_public_s: 1 }).ok).toBe(false);
    expect(policies.current.public_allowed).toBe(true);
  });

  it('threat 24: allows least where what is stored cannot be read', () => {
    for (const name of Object.keys(defaultPolicy)) {
      store.sql.run('INSERT INTO policy VALUES (?, ?)', name, '{');
    }
    store.sql.run('INSERT INTO policy VALUES (?, ?)', 'of_a_newer_version', '1');
    restart();
    expect(policies.current).toMatchObject({
      public_allowed: false,
      max_previews_per_person: 0,
      edge_intercepts: 'nobody',
    });
    valueOf(policies.update({ public_allowed: true }));
    expect(policies.current.public_allowed).toBe(true);
  });
});
