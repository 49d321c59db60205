/** Where tokens belong, and what the alarm cleans and asks for. */
import { describe, expect, it } from 'vitest';
import { homeLifeMs } from '#edge/objects/stores/token-homes.ts';
import { ScratchGitHub } from '../github/scratch-github.ts';
import { grant, identified, scratch, useIdentity } from './scratch-identity.ts';
import { alice } from './scratch-org.ts';

useIdentity();

describe('where a token belongs', () => {
  it('is known until it is dropped, and cannot be taken over', async () => {
    await scratch.identity.placeToken('t1', 77, alice.id);
    scratch.restart();
    expect(await scratch.identity.homeOfToken('t1')).toBe(77);
    await expect(scratch.identity.placeToken('t1', 78, undefined)).rejects.toThrow('another');
    await scratch.identity.placeToken('t1', 77, undefined);
    await scratch.identity.dropToken('t1');
    expect(await scratch.identity.homeOfToken('t1')).toBeUndefined();
  });

  it('is forgotten when no token of that age can live', async () => {
    await scratch.identity.placeToken('t1', 77, alice.id);
    scratch.nowMs += homeLifeMs - 1;
    await scratch.identity.alarm();
    expect(await scratch.identity.homeOfToken('t1')).toBe(77);
    scratch.nowMs += homeLifeMs;
    await scratch.ring();
    expect(await scratch.identity.homeOfToken('t1')).toBeUndefined();
  });
});

describe('the alarm', () => {
  it('cleans what has had its time, once a day', async () => {
    const { login } = await scratch.identity.startLogin(identified);
    await scratch.session(login.sid, 'amber-otter');
    await scratch.identity.storeGrantCode('g'.repeat(64), await scratch.grantCode());
    const live = (await scratch.identity.startFamily('G'.repeat(22), grant))!;
    expect(scratch.alarmMs).toBe(scratch.nowMs + 24 * 3_600_000);
    await scratch.ring();
    for (const table of ['logins', 'login_codes', 'sessions', 'grant_codes']) {
      expect(scratch.sql.all(`SELECT * FROM ${table}`), table).toEqual([]);
    }
    expect(scratch.sql.all('SELECT grant_id FROM grant_organisations')).toEqual([
      { grant_id: 'G'.repeat(22) },
    ]);
    expect(await scratch.identity.grantOfRefresh(live.refreshToken)).toEqual(grant);
    expect(scratch.alarmMs).toBe(scratch.nowMs + 24 * 3_600_000);
  });

  it('threat 32: asks every hour for webhooks that failed since the last look', async () => {
    const gitHub = await new ScratchGitHub().start();
    const at = (ms: number) => new Date(ms).toISOString();
    const listed: unknown[] = [];
    gitHub
      .on('GET /api/app/hook/deliveries', () => ({ body: listed }))
      .on('POST /api/app/hook/deliveries/1/attempts', { status: 202, body: {} })
      .on('POST /api/app/hook/deliveries/2/attempts', { status: 202, body: {} });
    const startMs = scratch.nowMs;
    const failed = (id: number, atMs: number) => ({
      id,
      guid: `g${id}`,
      delivered_at: at(atMs),
      status: 'failure',
      status_code: 503,
    });
    scratch.restart(gitHub.config);
    expect(scratch.alarmMs).toBe(startMs + 3_600_000);
    listed.push(failed(1, startMs + 1000));
    // The edge was down meanwhile: what was missed is looked for at once.
    scratch.nowMs = startMs + 2 * 3_600_000;
    scratch.restart(gitHub.config);
    expect(scratch.alarmMs).toBeLessThanOrEqual(scratch.nowMs);
    gitHub.on('GET /api/app/hook/deliveries', { status: 401 });
    await scratch.ring();
    expect(gitHub.askedOf('attempts')).toEqual([]);
    gitHub.on('GET /api/app/hook/deliveries', () => ({ body: listed }));
    await scratch.ring();
    expect(gitHub.askedOf('attempts')).toHaveLength(1);
    listed.unshift(failed(2, scratch.nowMs + 1000));
    await scratch.ring();
    expect(gitHub.askedOf('attempts').map(({ url }) => url)).toEqual([
      '/api/app/hook/deliveries/1/attempts',
      '/api/app/hook/deliveries/2/attempts',
    ]);
    await gitHub.stop();
  });
});
