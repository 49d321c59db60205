/** Tokens of an organisation: what they are bound to, who hears of their end, what is written down. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clusterKeyOfToken } from '#edge/objects/tunnel-request.ts';
import type { Outcome } from '#edge/objects/calls.ts';
import type { NewToken } from '#edge/objects/stores/token-record.ts';
import { firstRetryMs } from '#edge/objects/pushes.ts';
import { alice, organisationId, ScratchOrg } from './scratch-org.ts';

const service: NewToken = { kind: 'service', name: 'e2e', binding: { kind: 'organisation' } };
const personal: NewToken = { ...service, kind: 'personal', name: 'laptop', creator: alice };
const admin = 'gh:1001';

let scratch: ScratchOrg;
let keys: string[];
beforeEach(async () => {
  scratch = new ScratchOrg();
  keys = [(await scratch.register('one')).key, (await scratch.register('two')).key];
});
afterEach(() => scratch.sql.close());

const value = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new Error(outcome.refusal.reason);
  return outcome.value;
};
const make = async (input: NewToken) => value(await scratch.org.makeToken(input, admin));
const toEach = (what: unknown) => keys.toSorted().map((key) => ({ key, what }));
const told = () => scratch.told.toSorted((a, b) => (a.key < b.key ? -1 : 1));

describe('a new token', () => {
  it('is found by its id, and is in the audit log without its secret', async () => {
    const { token, record } = await make(personal);
    expect(scratch.homes.get(record.id)).toEqual([organisationId, alice.id]);
    expect(await scratch.actions()).toEqual([`${admin} token.create ${record.id}`]);
    expect(scratch.dump()).not.toContain(token.split('_')[2]);
    expect(await scratch.org.token(record.id)).toEqual(record);
    expect(await scratch.org.verifyToken(token, 'personal')).toMatchObject({ kind: 'valid' });
  });

  it('is none when it would not be found', async () => {
    scratch.placing = () => {
      throw new Error('away');
    };
    await expect(make(service)).rejects.toThrow('away');
    expect(await scratch.org.tokens({ kind: 'service' })).toEqual([]);
    expect(await scratch.actions()).toEqual([]);
  });

  it('of a connector names its cluster, and has no place elsewhere', async () => {
    const [key = ''] = keys;
    const binding = { kind: 'cluster', key } as const;
    const { token } = await make({ kind: 'connector', name: 'second', binding });
    expect(clusterKeyOfToken(token)).toBe(key);
    expect(await scratch.org.admits(key, token)).toBe(true);
    expect(scratch.homes.size).toBe(0);
  });

  it('threat 49: is bound to what is the organisation’s own', async () => {
    scratch.previews.set('amber-otter', organisationId).set('foreign-fox', 78);
    const bound = async (binding: NewToken['binding']) =>
      scratch.org.makeToken({ ...service, binding }, admin);
    expect((await bound({ kind: 'preview', label: 'amber-otter' })).ok).toBe(true);
    expect((await bound({ kind: 'cluster', key: keys[0]! })).ok).toBe(true);
    for (const binding of [
      { kind: 'preview', label: 'foreign-fox' },
      { kind: 'preview', label: 'nobodys-newt' },
      { kind: 'cluster', key: 'aaaaaaaa' },
    ] as const) {
      const refused = await bound(binding);
      expect(refused).toMatchObject({ ok: false, refusal: { kind: 'refused' } });
      expect(JSON.stringify(refused)).toContain('the organisation has no');
    }
  });
});

describe('a token that is revoked', () => {
  it('is void, and every cluster knows when it resolves', async () => {
    const { token, record } = await make(service);
    expect(await scratch.org.revokeToken(record.id, admin)).toBe(true);
    expect(told()).toEqual(toEach({ kind: 'token', id: record.id }));
    expect(scratch.homes.has(record.id)).toBe(false);
    expect(await scratch.org.verifyToken(token, 'service')).toEqual({ kind: 'unknown' });
    expect((await scratch.actions())[0]).toBe(`${admin} token.revoke ${record.id}`);
    expect(await scratch.org.revokeToken(record.id, admin)).toBe(false);
  });

  it('is void even if a cluster is away, which hears of it later, after a restart too', async () => {
    const { token, record } = await make(service);
    scratch.away.add(keys[1]!);
    await expect(scratch.org.revokeToken(record.id, admin)).rejects.toThrow(keys[1]);
    expect(await scratch.org.verifyToken(token, 'service')).toEqual({ kind: 'unknown' });
    expect(told()).toEqual([{ key: keys[0], what: { kind: 'token', id: record.id } }]);
    scratch.restart();
    expect(scratch.alarmMs).toBe(scratch.nowMs + firstRetryMs);
    await scratch.ring();
    scratch.away.clear();
    await scratch.ring();
    expect(told()).toEqual(toEach({ kind: 'token', id: record.id }));
  });

  it('with the person who took the app’s authorization back', async () => {
    const { record } = await make(personal);
    const other = await make({ ...personal, creator: { id: 1002, login: 'bob' } });
    const robot = await make({ ...service, creator: alice });
    await scratch.org.revokePersonal(alice.id);
    expect(told()).toEqual(toEach({ kind: 'token', id: record.id }));
    const ids = (await scratch.org.tokens({})).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([other.record.id, robot.record.id]));
    expect(ids).not.toContain(record.id);
    expect([...scratch.homes.keys()].sort()).toEqual([other.record.id, robot.record.id].sort());
  });

  it('is not told to a cluster that was removed meanwhile', async () => {
    const { record } = await make(service);
    scratch.away.add(keys[1]!);
    await expect(scratch.org.revokeToken(record.id, admin)).rejects.toThrow(keys[1]);
    await scratch.org.forget(keys[1]!);
    scratch.away.clear();
    scratch.told.length = 0;
    await scratch.ring();
    expect(scratch.told).toEqual([]);
  });

  it('with its cluster', async () => {
    const { record } = await make({ ...service, binding: { kind: 'cluster', key: keys[0]! } });
    await scratch.org.forget(keys[0]!);
    expect(await scratch.org.token(record.id)).toBeUndefined();
    expect(scratch.homes.has(record.id)).toBe(false);
  });
});

describe('a token with a new secret', () => {
  it('threat 52: has both for the grace, then one; every cluster knows', async () => {
    const { token, record } = await make(service);
    const rotated = value(await scratch.org.rotateToken(record.id, 60_000, admin));
    expect(rotated.record.id).toBe(record.id);
    expect(told()).toEqual(toEach({ kind: 'token', id: record.id }));
    expect(await scratch.org.verifyToken(token, 'service')).toMatchObject({ former: true });
    scratch.nowMs += 60_000;
    expect(await scratch.org.verifyToken(token, 'service')).toEqual({ kind: 'unknown' });
    expect(await scratch.org.verifyToken(rotated.token, 'service')).toMatchObject({
      kind: 'valid',
    });
    expect((await scratch.actions())[0]).toBe(`${admin} token.rotate ${record.id}`);
  });

  it('is refused for what is not there', async () => {
    expect(await scratch.org.rotateToken('000000000000', undefined, admin)).toMatchObject({
      refusal: { kind: 'missing' },
    });
    expect(scratch.told).toEqual([]);
  });
});
