/**
 * The routing key in the context that tracing libraries hand from service to service, so that a
 * service that forwards only these headers keeps an intercept alive behind it.
 */
import type { InterceptHeader } from '#protocol/control.ts';

/** W3C Baggage §3.3.2. */
const maxBaggageBytes = 8192;
const maxBaggageMembers = 180;
/** W3C Trace Context §3.3.1.1 and §3.3.1.3.2. */
const maxTracestateMembers = 32;
const maxTracestateValueBytes = 256;
const tracestateKey = 'byway';

/**
 * Members of the viewer stay as they are; a member of the same key is replaced. Over the limits the
 * viewer's last members give way: the routing key must arrive.
 */
export function mergeBaggage(
  values: readonly string[],
  headers: readonly InterceptHeader[],
): string {
  // Nothing to merge: an app's own baggage is none of our business.
  if (headers.length === 0) return values.join(',');
  const own = headers.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join(',');
  if (values.length === 0) return own;
  const keys = new Set(headers.map(({ name }) => name.toLowerCase()));
  const members: string[] = [];
  let bytes = own.length;
  for (const member of membersOf(values)) {
    if (keys.has(keyOf(member))) continue;
    bytes += member.length + 1;
    if (bytes > maxBaggageBytes || members.length + headers.length >= maxBaggageMembers) break;
    members.push(member);
  }
  return [...members, own].join(',');
}

/** Ours comes first, as the last one to have changed it (§3.5); it replaces a member of the same key. */
export function mergeTracestate(
  values: readonly string[],
  headers: readonly InterceptHeader[],
): string {
  const members = membersOf(values).filter((member) => keyOf(member) !== tracestateKey);
  // The value may not hold "," and "=" (§3.3.1.3.2); percent-encoding leaves neither.
  const value = encodeURIComponent(headers[0]?.value ?? '');
  if (value === '' || value.length > maxTracestateValueBytes) return members.join(',');
  return [`${tracestateKey}=${value}`, ...members.slice(0, maxTracestateMembers - 1)].join(',');
}

function membersOf(values: readonly string[]): string[] {
  return values
    .flatMap((value) => value.split(','))
    .map((member) => member.trim())
    .filter((member) => member !== '');
}

function keyOf(member: string): string {
  return (member.split('=', 1)[0] ?? '').trim().toLowerCase();
}
