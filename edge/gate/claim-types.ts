/** A valid signature says who wrote a claim, not what type it has; older versions wrote others. */

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Not negative, and exact in a double. */
export function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** One label of a host name in lower case (RFC 1035 §2.3.4); whether it is a preview's is not asked. */
export function isLabel(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(value);
}
