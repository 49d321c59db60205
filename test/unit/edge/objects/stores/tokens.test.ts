import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { maxTokenLifeS, minTokenLifeS, type NewToken } from '#edge/objects/stores/token-record.ts';
import {
  defaultGraceMs,
  maxGraceMs,
  maxPersonalTokens,
  maxTokens,
  Tokens,
} from '#edge/objects/stores/tokens.ts';
import { hashUnder, scratch, startMs, valueOf, type Scratch } from './scratch-store.ts';

const alice = { id: 1001, login: 'alice' };
const service: NewToken = {
  kind: 'service',
  name: 'e2e',
  binding: { kind: 'organisation' },
  creator: alice,
};
const personal: NewToken = { ...service, kind: 'personal', name: 'laptop' };
const connector: NewToken = {
  kind: 'connector',
  name: 'main',
  binding: { kind: 'cluster', key: 'abcdefgh' },
};
const unknown = { kind: 'unknown' };

let store: Scratch;
let tokens: Tokens;
const restart = (): void => {
  tokens = new Tokens(store);
};
beforeEach(() => {
  store = scratch();
  restart();
});
afterEach(() => store.sql.close());
const make = async (input: NewToken) => valueOf(await tokens.make(input));

describe('making a token', () => {
  it('threat 50: shows it once and keeps a keyed hash only', async () => {
    const { token, record } = await make(service);
    expect(token.startsWith(`bws_${record.id}_`)).toBe(true);
    expect(store.dump()).toContain(await store.tokenHash.of(token));
    expect(store.dump()).not.toContain(token.split('_')[2]);
    expect(JSON.stringify(tokens.list())).not.toContain(await store.tokenHash.of(token));
    expect(tokens.list()).toEqual([record]);
  });

  it('survives a restart in every part', async () => {
    const bindings = [
      { kind: 'cluster', key: 'abcdefgh' },
      { kind: 'repository', id: 42 },
      { kind: 'preview', label: 'amber-otter-x' },
    ] as const;
    for (const binding of bindings) {
      const { token, record } = await make({ ...service, binding, scopes: ['intercept'] });
      restart();
      expect(tokens.find(record.id)).toEqual({
        id: record.id,
        kind: 'service',
        name: 'e2e',
        scopes: ['intercept'],
        binding,
        creator: alice,
        createdMs: startMs,
        expiresMs: startMs + 30 * 86_400_000,
        lastUsedMs: undefined,
        secretMs: startMs,
        formerUntilMs: undefined,
        disabled: false,
      });
      expect(await tokens.verify(token, 'service')).toMatchObject({ kind: 'valid', former: false });
    }
  });

  it('gives each kind what it may do unless told otherwise', async () => {
    expect((await make(service)).record.scopes).toEqual(['view']);
    expect((await make(personal)).record.scopes).toEqual(['view', 'intercept']);
    const { record } = await make(connector);
    expect(record).toMatchObject({ scopes: [], expiresMs: undefined, creator: undefined });
  });

  it.each<[string, object]>([
    ['kind of a token', { ...service, kind: 'admin' }],
    ['kind of a token', { ...service, kind: 'toString' }],
    ['needs a name', { ...service, name: ' ' }],
    ['101 characters', { ...service, name: 'x'.repeat(101) }],
    ['cannot be shown', { ...service, name: 'a\u001b[2Jb' }],
    ['cannot be shown', { ...service, name: 'a\u202eb' }],
    ['no such scope', { ...service, scopes: ['admin'] }],
    ['needs a scope', { ...service, scopes: [] }],
    ['there twice', { ...service, scopes: ['view', 'view'] }],
    ['has no scopes', { ...connector, scopes: ['view'] }],
    ['bound to its cluster', { ...connector, binding: { kind: 'organisation' } }],
    ['no cluster key', { ...connector, binding: { kind: 'cluster', key: 'ABCDEFGH' } }],
    ['no repository id', { ...service, binding: { kind: 'repository', id: 0 } }],
    ['no label', { ...service, binding: { kind: 'preview', label: 'a.b' } }],
    ['is bound to', { ...service, binding: { kind: 'everything' } }],
    ['belongs to somebody', { ...personal, creator: undefined }],
    ['whole seconds', { ...service, expiresInS: minTokenLifeS - 1 }],
    ['whole seconds', { ...service, expiresInS: maxTokenLifeS + 1 }],
    ['whole seconds', { ...service, expiresInS: 90.5 }],
  ])('says what is wrong: %s', async (reason, input) => {
    const outcome = await tokens.make(input as NewToken);
    expect(outcome).toMatchObject({ ok: false, refusal: { kind: 'refused' } });
    expect(!outcome.ok && outcome.refusal.reason).toContain(reason);
    expect(tokens.list()).toEqual([]);
  });

  it('takes the longest name and the longest and shortest life', async () => {
    await make({ ...service, name: 'x'.repeat(100), expiresInS: maxTokenLifeS });
    await make({ ...service, expiresInS: minTokenLifeS });
    expect(tokens.list()).toHaveLength(2);
  });

  it('stops at the cap of a person, which expired tokens do not count for', async () => {
    for (let made = 0; made < maxPersonalTokens; made += 1) {
      await make({ ...personal, expiresInS: minTokenLifeS });
    }
    expect(await tokens.make(personal)).toMatchObject({ ok: false });
    await make({ ...personal, creator: { id: 2, login: 'bob' } });
    await make(service);
    store.pass(minTokenLifeS * 1000);
    await make(personal);
  });

  it('stops at the cap of the organisation', async () => {
    store.sql.transaction(() => {
      for (let made = 1; made < maxTokens; made += 1) {
        store.sql.run(
          `INSERT INTO tokens (id, kind, name, scopes, binding, hash, created_ms)
            VALUES (?, 'service', 'x', 'view', 'organisation', 'x', 0)`,
          `id${made}`,
        );
      }
    });
    await make(service);
    expect(await tokens.make(service)).toMatchObject({
      ok: false,
      refusal: { reason: expect.stringContaining(`${maxTokens} tokens`) },
    });
  });
});

