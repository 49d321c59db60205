/** Logins of browsers on real stores, over restarts. */
import { describe, expect, it } from 'vitest';
import { maxLoginsPerUser } from '#edge/objects/stores/logins.ts';
import { identified, scratch, useIdentity } from './scratch-identity.ts';

useIdentity();

describe('a login', () => {
  it('is found by its secret alone, and outlives a restart', async () => {
    const { secret, login } = await scratch.identity.startLogin(identified);
    scratch.restart();
    expect(await scratch.identity.login(secret)).toEqual(login);
    expect(await scratch.identity.login(login.sid)).toBeUndefined();
    expect(await scratch.identity.loginUntil(login.sid)).toBe(login.untilMs);
    expect(await scratch.identity.loginUntil(secret)).toBeUndefined();
    scratch.nowMs = login.untilMs;
    expect(await scratch.identity.loginUntil(login.sid)).toBeUndefined();
  });

  it('threat 14: ends once, everywhere, and says so to those who have to close', async () => {
    const first = await scratch.identity.startLogin(identified);
    const second = await scratch.identity.startLogin(identified);
    const { sid } = first.login;
    await scratch.session(sid, 'amber-otter');
    await scratch.session(sid, 'blue-newt');
    await scratch.session(second.login.sid, 'amber-otter');
    scratch.restart();
    await scratch.identity.endLogin(sid);
    await scratch.identity.endLogin(sid);
    expect(scratch.ended).toEqual([
      { label: 'amber-otter', sids: [sid] },
      { label: 'blue-newt', sids: [sid] },
    ]);
    scratch.ended.length = 0;
    await scratch.identity.endLoginsOf(second.login);
    scratch.restart();
    expect(await scratch.identity.login(second.secret)).toBeUndefined();
    expect(await scratch.identity.loginUntil(sid)).toBeUndefined();
    expect(scratch.ended).toEqual([{ label: 'amber-otter', sids: [second.login.sid] }]);
  });

  it('that has no session anywhere tells nobody', async () => {
    const { login } = await scratch.identity.startLogin(identified);
    await scratch.identity.endLogin(login.sid);
    expect(scratch.ended).toEqual([]);
  });

  it('has ended even if a preview host is away, which hears of it later', async () => {
    const { login, secret } = await scratch.identity.startLogin(identified);
    await scratch.session(login.sid, 'amber-otter');
    scratch.away.add('amber-otter');
    await scratch.identity.endLogin(login.sid);
    expect(await scratch.identity.login(secret)).toBeUndefined();
    scratch.restart();
    expect(scratch.alarmMs).toBe(scratch.nowMs + 5000);
    await scratch.ring();
    expect(scratch.ended).toEqual([]);
    scratch.away.clear();
    await scratch.ring();
    expect(scratch.ended).toEqual([{ label: 'amber-otter', sids: [login.sid] }]);
    await scratch.ring();
    expect(scratch.ended).toHaveLength(1);
  });

  it('is not told after it would have ended anyway', async () => {
    const { login } = await scratch.identity.startLogin(identified);
    await scratch.session(login.sid, 'amber-otter');
    scratch.away.add('amber-otter');
    await scratch.identity.endLogin(login.sid);
    scratch.away.clear();
    scratch.nowMs = login.untilMs;
    await scratch.ring();
    expect(scratch.ended).toEqual([]);
    expect(scratch.sql.all('SELECT * FROM pushes')).toEqual([]);
  });

  it('that has to make room for one more closes like any other', async () => {
    const { login } = await scratch.identity.startLogin(identified);
    await scratch.session(login.sid, 'amber-otter');
    scratch.nowMs += 1;
    for (let more = 0; more < maxLoginsPerUser; more += 1)
      await scratch.identity.startLogin(identified);
    expect(scratch.ended).toEqual([{ label: 'amber-otter', sids: [login.sid] }]);
  });
});

describe('a code', () => {
  it('is given once; a second time ends its login (threat 5)', async () => {
    const { login, secret } = await scratch.identity.startLogin(identified);
    await scratch.identity.storeCode('h'.repeat(43), scratch.codeOf(login.sid));
    scratch.restart();
    expect(await scratch.identity.consumeCode('h'.repeat(43))).toEqual(scratch.codeOf(login.sid));
    expect(scratch.ended).toEqual([]);
    expect(await scratch.identity.consumeCode('h'.repeat(43))).toBeUndefined();
    expect(scratch.ended).toEqual([{ label: 'amber-otter', sids: [login.sid] }]);
    expect(await scratch.identity.login(secret)).toBeUndefined();
  });

  it('of a login that has ended is worth nothing', async () => {
    const { login } = await scratch.identity.startLogin(identified);
    await scratch.identity.storeCode('h'.repeat(43), scratch.codeOf(login.sid));
    await scratch.identity.endLogin(login.sid);
    expect(await scratch.identity.consumeCode('h'.repeat(43))).toBeUndefined();
  });
});
