/** A fingerprint of JSON that does not change with the order of keys or the layout of the file. */
import { createHash } from 'node:crypto';

/** @returns SHA-256 in hexadecimal of the value as JSON with sorted keys and no white space */
export function checksumOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
