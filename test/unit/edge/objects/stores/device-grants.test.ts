import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CodeTries, maxAddresses } from '#edge/objects/stores/code-tries.ts';
import {
  DeviceGrants,
  maxPending,
  maxPendingPerAddress,
} from '#edge/objects/stores/device-grants.ts';
import type { DeviceAuthorization } from '#edge/objects/stores/device-request.ts';
import { Grants } from '#edge/objects/stores/grants.ts';
import { scratch, startMs, valueOf, type Scratch } from './scratch-store.ts';

const alice = { id: 1001, login: 'alice' };
const browser = '198.51.100.7';
const wish = {
  scopes: ['view', 'intercept'],
  device: 'build-box',
  address: '203.0.113.9',
} as const;
const lifeMs = 600_000;

let store: Scratch;
let grants: Grants;
let devices: DeviceGrants;
const restart = (): void => {
  grants = new Grants(store);
  devices = new DeviceGrants(store, grants, new CodeTries(store));
};
beforeEach(() => {
  store = scratch();
  restart();
});
afterEach(() => store.sql.close());

const begin = async (more: object = {}): Promise<DeviceAuthorization> =>
  valueOf(await devices.begin({ ...wish, ...more }));
const poll = async (code: string) => (await devices.poll(code)).kind;
const wrong = (count: number) => `BBBB-BBB${'BCDFGHJKLMNPQRSTVWXZ'[count]}`;
const guess = async (address: string, count = 0) =>
  (await devices.look(wrong(count), address)).kind;

describe('the device grant', () => {
  it('goes its way with a restart at each step', async () => {
    const { deviceCode, userCode, expiresInS, intervalS } = await begin();
    expect({ expiresInS, intervalS }).toEqual({ expiresInS: 600, intervalS: 5 });
    for (const secret of [deviceCode, userCode]) expect(store.dump()).not.toContain(secret);
    restart();
    expect(await poll(deviceCode)).toBe('authorization_pending');
    restart();
    const typed = userCode.toLowerCase().replace('-', ' ');
    expect(await devices.look(typed, browser)).toEqual({
      kind: 'pending',
      request: { ...wish, createdMs: startMs, expiresMs: startMs + lifeMs },
    });
    expect(await poll(deviceCode)).toBe('slow_down');
    restart();
    expect((await devices.decide(typed, browser, alice, 'approved')).kind).toBe('pending');
    restart();
    const polled = await devices.poll(deviceCode);
    if (polled.kind !== 'issued') throw new Error(polled.kind);
    expect(polled.issued.grant).toMatchObject({
      user: alice,
      scopes: wish.scopes,
      device: wish.device,
    });
    restart();
    expect(await grants.verify(polled.issued.accessToken)).toEqual(polled.issued.grant);
  });

  it('threat 54: gives the tokens once, also to two polls at once', async () => {
    const { deviceCode, userCode } = await begin();
    await devices.decide(userCode, browser, alice, 'approved');
    const both = await Promise.all([poll(deviceCode), poll(deviceCode)]);
    expect(both.sort()).toEqual(['invalid_grant', 'issued']);
    restart();
    expect(await poll(deviceCode)).toBe('invalid_grant');
    expect(grants.list(alice.id)).toHaveLength(1);
  });

  it('is decided once: of two people one wins', async () => {
    const { deviceCode, userCode } = await begin();
    const both = await Promise.all([
      devices.decide(userCode, browser, alice, 'denied'),
      devices.decide(userCode, browser, alice, 'approved'),
    ]);
    expect(both.map(({ kind }) => kind)).toEqual(['pending', 'unknown']);
    restart();
    expect((await devices.look(userCode, browser)).kind).toBe('unknown');
    expect(await poll(deviceCode)).toBe('access_denied');
    expect(await poll(deviceCode)).toBe('access_denied');
  });

  it('looking is not approving', async () => {
    const { deviceCode, userCode } = await begin();
    await devices.look(userCode, browser);
    expect(await poll(deviceCode)).toBe('authorization_pending');
  });

  it('ends after 10 minutes, to the millisecond, approved or not', async () => {
    const [one, two, three] = [await begin(), await begin(), await begin()];
    store.pass(lifeMs - 1);
    await devices.decide(one.userCode, browser, alice, 'approved');
    await devices.decide(two.userCode, browser, alice, 'approved');
    expect(await poll(one.deviceCode)).toBe('issued');
    store.pass(1);
    restart();
    expect(await poll(two.deviceCode)).toBe('expired_token');
    expect((await devices.look(three.userCode, browser)).kind).toBe('unknown');
    expect(await poll(three.deviceCode)).toBe('expired_token');
    store.pass(lifeMs);
    devices.clean();
    expect(await poll(three.deviceCode)).toBe('invalid_grant');
    expect(store.sql.all('SELECT * FROM device_grants')).toEqual([]);
  });

  it('is not fetched after its person was put out', async () => {
    const { deviceCode, userCode } = await begin();
    await devices.decide(userCode, browser, alice, 'approved');
    expect(devices.revokeAllOf(alice.id)).toBe(1);
    expect(await poll(deviceCode)).toBe('access_denied');
    expect(devices.revokeAllOf(alice.id)).toBe(0);
  });

  it('knows no device code that it did not make', async () => {
    await begin();
    for (const code of ['', 'x', 'A'.repeat(43), "' OR 1=1 --"]) {
      expect(await poll(code)).toBe('invalid_grant');
    }
  });
});

