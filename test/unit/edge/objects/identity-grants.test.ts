/** Grants of machines on real stores, over restarts, and what ends them. */
import { describe, expect, it } from 'vitest';
import { grant, identified, scratch, useIdentity } from './scratch-identity.ts';
import { alice } from './scratch-org.ts';

/** Good for ten minutes from the beginning of a test. */
const request = {
  deviceCodeHash: 'd'.repeat(43),
  userCode: 'BCDF-GHJK',
  scopes: ['view'] as const,
  device: 'laptop',
  address: '192.0.2.1',
  expiresMs: Date.UTC(2026, 0, 1) + 600_000,
};

useIdentity();

describe('a grant', () => {
  it('keeps its organisation from the code to every generation of its tokens', async () => {
    const code = await scratch.grantCode();
    await scratch.identity.storeGrantCode('g'.repeat(64), code);
    scratch.restart();
    expect(await scratch.identity.redeemGrantCode('g'.repeat(64))).toEqual(code);
    const first = (await scratch.identity.startFamily(code.family, grant))!;
    scratch.restart();
    expect(await scratch.identity.grantOfAccess(first.accessToken)).toEqual(grant);
    const second = (await scratch.identity.rotate(first.refreshToken))!;
    expect(await scratch.identity.grantOfRefresh(second.refreshToken)).toEqual(grant);
    await scratch.identity.revoke(second.accessToken);
    expect(await scratch.identity.grantOfAccess(first.accessToken)).toBeUndefined();
    expect(await scratch.identity.rotate(second.refreshToken)).toBeUndefined();
  });

  it('ends, begun or not, when its code comes again', async () => {
    const code = await scratch.grantCode();
    await scratch.identity.storeGrantCode('g'.repeat(64), code);
    await scratch.identity.redeemGrantCode('g'.repeat(64));
    expect(await scratch.identity.redeemGrantCode('g'.repeat(64))).toBeUndefined();
    expect(await scratch.identity.startFamily(code.family, grant)).toBeUndefined();
  });
});

describe('a device', () => {
  it('gets the grant of the person who confirmed, once', async () => {
    expect(await scratch.identity.startDevice(request)).toBe(true);
    expect(await scratch.identity.startDevice(request)).toBe(false);
    expect(await scratch.identity.pollDevice(request.deviceCodeHash)).toEqual({ kind: 'pending' });
    expect(await scratch.identity.pollDevice(request.deviceCodeHash)).toEqual({
      kind: 'slow-down',
    });
    expect(await scratch.identity.findDevice(request.userCode)).toMatchObject({ device: 'laptop' });
    const family = 'F'.repeat(22);
    expect(await scratch.identity.decideDevice(request.userCode, { grant, family })).toBe(true);
    expect(await scratch.identity.decideDevice(request.userCode, undefined)).toBe(false);
    scratch.restart();
    expect(await scratch.identity.pollDevice(request.deviceCodeHash)).toEqual({
      kind: 'approved',
      grant,
      family,
    });
    expect(await scratch.identity.pollDevice(request.deviceCodeHash)).toEqual({ kind: 'expired' });
    expect(await scratch.identity.pollDevice('unknown')).toEqual({ kind: 'expired' });
  });

  it('is told of a no, and that its time is over', async () => {
    await scratch.identity.startDevice(request);
    await scratch.identity.decideDevice(request.userCode, undefined);
    expect(await scratch.identity.pollDevice(request.deviceCodeHash)).toEqual({ kind: 'denied' });
    scratch.nowMs = request.expiresMs;
    expect(await scratch.identity.pollDevice(request.deviceCodeHash)).toEqual({ kind: 'expired' });
    expect(await scratch.identity.findDevice(request.userCode)).toBeUndefined();
  });
});

describe('a person who took the app’s authorization back', () => {
  it('has no login, no grant and no personal token any more', async () => {
    const { login, secret } = await scratch.identity.startLogin(identified);
    const bob = await scratch.identity.startLogin({
      ...identified,
      user: { id: 1002, login: 'bob' },
    });
    await scratch.session(login.sid, 'amber-otter');
    const tokens = (await scratch.identity.startFamily('F'.repeat(22), grant))!;
    await scratch.identity.placeToken('t1', 77, alice.id);
    await scratch.identity.placeToken('t2', 78, alice.id);
    await scratch.identity.placeToken('t3', 79, 1002);
    scratch.away.add('77');
    await expect(scratch.identity.endPerson(alice.id)).rejects.toThrow('77 is away');
    // The others heard of it all the same.
    expect(scratch.revoked).toEqual([
      [77, alice.id],
      [78, alice.id],
    ]);
    expect(scratch.ended).toEqual([{ label: 'amber-otter', sids: [login.sid] }]);
    expect(await scratch.identity.login(secret)).toBeUndefined();
    expect(await scratch.identity.login(bob.secret)).toBeDefined();
    expect(await scratch.identity.grantOfAccess(tokens.accessToken)).toBeUndefined();
    expect(await scratch.identity.rotate(tokens.refreshToken)).toBeUndefined();
    scratch.away.clear();
    await scratch.identity.endPerson(alice.id);
  });

  it('gets no grant of what was under way', async () => {
    const code = await scratch.grantCode();
    await scratch.identity.storeGrantCode('g'.repeat(64), code);
    await scratch.identity.redeemGrantCode('g'.repeat(64));
    await scratch.identity.startDevice(request);
    await scratch.identity.decideDevice(request.userCode, { grant, family: 'G'.repeat(22) });
    await scratch.identity.endPerson(alice.id);
    expect(await scratch.identity.startFamily(code.family, grant)).toBeUndefined();
    expect(await scratch.identity.pollDevice(request.deviceCodeHash)).toMatchObject({
      kind: 'denied',
    });
    expect(await scratch.identity.startFamily('G'.repeat(22), grant)).toBeUndefined();
  });
});