describe('verifying a token', () => {
  it('threat 57: is true to the kind', async () => {
    for (const input of [service, personal, connector]) {
      const { token } = await make(input);
      for (const kind of ['service', 'personal', 'connector'] as const) {
        const expected = kind === input.kind ? 'valid' : 'unknown';
        expect((await tokens.verify(token, kind)).kind).toBe(expected);
      }
    }
  });

  it('reads and hashes nothing for what is no token', async () => {
    const { token } = await make(service);
    const dead = new Tokens({
      ...store,
      sql: undefined as never,
      tokenHash: { of: () => Promise.reject(new Error('hashed')) },
    });
    const last = token.endsWith('x') ? 'y' : 'x';
    for (const text of ['', 'bws_', token.slice(1), token.slice(0, -1) + last, `${token} `, '\0']) {
      expect(await dead.verify(text, 'service')).toEqual(unknown);
    }
  });

  it('knows no token of another database, nor one with a forged id', async () => {
    const other = scratch();
    const { token } = valueOf(await new Tokens(other).make(service));
    expect(await tokens.verify(token, 'service')).toEqual(unknown);
    // The row is there under this id, and still the secret is another.
    const { record } = await make(service);
    store.sql.run('UPDATE tokens SET id = ? WHERE id = ?', token.split('_')[1]!, record.id);
    expect(await tokens.verify(token, 'service')).toEqual(unknown);
    other.sql.close();
  });

  it('ends with the expiry, to the millisecond, also after a restart', async () => {
    const { token, record } = await make({ ...service, expiresInS: 60 });
    store.pass(59_999);
    restart();
    expect((await tokens.verify(token, 'service')).kind).toBe('valid');
    store.pass(1);
    restart();
    expect(await tokens.verify(token, 'service')).toEqual({ kind: 'expired' });
    expect(tokens.list()).toEqual([]);
    expect(tokens.find(record.id)).toBeUndefined();
    tokens.clean();
    expect(await tokens.verify(token, 'service')).toEqual(unknown);
  });

  it('notes the last use, once a minute', async () => {
    const { token, record } = await make(service);
    const usedAfter = async (ms: number) => {
      store.pass(ms);
      await tokens.verify(token, 'service');
      return tokens.find(record.id)!.lastUsedMs! - startMs;
    };
    expect(await usedAfter(5)).toBe(5);
    expect(await usedAfter(59_999)).toBe(5);
    expect(await usedAfter(1)).toBe(60_005);
  });

  it('is void while disabled and at once when revoked, also while the hash is being made', async () => {
    const { token, record } = await make(service);
    expect(tokens.setDisabled(record.id, true)).toBe(true);
    restart();
    expect(await tokens.verify(token, 'service')).toEqual({ kind: 'disabled' });
    tokens.setDisabled(record.id, false);
    const verifying = tokens.verify(token, 'service');
    expect(tokens.revoke(record.id)).toBe(true);
    expect(await verifying).toEqual(unknown);
    restart();
    expect(await tokens.verify(token, 'service')).toEqual(unknown);
    expect(tokens.revoke(record.id)).toBe(false);
    expect(tokens.setDisabled(record.id, false)).toBe(false);
  });

  it.each(['binding', 'kind', 'scopes'])('is void when its %s is damaged', async (column) => {
    const { token } = await make({ ...service, binding: { kind: 'repository', id: 1 } });
    for (const value of [
      '',
      'repository:',
      'repository:1e3',
      'cluster:x',
      '__proto__',
      'view all',
    ]) {
      if (column === 'scopes' && value === '') continue;
      store.sql.run(`UPDATE tokens SET ${column} = ?`, value);
      expect(await tokens.verify(token, 'service')).toEqual(unknown);
    }
  });
});

