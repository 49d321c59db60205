import { expect, it } from 'vitest';
import { siphash } from '#protocol/siphash.ts';

const count = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index);

/** Key 00…0f, input 00, 01, … of that length: the reference implementation's vectors.h, Appendix A. */
it.each([
  [0, 0x726fdb47dd0e0e31n],
  [1, 0x74f839c593dc67fdn],
  [2, 0x0d6c8009d9a94f5an],
  [3, 0x85676696d7fb7e2dn],
  [4, 0xcf2794e0277187b7n],
  [5, 0x18765564cd99a68dn],
  [6, 0xcbc9466e58fee3cen],
  [7, 0xab0200f58b01d137n],
  [8, 0x93f5f5799a932462n],
  [15, 0xa129ca6149be45e5n],
])('hashes %i bytes as the reference does', (length, hash) => {
  expect(siphash(count(16), count(length))).toBe(hash);
});

it('depends on every byte of the key', () => {
  const hashes = new Set([siphash(count(16), count(5))]);
  for (let index = 0; index < 16; index += 1) {
    const key = count(16);
    key[index]! ^= 1;
    hashes.add(siphash(key, count(5)));
  }
  expect(hashes.size).toBe(17);
});
