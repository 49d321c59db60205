import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base62, identifierPattern, randomIdentifier } from '#edge/gate/base62.ts';
import { makeToken, parseToken, tokenCharacters, type TokenPrefix } from '#edge/gate/token.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { random } from './key-ring.ts';

const prefixes = ['bwc', 'bws', 'bwu'] as const;
const filled = (byte: number) => ({ bytes: (count: number) => new Uint8Array(count).fill(byte) });

describe('base62', () => {
  it('writes numbers of one width', () => {
    expect(base62(Uint8Array.of(0), 3)).toBe('000');
    expect(base62(Uint8Array.of(61), 3)).toBe('00z');
    expect(base62(Uint8Array.of(62), 3)).toBe('010');
    expect(base62(Uint8Array.of(1, 0), 3)).toBe('048');
    expect(base62(new Uint8Array(32).fill(255), 43)).toHaveLength(43);
  });

  it('refuses what does not fit', () => {
    expect(base62(Uint8Array.of(61), 1)).toBe('z');
    expect(() => base62(Uint8Array.of(62), 1)).toThrow('1 bytes do not fit into 1 characters');
  });

  it('gives the bytes back to whoever counts', () => {
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        let value = 0n;
        for (const character of base62(bytes, 43)) {
          value = value * 62n + BigInt(alphabet.indexOf(character));
        }
        expect(value.toString(16).padStart(64, '0')).toBe(Buffer.from(bytes).toString('hex'));
      }),
      { seed: 4 },
    );
  });

  it('makes identifiers that are all alike and never the same', () => {
    expect(randomIdentifier(filled(0))).toBe('0'.repeat(22));
    expect(randomIdentifier(filled(255))).toMatch(identifierPattern);
    const many = new Set(Array.from({ length: 1000 }, () => randomIdentifier(random)));
    expect(many.size).toBe(1000);
  });
});

describe('tokens', () => {
  it.each(prefixes)('%s comes back as it was made', (prefix) => {
    const { token, id } = makeToken(prefix, random);
    expect(token).toHaveLength(tokenCharacters);
    expect(token).toMatch(new RegExp(`^${prefix}_${id}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$`));
    expect(parseToken(token)).toEqual({ prefix, id });
  });

  it('end with the CRC-32 of what is before', () => {
    const { token } = makeToken('bws', random);
    const crc = crc32(token.slice(0, -7));
    const bytes = Uint8Array.of(crc >>> 24, crc >>> 16, crc >>> 8, crc);
    expect(token.slice(-6)).toBe(base62(bytes, 6));
  });

  it('stay as they are from version to version', () => {
    const zeros = '0'.repeat(43);
    expect(makeToken('bwc', filled(0)).token).toMatch(new RegExp(`^bwc_0{12}_${zeros}_`));
    expect(parseToken(makeToken('bwc', filled(255)).token)?.prefix).toBe('bwc');
  });

  it('threat 50: one wrong character anywhere is found', () => {
    const { token } = makeToken('bwu', random);
    for (let index = 0; index < token.length; index += 1) {
      const other = token[index] === 'c' ? 's' : 'c';
      expect(parseToken(token.slice(0, index) + other + token.slice(index + 1))).toBeUndefined();
    }
  });

  const { token } = makeToken('bws', random);
  it.each([
    '',
    'bws_',
    'bws___',
    ` ${token}`,
    `${token} `,
    `${token}\n`,
    `${token.slice(0, -1)}\n`,
    token.slice(1),
    token.slice(0, -1),
    `${token}0`,
    token.toUpperCase(),
    token.replaceAll('_', '-'),
    token.replace('bws', 'bwu'),
    token.replace('bws', 'bwx'),
    token.replace('bws', 'ghp'),
    'x'.repeat(1_000_000),
  ])('threat 50: no token (%#)', (text) => expect(parseToken(text)).toBeUndefined());

  it('threat 60: whatever comes, only what was made passes', () => {
    const body = fc.stringMatching(/^[0-9A-Za-z]{43}$/);
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(fc.constantFrom(...prefixes), body).map(([prefix, secret]) => {
        return `${prefix}_${secret.slice(0, 12)}_${secret}_${secret.slice(0, 6)}`;
      }),
      fc.tuple(fc.nat(token.length), fc.string({ minLength: 1, maxLength: 4 })).map(([at, put]) => {
        return token.slice(0, at) + put + token.slice(at + put.length);
      }),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        const [prefix, id] = candidate.split('_');
        const crc = crc32(candidate.slice(0, -7));
        const sum = base62(Uint8Array.of(crc >>> 24, crc >>> 16, crc >>> 8, crc), 6);
        const good =
          /^bw[csu]_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/.test(candidate) &&
          candidate.endsWith(sum);
        const name = good ? { prefix: prefix as TokenPrefix, id } : undefined;
        expect(parseToken(candidate)).toEqual(name);
      }),
      { seed: 50, numRuns: fuzzRuns(300) },
    );
  });
});
