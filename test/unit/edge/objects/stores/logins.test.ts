import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeHash, codeLifeMs, makeCode, type CodeRecord } from '#edge/gate/code.ts';
import { LoginCodes, maxCodesPerLogin, replayMemoryMs } from '#edge/objects/stores/login-codes.ts';
import { loginLifeMs, Logins, maxLoginsPerUser } from '#edge/objects/stores/logins.ts';
import { hashUnder, scratch, startMs, type Scratch } from './scratch-store.ts';

const alice = { id: 1001, login: 'alice' };
const bob = { id: 1002, login: 'bob' };
const organisations = [{ id: 77, login: 'acme', installationId: 5 }];

let store: Scratch;
let logins: Logins;
let codes: LoginCodes;
const restart = (): void => {
  logins = new Logins(store);
  codes = new LoginCodes(store);
};
beforeEach(() => {
  store = scratch();
  restart();
});
afterEach(() => store.sql.close());

describe('a login', () => {
  it('is found by its secret and by its id, also after a restart', async () => {
    const { secret, login } = await logins.begin({ user: alice, organisations });
    expect(login).toMatchObject({
      user: alice,
      organisations,
      createdMs: startMs,
      untilMs: startMs + loginLifeMs,
    });
    restart();
    expect(await logins.find(secret)).toEqual(login);
    expect(logins.byId(login.id)).toEqual(login);
  });

  it('threat 50: leaves no secret behind; the id does not open it', async () => {
    const { secret, login } = await logins.begin({ user: alice, organisations });
    expect(store.dump()).not.toContain(secret);
    expect(store.dump()).toContain(await store.tokenHash.of(secret));
    expect(await logins.find(login.id)).toBeUndefined();
    expect(logins.byId(secret)).toBeUndefined();
  });

  it('threat 7: has a new secret each time', async () => {
    const first = await logins.begin({ user: alice, organisations });
    const second = await logins.begin({ user: alice, organisations });
    expect(second.secret).not.toBe(first.secret);
    expect(second.login.id).not.toBe(first.login.id);
  });

  it.each(['', ' ', 'x', 'A'.repeat(43), `${'A'.repeat(42)}B`, "' OR 1=1 --", '\0'.repeat(43)])(
    'is not opened by %j',
    async (text) => {
      await logins.begin({ user: alice, organisations });
      expect(await logins.find(text)).toBeUndefined();
      expect(logins.byId(text)).toBeUndefined();
    },
  );

  it('ends after 12 hours, to the millisecond', async () => {
    const { secret, login } = await logins.begin({ user: alice, organisations });
    store.pass(loginLifeMs - 1);
    restart();
    expect(await logins.find(secret)).toEqual(login);
    store.pass(1);
    expect(await logins.find(secret)).toBeUndefined();
    expect(logins.byId(login.id)).toBeUndefined();
    expect(logins.list(alice.id)).toEqual([]);
    expect(logins.end(login.id)).toBe(false);
    logins.clean();
    expect(store.sql.all('SELECT * FROM logins')).toEqual([]);
  });

  it('ends once, for good, also while somebody looks for it', async () => {
    const { secret, login } = await logins.begin({ user: alice, organisations });
    const finding = logins.find(secret);
    expect(logins.end(login.id)).toBe(true);
    expect(await finding).toBeUndefined();
    expect(logins.end(login.id)).toBe(false);
    restart();
    expect(await logins.find(secret)).toBeUndefined();
    expect(logins.byId(login.id)).toBeUndefined();
  });

  it('ends with all of its person, and everybody’s with the installation', async () => {
    const mine = [
      await logins.begin({ user: alice, organisations }),
      await logins.begin({ user: alice, organisations }),
    ];
    const his = await logins.begin({ user: bob, organisations });
    expect(
      logins
        .list(alice.id)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(mine.map(({ login }) => login.id).sort());
    expect(logins.endAllOf(alice.id).sort()).toEqual(mine.map(({ login }) => login.id).sort());
    expect(logins.endAllOf(alice.id)).toEqual([]);
    expect(logins.byId(his.login.id)).toEqual(his.login);
    expect(logins.endAll()).toEqual([his.login.id]);
    expect(logins.byId(his.login.id)).toBeUndefined();
  });

  it('makes room at the cap: the oldest ends, nobody else’s does', async () => {
    const his = await logins.begin({ user: bob, organisations });
    const mine = [];
    for (let count = 0; count < maxLoginsPerUser; count += 1) {
      store.pass(1);
      mine.push(await logins.begin({ user: alice, organisations }));
    }
    expect(await logins.find(mine[0]!.secret)).toBeDefined();
    store.pass(1);
    await logins.begin({ user: alice, organisations });
    expect(await logins.find(mine[0]!.secret)).toBeUndefined();
    expect(await logins.find(mine[1]!.secret)).toBeDefined();
    expect(await logins.find(his.secret)).toBeDefined();
    expect(logins.list(alice.id)).toHaveLength(maxLoginsPerUser);
  });

  it('threat 52: outlives the key of the hashes when it is seen in the overlap', async () => {
    const { secret, login } = await logins.begin({ user: alice, organisations });
    const tomorrow = { ...store, tokenHash: hashUnder('tomorrow') };
    expect(await new Logins(tomorrow).find(secret)).toBeUndefined();
    const overlap = new Logins({ ...tomorrow, formerTokenHash: store.tokenHash });
    expect(await overlap.find(secret)).toEqual(login);
    expect(await new Logins(tomorrow).find(secret)).toEqual(login);
  });
});

describe('a one-time code', () => {
  const record = (more: Partial<CodeRecord> = {}): CodeRecord => ({
    label: 'amber-otter-x',
    origin: 'https://amber-otter-x.preview.example.dev',
    nonceHash: 'n',
    viewer: { kind: 'person', ...alice },
    sid: 's',
    expiresMs: store.clock.nowMs() + codeLifeMs,
    ...more,
  });
  const stored = async (more: Partial<CodeRecord> = {}): Promise<string> => {
    const { code, hash } = await makeCode(store.random);
    codes.store(hash, record(more));
    expect(store.dump()).not.toContain(code);
    return (await codeHash(code))!;
  };

  it('gives back what was stored, across a restart', async () => {
    const hash = await stored();
    restart();
    expect(codes.consume(hash)).toEqual({ kind: 'first', record: record() });
  });

  it('threat 5: of two redemptions one wins, the other tells whose login to end', async () => {
    const hash = await stored({ sid: 'family' });
    const both = await Promise.all([hash, hash].map(async (each) => codes.consume(each)));
    expect(both.map(({ kind }) => kind)).toEqual(['first', 'replay']);
    restart();
    expect(codes.consume(hash)).toEqual({ kind: 'replay', sid: 'family' });
  });

  it('is unknown when nobody made it', () => {
    for (const hash of ['', 'x', "' OR 1=1 --"]) {
      expect(codes.consume(hash)).toEqual({ kind: 'unknown' });
    }
  });

  it('is cleaned 60 s later when it was not used; a used one is known for replays longer', async () => {
    const [used, unused] = [await stored({ sid: 'a' }), await stored({ sid: 'b' })];
    codes.consume(used);
    store.pass(codeLifeMs);
    codes.clean();
    expect(codes.consume(unused)).toEqual({ kind: 'unknown' });
    expect(codes.consume(used)).toEqual({ kind: 'replay', sid: 'a' });
    store.pass(replayMemoryMs);
    codes.clean();
    expect(codes.consume(used)).toEqual({ kind: 'unknown' });
  });

  it('comes back with its expiry, for whoever asks whether it redeems', async () => {
    const hash = await stored();
    store.pass(codeLifeMs);
    expect(codes.consume(hash)).toMatchObject({
      kind: 'first',
      record: { expiresMs: store.clock.nowMs() },
    });
  });

  it('is one of 200 of a login at most; the oldest goes', async () => {
    const hashes = [];
    for (let count = 0; count <= maxCodesPerLogin; count += 1) {
      hashes.push(await stored());
      store.pass(1);
    }
    expect(codes.consume(hashes[0]!)).toEqual({ kind: 'unknown' });
    expect(codes.consume(hashes[1]!).kind).toBe('first');
    expect(codes.consume(hashes.at(-1)!).kind).toBe('first');
  });
});
