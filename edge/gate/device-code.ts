/** The codes of the device authorization grant (RFC 8628), for `byway login --device` (threat 54). */
import type { Random } from '../ports.ts';
import { randomSecret } from './digest.ts';

/** Consonants only, so that no words come up; 20^8 codes are 34 bits (RFC 8628 §6.1). */
const alphabet = 'BCDFGHJKLMNPQRSTVWXZ';
const userCodeLetters = 8;
/** The largest multiple of 20 in a byte: what is above would make some letters likelier. */
const fairBytes = 240;

/** 10 minutes (RFC 8628 §3.2, `expires_in`). */
export const deviceCodeLifeS = 600;
/** Between two polls (RFC 8628 §3.2, `interval`); `slow_down` adds as much again (§3.5). */
export const pollIntervalS = 5;
/** Wrong user codes that one person may enter before they have to wait (RFC 8628 §5.1). */
export const maxUserCodeTries = 5;

/** What the device polls with: 256 random bits; kept as a hash. */
export function makeDeviceCode(random: Random): string {
  return randomSecret(random);
}

/** `XXXX-XXXX`, for a person to read and type. */
export function makeUserCode(random: Random): string {
  let letters = '';
  while (letters.length < userCodeLetters) {
    for (const byte of random.bytes(userCodeLetters)) {
      if (byte < fairBytes && letters.length < userCodeLetters)
        letters += alphabet[byte % 20] ?? '';
    }
  }
  return hyphenated(letters);
}

/** Blanks and dashes of every kind, dots and low lines. */
const separators = /[\s\u00ad\u200b\u2010-\u2015\u2212._-]+/g;
const letters = /^[bcdfghjklmnpqrstvwxz]{8}$/i;
const maxTypedCharacters = 64;

/**
 * The user code that a person meant, as `makeUserCode` writes it: case and separators do not count
 * (RFC 8628 §6.1). undefined: no user code could look like that.
 */
export function canonicalUserCode(typed: string): string | undefined {
  if (typed.length > maxTypedCharacters) return undefined;
  const bare = typed.replace(separators, '');
  // Matched before folding: some letters beyond ASCII fold into it (U+017F to S).
  return letters.test(bare) ? hyphenated(bare.toUpperCase()) : undefined;
}

function hyphenated(bare: string): string {
  return `${bare.slice(0, 4)}-${bare.slice(4)}`;
}
