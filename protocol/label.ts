/**
 * Labels of previews: `<word>-<word>-<cluster key, 8><shard, 1>-<random, 20>`, at most 63 characters
 * (RFC 1035 §2.3.4). The alphabet is RFC 4648 base32 in lower case: DNS does not keep case, and it
 * has no 0 and 1 to be taken for o and l. The cluster key is five random characters and a keyed
 * check of three, so that a label that was guessed never wakes an object.
 */
import { utf8 } from './bytes.ts';
import { siphash } from './siphash.ts';
import { firstWords, secondWords } from './words.ts';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const pattern = /^([a-z]{1,8})-([a-z]{1,8})-([a-z2-7]{8})([a-z2-7])-([a-z2-7]{20})$/;
const keyPattern = /^[a-z2-7]{8}$/;

export interface Label {
  clusterKey: string;
  shard: string;
}

/** Eight characters from at least five random bytes; `checkKey`: 16 secret bytes. */
export function makeClusterKey(random: Uint8Array, checkKey: Uint8Array): string {
  const key = characters(random, 5);
  return key + check(key, checkKey);
}

/** Whether the key was made here. */
export function isClusterKey(text: string, checkKey: Uint8Array): boolean {
  return keyPattern.test(text) && check(text.slice(0, 5), checkKey) === text.slice(5);
}

/** `random`: at least 22 random bytes; 20 of them give the 100 bits that nobody can guess. */
export function makeLabel(clusterKey: string, shard: string, random: Uint8Array): string {
  const first = firstWords[(random[0] ?? 0) % firstWords.length] ?? '';
  const second = secondWords[(random[1] ?? 0) % secondWords.length] ?? '';
  return `${first}-${second}-${clusterKey}${shard}-${characters(random.subarray(2), 20)}`;
}

/** undefined: not a label, or not one of ours. Only lower case is a label; the host is folded before. */
export function parseLabel(text: string, checkKey: Uint8Array): Label | undefined {
  const label = splitLabel(text);
  return label && isClusterKey(label.clusterKey, checkKey) ? label : undefined;
}

/** By its form alone; whether the key is one of ours is for `isClusterKey`. */
export function splitLabel(text: string): Label | undefined {
  const [, , , clusterKey, shard] = pattern.exec(text) ?? [];
  return clusterKey && shard ? { clusterKey, shard } : undefined;
}

/** The cluster's key in a label that was made here. */
export function clusterKeyOfLabel(label: string): string {
  return splitLabel(label)?.clusterKey ?? '';
}

function check(key: string, checkKey: Uint8Array): string {
  let hash = siphash(checkKey, utf8(key));
  let text = '';
  for (let index = 0; index < 3; index += 1) {
    text += alphabet[Number(hash & 31n)] ?? '';
    hash >>= 5n;
  }
  return text;
}

/** One character for each byte, of which five bits count. */
function characters(random: Uint8Array, count: number): string {
  if (random.length < count) throw new RangeError(`${count} random bytes are needed`);
  let text = '';
  for (let index = 0; index < count; index += 1) text += alphabet[(random[index] ?? 0) & 31] ?? '';
  return text;
}
