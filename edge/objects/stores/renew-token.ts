/** A new secret for a token that keeps its id, so that its row, its name and the lists stay. */
import { makeToken, type TokenName } from '../../gate/token.ts';
import type { Random } from '../../ports.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `makeToken` draws the id before the secret: the first draw is answered with the id's own bytes. */
export function renewToken({ prefix, id }: TokenName, random: Random): string {
  let first = true;
  const made = makeToken(prefix, {
    bytes(count) {
      if (!first) return random.bytes(count);
      first = false;
      return bytesOf(id, count);
    },
  });
  if (made.id !== id) throw new Error(`the token ${id} cannot be made anew under its id`);
  return made.token;
}

function bytesOf(id: string, count: number): Uint8Array {
  let rest = 0n;
  for (const letter of id) rest = rest * 62n + BigInt(alphabet.indexOf(letter));
  const bytes = new Uint8Array(count);
  for (let index = count - 1; index >= 0; index -= 1) {
    bytes[index] = Number(rest & 255n);
    rest >>= 8n;
  }
  return bytes;
}
