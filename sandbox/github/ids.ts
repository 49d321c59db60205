/** Numbers of things: one for all kinds, never used again, too large for 32 bits as GitHub's are. */
let last = 3_000_000_000;

export function newId(): number {
  last += 1;
  return last;
}
