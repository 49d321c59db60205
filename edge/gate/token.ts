/**
 * Tokens: `<prefix>_<id, 12>_<secret, 43>_<checksum, 6>`, all base62. The secret is 32 random bytes.
 * The checksum is the CRC-32 of everything before it: a mistyped or invented token is refused before
 * anything is read, and scanners of leaked secrets find no false ones. At rest there is only a keyed
 * hash of the whole token, found by its id (threat 50).
 */
import { utf8 } from '#protocol/bytes.ts';
import type { Random } from '../ports.ts';
import { base62 } from './base62.ts';

/** `bwc`: a connector's, `bws`: a service's, `bwu`: a person's. */
export type TokenPrefix = 'bwc' | 'bws' | 'bwu';

export interface TokenName {
  prefix: TokenPrefix;
  /** Not secret: it may be shown, listed and logged. */
  id: string;
}

const idBytes = 8;
const idCharacters = 12;
const secretBytes = 32;
/** 62^43 is more than 2^256. */
const secretCharacters = 43;
const checksumCharacters = 6;

export const tokenCharacters = 3 + 1 + idCharacters + 1 + secretCharacters + 1 + checksumCharacters;

const pattern = /^(bw[csu])_([0-9A-Za-z]{12})_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/;

/** `id`: of a token that gets a new secret, so that its row, its name and the lists stay. */
export function makeToken(
  prefix: TokenPrefix,
  random: Random,
  id: string = base62(random.bytes(idBytes), idCharacters),
): TokenName & { token: string } {
  const secret = base62(random.bytes(secretBytes), secretCharacters);
  const body = `${prefix}_${id}_${secret}`;
  return { prefix, id, token: `${body}_${checksum(body)}` };
}

/**
 * Which token the text says it is; undefined for everything that is none, whatever is wrong with it
 * (threats 50, 60: the cheap check first). It is not yet known whether the token was ever issued.
 */
export function parseToken(text: string): TokenName | undefined {
  if (text.length !== tokenCharacters) return undefined;
  const [, prefix, id] = pattern.exec(text) ?? [];
  if (prefix === undefined || id === undefined) return undefined;
  const cut = tokenCharacters - checksumCharacters;
  if (checksum(text.slice(0, cut - 1)) !== text.slice(cut)) return undefined;
  return { prefix: prefix as TokenPrefix, id };
}

function checksum(text: string): string {
  const crc = crc32(utf8(text));
  const bytes = Uint8Array.of(crc >>> 24, crc >>> 16, crc >>> 8, crc);
  return base62(bytes, checksumCharacters);
}

/** CRC-32 as in ISO-HDLC, gzip (RFC 1952 §8) and PNG. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 255] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});
