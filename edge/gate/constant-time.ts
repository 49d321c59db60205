/** Comparing secrets without telling by time how much of a guess was right. */

/**
 * Whether the texts are equal. The time depends on their lengths only: give it hashes or values of
 * one fixed length. Both engines lack a comparison of their own that the other has too.
 */
export function equalInConstantTime(left: string, right: string): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index += 1) {
    difference |= left.charCodeAt(index) ^ right.charCodeAt(index);
  }
  return difference === 0;
}
