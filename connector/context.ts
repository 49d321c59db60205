/**
 * The routing key in the context that tracing libraries hand from service to service, so that a
 * service that forwards only these headers keeps an intercept alive behind it.
 */
import type { InterceptHeader } from '#protocol/control.ts';

/** W3C Baggage §3.3.2. */
const maxBaggageBytes = 8192;
const maxBaggageMembers = 180;
/** W3C Trace Context §3.3.1.1. */
const maxTracestateMembers = 32;
const tracestateKey = 'byway';

/** Members of the viewer stay; a member of the same key is replaced. */
export function mergeBaggage(
  values: readonly string[],
  headers: readonly InterceptHeader[],
): string {
  const keys = new Set(headers.map(({ name }) => name.toLowerCase()));
  const own = headers.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`);
  const members = membersOf(values).filter((member) => !keys.has(keyOf(member)));
  // Over the limits the viewer's last members give way: the routing key must arrive.
  while (members.length > 0 && tooLarge([...members, ...own])) members.pop();
  return [...members, ...own].join(',');
}

export function mergeTracestate(
  values: readonly string[],
  headers: readonly InterceptHeader[],
): string {
  const [first] = headers;
  const members = membersOf(values).filter((member) => keyOf(member) !== tracestateKey);
  if (!first) return members.join(',');
  // The value may not hold "," and "=" (§3.3.1.3.2); percent-encoding leaves neither.
  const own = `${tracestateKey}=${encodeURIComponent(first.value)}`;
  return [own, ...members.slice(0, maxTracestateMembers - 1)].join(',');
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

function tooLarge(members: readonly string[]): boolean {
  return members.length > maxBaggageMembers || members.join(',').length > maxBaggageBytes;
}
