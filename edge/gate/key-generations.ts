/**
 * Generations of the edge's keys, as an operator writes them: a line `<kid> <64 hexadecimal digits>`
 * each, newest first; blank lines and lines that begin with `#` are skipped.
 */
import { ConfigError } from '#protocol/config.ts';

export interface KeyGeneration {
  /** Names the generation, in tokens too: 1 to 32 letters, digits, `_`, `-`. */
  kid: string;
  /** 32 secret bytes. */
  key: Uint8Array;
}

/** The one that signs, the one before it, and one that nobody has dropped yet. */
export const maxKeyGenerations = 3;
/** Of the root secret, which is a generation as well. */
export const rootKid = 'root';

/** None for an empty text. @throws ConfigError naming line and fault, never a key */
export function keyGenerationsOf(text: string): KeyGeneration[] {
  const generations: KeyGeneration[] = [];
  const keys = new Map<string, number>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const number = index + 1;
    const [kid = '', digits = '', ...more] = line.split(/\s+/);
    const fault = (what: string): ConfigError => new ConfigError(`line ${number}: ${what}`);
    if (more.length > 0 || digits === '') {
      throw fault('must be a name and 64 hexadecimal digits, with a blank between them');
    }
    if (!/^[\w-]{1,32}$/.test(kid)) throw fault('the name must be 1 to 32 letters, digits, _ or -');
    // Before the name is quoted anywhere: it may be half of a key that was broken in two.
    if (!/^[0-9a-f]{64}$/i.test(digits)) throw fault('the key must be 64 hexadecimal digits');
    if (kid === rootKid) throw fault(`the name ${rootKid} is that of the root secret`);
    if (generations.some((other) => other.kid === kid))
      throw fault(`the name ${kid} is there twice`);
    const former = keys.get(digits.toLowerCase());
    if (former !== undefined) throw fault(`the key is that of line ${former}; make a new one`);
    if (generations.length === maxKeyGenerations) {
      throw fault(`there may be ${maxKeyGenerations} keys at most; drop the oldest`);
    }
    keys.set(digits.toLowerCase(), number);
    generations.push({ kid, key: bytesOfHex(digits) });
  }
  return generations;
}

/** Of pairs of hexadecimal digits. */
export function bytesOfHex(digits: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
