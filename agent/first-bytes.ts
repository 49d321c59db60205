/** Which protocol a client speaks, by its first bytes. */
import { http2Preface } from './http2/client.ts';

export type Kind = 'http1' | 'http2' | 'other' | 'unknown';

/** The longest registered methods have 17 characters (UPDATEREDIRECTREF). */
const maxMethodBytes = 20;
const cr = 13;
const lf = 10;
const space = 32;

/** A method in capitals and a blank, or HTTP/2's preface. `unknown`: it takes more bytes to tell. */
export function kindOf(first: Buffer): Kind {
  let start = 0;
  while (first[start] === cr && first[start + 1] === lf) start += 2;
  const length = Math.min(first.length, http2Preface.length);
  if (first.subarray(0, length).equals(http2Preface.subarray(0, length))) {
    return length === http2Preface.length ? 'http2' : 'unknown';
  }
  if (first[start] === cr && start + 1 === first.length) return 'unknown';
  for (let at = start; at < first.length; at += 1) {
    const byte = first[at] ?? 0;
    if (byte === space && at > start) return 'http1';
    const fits = (byte >= 65 && byte <= 90) || (byte === 45 && at > start);
    if (!fits || at - start >= maxMethodBytes) return 'other';
  }
  return 'unknown';
}
