/** Tokens for repositories as an organisation keeps them: once asked, sealed, and void in time. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealerOf } from '#edge/gate/sealer.ts';
import { tokenReserveMs } from '#edge/github/installation.ts';
import type { MintedForRepository } from '#edge/github/repository-token.ts';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import { RepositoryTokens, steps } from '#edge/objects/organisation/repository-tokens.ts';
import { migrate } from '#edge/schema.ts';

const hourMs = 3_600_000;
const sealer = sealerOf([new Uint8Array(32).fill(7)]);

let sql: SqlFile;
let nowMs: number;
let minted: [number, number][];
let next: MintedForRepository | undefined;
let tokens: RepositoryTokens;

beforeEach(() => {
  sql = openSql(':memory:');
  migrate(sql, steps, 'repository_tokens');
  nowMs = Date.UTC(2026, 0, 1);
  minted = [];
  next = undefined;
  tokens = made();
});
afterEach(() => sql.close());

function made(keys = sealer): RepositoryTokens {
  return new RepositoryTokens(
    { sql, clock: { nowMs: () => nowMs }, sealer: keys },
    async (installationId, repositoryId) => {
      minted.push([installationId, repositoryId]);
      const token = `ghs_secret_${minted.length}`;
      await Promise.resolve();
      return next ?? { kind: 'token', token, expiresAtMs: nowMs + hourMs };
    },
  );
}

describe('a token', () => {
  it('is minted once for many who ask, and kept over a restart', async () => {
    const asked = await Promise.all([tokens.of(5, 7), tokens.of(5, 7), tokens.of(5, 7)]);
    expect(new Set(asked.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(await made().of(5, 7)).toEqual({ kind: 'token', token: 'ghs_secret_1' });
    expect(minted).toEqual([[5, 7]]);
  });

  it('is of one repository and one installation', async () => {
    await tokens.of(5, 7);
    await tokens.of(5, 8);
    await tokens.of(6, 7);
    expect(minted).toEqual([
      [5, 7],
      [5, 8],
      [6, 7],
    ]);
  });

  it('is never stored in the clear; threat 50', async () => {
    await tokens.of(5, 7);
    expect(JSON.stringify(sql.all('SELECT * FROM repository_tokens'))).not.toContain('ghs_');
  });

  it('is replaced shortly before its end', async () => {
    await tokens.of(5, 7);
    nowMs += hourMs - tokenReserveMs - 1;
    expect(await tokens.of(5, 7)).toMatchObject({ token: 'ghs_secret_1' });
    nowMs += 1;
    expect(await tokens.of(5, 7)).toMatchObject({ token: 'ghs_secret_2' });
  });

  it('is replaced when GitHub has refused it; another that was refused is no reason', async () => {
    await tokens.of(5, 7);
    expect(await tokens.of(5, 7, 'ghs_secret_1')).toMatchObject({ token: 'ghs_secret_2' });
    expect(await tokens.of(5, 7, 'ghs_secret_1')).toMatchObject({ token: 'ghs_secret_2' });
    expect(minted).toHaveLength(2);
  });

  it('that was sealed by keys of former days is minted anew', async () => {
    await tokens.of(5, 7);
    const others = made(sealerOf([new Uint8Array(32).fill(8)]));
    expect(await others.of(5, 7)).toMatchObject({ token: 'ghs_secret_2' });
  });

  it('is void when the installation changed, also one that is on its way', async () => {
    const asked = tokens.of(5, 7);
    tokens.forget();
    expect(await asked).toMatchObject({ token: 'ghs_secret_1' });
    expect(sql.all('SELECT * FROM repository_tokens')).toEqual([]);
    expect(await tokens.of(5, 7)).toMatchObject({ token: 'ghs_secret_2' });
  });
});

describe('a no', () => {
  it.each(['gone', 'forbidden'] as const)('for good (%s) holds for a minute', async (kind) => {
    next = { kind };
    expect(await tokens.of(5, 7)).toEqual({ kind });
    nowMs += 59_999;
    expect(await tokens.of(5, 7)).toEqual({ kind });
    expect(minted).toHaveLength(1);
    nowMs += 1;
    next = undefined;
    expect(await tokens.of(5, 7)).toMatchObject({ kind: 'token' });
  });

  it('is forgotten when the installation changed', async () => {
    next = { kind: 'forbidden' };
    await tokens.of(5, 7);
    tokens.forget();
    next = undefined;
    expect(await tokens.of(5, 7)).toMatchObject({ kind: 'token' });
  });

  it('for now is not kept', async () => {
    next = { kind: 'unavailable', retryAfterMs: 9 };
    expect(await tokens.of(5, 7)).toEqual(next);
    next = undefined;
    expect(await tokens.of(5, 7)).toMatchObject({ kind: 'token' });
  });
});