describe('rotation', () => {
  it('keeps the id; the former secret lives for the grace and no longer', async () => {
    const first = await make(service);
    const second = valueOf(await tokens.rotate(first.record.id));
    expect(second.record.id).toBe(first.record.id);
    expect(second.token).not.toBe(first.token);
    expect(second.record.formerUntilMs).toBe(startMs + defaultGraceMs);
    restart();
    expect(await tokens.verify(first.token, 'service')).toMatchObject({
      kind: 'valid',
      former: true,
    });
    expect(await tokens.verify(second.token, 'service')).toMatchObject({ former: false });
    store.pass(defaultGraceMs - 1);
    expect((await tokens.verify(first.token, 'service')).kind).toBe('valid');
    store.pass(1);
    expect(await tokens.verify(first.token, 'service')).toEqual(unknown);
    expect((await tokens.verify(second.token, 'service')).kind).toBe('valid');
    tokens.clean();
    expect(store.dump()).not.toContain(await store.tokenHash.of(first.token));
  });

  it('keeps two secrets at most', async () => {
    const first = await make(service);
    const second = valueOf(await tokens.rotate(first.record.id));
    const third = valueOf(await tokens.rotate(first.record.id));
    const kinds = [first, second, third].map(async ({ token }) => tokens.verify(token, 'service'));
    expect((await Promise.all(kinds)).map(({ kind }) => kind)).toEqual([
      'unknown',
      'valid',
      'valid',
    ]);
  });

  it('takes a grace of 0 and of 30 days, and none beyond', async () => {
    const first = await make({ ...service, expiresInS: maxTokenLifeS });
    const { id } = first.record;
    expect(await tokens.rotate(id, maxGraceMs + 1)).toMatchObject({ ok: false });
    expect(await tokens.rotate(id, -1)).toMatchObject({ ok: false });
    expect(await tokens.rotate(id, 0.5)).toMatchObject({ ok: false });
    expect((await tokens.verify(first.token, 'service')).kind).toBe('valid');
    const second = valueOf(await tokens.rotate(id, 0));
    expect(await tokens.verify(first.token, 'service')).toEqual(unknown);
    const third = valueOf(await tokens.rotate(id, maxGraceMs));
    expect(third.record.formerUntilMs).toBe(startMs + maxGraceMs);
    expect(await tokens.verify(second.token, 'service')).toMatchObject({ former: true });
  });

  it('begins a new life, and the former secret does not outlive its own', async () => {
    const { token, record } = await make({ ...service, expiresInS: 3600 });
    store.pass(3_000_000);
    const next = valueOf(await tokens.rotate(record.id));
    expect(next.record.expiresMs).toBe(startMs + 3_000_000 + 3_600_000);
    expect(next.record.formerUntilMs).toBe(startMs + 3_600_000);
    store.pass(600_000);
    expect(await tokens.verify(token, 'service')).toEqual(unknown);
    expect((await tokens.verify(next.token, 'service')).kind).toBe('valid');
  });

  it('is not for what is unknown, expired or revoked meanwhile', async () => {
    const { record } = await make({ ...service, expiresInS: 60 });
    const missing = { ok: false, refusal: { kind: 'missing' } };
    expect(await tokens.rotate('000000000000')).toMatchObject(missing);
    const rotating = tokens.rotate(record.id);
    tokens.revoke(record.id);
    expect(await rotating).toMatchObject(missing);
    const late = await make({ ...service, expiresInS: 60 });
    store.pass(60_000);
    expect(await tokens.rotate(late.record.id)).toMatchObject(missing);
  });

  it('keeps a disabled token disabled', async () => {
    const { record } = await make(service);
    tokens.setDisabled(record.id, true);
    const { token } = valueOf(await tokens.rotate(record.id));
    expect(await tokens.verify(token, 'service')).toEqual({ kind: 'disabled' });
  });
});