describe('the pace of polls', () => {
  it('grows by 5 s with each poll that comes too soon, also over a restart', async () => {
    const { deviceCode } = await begin();
    await devices.poll(deviceCode);
    store.pass(4999);
    expect(await devices.poll(deviceCode)).toEqual({ kind: 'slow_down', intervalS: 10 });
    store.pass(9999);
    restart();
    expect(await devices.poll(deviceCode)).toEqual({ kind: 'slow_down', intervalS: 15 });
    store.pass(15_000);
    expect(await devices.poll(deviceCode)).toEqual({ kind: 'authorization_pending' });
    store.pass(14_999);
    expect(await devices.poll(deviceCode)).toEqual({ kind: 'slow_down', intervalS: 20 });
  });

  it('is kept by a poll every 5 s', async () => {
    const { deviceCode } = await begin();
    for (let count = 0; count < 20; count += 1) {
      expect(await poll(deviceCode)).toBe('authorization_pending');
      store.pass(5000);
    }
  });
});

describe('wrong user codes', () => {
  it('threats 54 and 60: five from an address, then nothing, not even the right one', async () => {
    const { deviceCode, userCode } = await begin();
    for (let count = 0; count < 5; count += 1) expect(await guess(browser, count)).toBe('unknown');
    restart();
    expect(await devices.look(userCode, browser)).toEqual({ kind: 'wait', retryAfterS: 120 });
    expect((await devices.decide(userCode, browser, alice, 'approved')).kind).toBe('wait');
    expect(await poll(deviceCode)).toBe('authorization_pending');
    expect((await devices.look(userCode, '198.51.100.8')).kind).toBe('pending');
    store.pass(119_999);
    expect(await guess(browser)).toBe('wait');
    store.pass(1);
    expect((await devices.look(userCode, browser)).kind).toBe('pending');
  });

  it('five more after 10 minutes', async () => {
    for (let count = 0; count < 5; count += 1) await guess(browser, count);
    store.pass(lifeMs);
    for (let count = 0; count < 5; count += 1) expect(await guess(browser, count)).toBe('unknown');
    expect(await guess(browser)).toBe('wait');
  });

  it('count whatever was typed; right ones do not', async () => {
    const { userCode } = await begin();
    for (let count = 0; count < 10; count += 1) await devices.look(userCode, browser);
    for (const typed of ['', '\0', 'AAAA-AAAA', 'x'.repeat(10_000), wrong(0)]) {
      expect((await devices.look(typed, browser)).kind).toBe('unknown');
    }
    expect(await guess(browser)).toBe('wait');
  });

  it('count when they are tried at once', async () => {
    const kinds = await Promise.all([0, 1, 2, 3, 4, 5, 6].map((count) => guess(browser, count)));
    expect(kinds.filter((kind) => kind === 'unknown')).toHaveLength(5);
  });

  it('are remembered of a bounded number of addresses', async () => {
    store.sql.transaction(() => {
      for (let count = 0; count < maxAddresses; count += 1) {
        store.sql.run('INSERT INTO device_tries VALUES (?, 0, ?)', `a${count}`, startMs);
      }
    });
    await guess('x'.repeat(5000));
    expect(store.sql.all('SELECT * FROM device_tries')).toHaveLength(maxAddresses);
    expect(await guess('a0')).toBe('unknown');
    expect(await guess('a2')).toBe('wait');
  });
});

