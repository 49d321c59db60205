/**
 * SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012): a keyed hash that is
 * synchronous on every engine. Used where a check must be made before anything is looked up.
 */

const mask = 0xffffffffffffffffn;

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & mask;
}

/** `key`: 16 bytes. Returns 64 bits. */
export function siphash(key: Uint8Array, data: Uint8Array): bigint {
  const k0 = little(key, 0, 8);
  const k1 = little(key, 8, 8);
  const v: [bigint, bigint, bigint, bigint] = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ];
  const whole = data.length - (data.length % 8);
  for (let at = 0; at < whole; at += 8) absorb(v, little(data, at, 8));
  absorb(v, little(data, whole, data.length - whole) | (BigInt(data.length & 255) << 56n));
  v[2] ^= 0xffn;
  for (let round = 0; round < 4; round += 1) mix(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

function absorb(v: [bigint, bigint, bigint, bigint], word: bigint): void {
  v[3] ^= word;
  mix(v);
  mix(v);
  v[0] ^= word;
}

function mix(v: [bigint, bigint, bigint, bigint]): void {
  v[0] = (v[0] + v[1]) & mask;
  v[1] = rotate(v[1], 13n) ^ v[0];
  v[0] = rotate(v[0], 32n);
  v[2] = (v[2] + v[3]) & mask;
  v[3] = rotate(v[3], 16n) ^ v[2];
  v[0] = (v[0] + v[3]) & mask;
  v[3] = rotate(v[3], 21n) ^ v[0];
  v[2] = (v[2] + v[1]) & mask;
  v[1] = rotate(v[1], 17n) ^ v[2];
  v[2] = rotate(v[2], 32n);
}

function little(bytes: Uint8Array, at: number, count: number): bigint {
  let value = 0n;
  for (let index = count - 1; index >= 0; index -= 1) {
    value = (value << 8n) | BigInt(bytes[at + index] ?? 0);
  }
  return value;
}