describe('the key of the hashes', () => {
  it('threat 52: is replaced with an overlap; what was used in it stays good after it', async () => {
    const [used, rotated, unused] = [await make(service), await make(service), await make(service)];
    const next = valueOf(await tokens.rotate(rotated.record.id));
    const tomorrow = { ...store, tokenHash: hashUnder('tomorrow') };
    const overlap = new Tokens({ ...tomorrow, formerTokenHash: store.tokenHash });
    for (const { token } of [used, rotated, next]) {
      expect((await overlap.verify(token, 'service')).kind).toBe('valid');
    }
    const after = new Tokens(tomorrow);
    for (const { token } of [used, rotated, next]) {
      expect((await after.verify(token, 'service')).kind).toBe('valid');
    }
    expect(await after.verify(unused.token, 'service')).toEqual(unknown);
  });
});

describe('revoking many', () => {
  it('ends the personal tokens of a person, and no others', async () => {
    const mine = await make(personal);
    const kept = [
      await make(service),
      await make({ ...personal, creator: { id: 2, login: 'bob' } }),
    ];
    expect(tokens.revokePersonal(alice.id)).toEqual([mine.record.id]);
    expect(
      tokens
        .list()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(kept.map((each) => each.record.id).sort());
  });

  it('ends what was bound to something that is gone', async () => {
    const { record } = await make(connector);
    await make({ ...connector, binding: { kind: 'cluster', key: 'abcdefgi' } });
    expect(tokens.revokeBound(connector.binding)).toEqual([record.id]);
    expect(tokens.list()).toHaveLength(1);
  });

  it('lists by person and kind', async () => {
    await make(service);
    const mine = await make(personal);
    await make(connector);
    expect(tokens.list({ creatorId: alice.id, kind: 'personal' })).toEqual([mine.record]);
    expect(tokens.list({ creatorId: 9 })).toEqual([]);
    expect(tokens.list({ kind: 'connector' })).toHaveLength(1);
  });
});