describe('machines that wait', () => {
  it('are ten of an address at most', async () => {
    for (let count = 0; count < maxPendingPerAddress; count += 1) await begin();
    expect(await devices.begin(wish)).toMatchObject({ ok: false, refusal: { kind: 'refused' } });
    await begin({ address: browser });
    store.pass(lifeMs);
    await begin();
  });

  it('are a thousand in all', async () => {
    for (let count = 0; count < maxPending; count += 1) await begin({ address: `a${count}` });
    expect((await devices.begin({ ...wish, address: 'b' })).ok).toBe(false);
  });

  it('get a user code that nobody else has, or none where chance repeats itself', async () => {
    let chance = 0;
    const random = {
      bytes: (count: number) =>
        count === 32
          ? store.random.bytes(32)
          : new Uint8Array(count).fill(Math.floor(chance++ / 2)),
    };
    devices = new DeviceGrants({ ...store, random }, grants, new CodeTries(store));
    expect((await begin()).userCode).toBe('BBBB-BBBB');
    expect((await begin()).userCode).toBe('CCCC-CCCC');
    random.bytes = (count) => (count === 8 ? new Uint8Array(8) : store.random.bytes(count));
    await expect(begin()).rejects.toThrow('no free user code');
  });

  it('keep long names and addresses short', async () => {
    const { userCode } = await begin({ device: 'x'.repeat(5000), address: 'y'.repeat(5000) });
    const seen = await devices.look(userCode, browser);
    expect(seen).toMatchObject({ request: { device: 'x'.repeat(100), address: 'y'.repeat(100) } });
  });
});

describe('by the hash of the code', () => {
  const acme = { id: 77, login: 'acme' };

  it('is approved for an organisation and taken once, with a restart at each step', async () => {
    const expiresMs = startMs + lifeMs;
    const asked = { ...wish, organisation: 'acme' };
    expect(await devices.start('hash', 'BBBB-BBBB', asked, expiresMs)).toBe('made');
    expect(await devices.start('other', 'BBBB-BBBB', wish, expiresMs)).toBe('taken');
    restart();
    const request = { ...asked, createdMs: startMs, expiresMs };
    expect(await devices.find('bbbbbbbb')).toEqual(request);
    expect(devices.take('hash').kind).toBe('authorization_pending');
    const approval = { user: alice, organisation: acme, grantId: 'A'.repeat(22) };
    const both = await Promise.all([
      devices.settle('BBBB-BBBB', approval),
      devices.settle('BBBB-BBBB', undefined),
    ]);
    expect(both).toEqual([true, false]);
    restart();
    expect(await devices.find('BBBB-BBBB')).toBeUndefined();
    expect(devices.take('hash')).toEqual({ kind: 'approved', ...approval, request });
    restart();
    expect(devices.take('hash')).toEqual({ kind: 'invalid_grant' });
    const issued = await grants.start(approval.grantId, { ...wish, user: alice });
    expect(await grants.verify(issued!.accessToken)).toEqual(issued!.grant);
  });
});
