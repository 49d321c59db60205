/** What the gateway relays at all, before any preview is looked up. */

/** Longest request target; a head carries at most 64 KiB in one value. */
export const maxTargetBytes = 32 * 1024;

/** Why the request cannot be relayed, or undefined. Only origin-form is (RFC 9112 §3.2.1). */
export function targetFault(method: string, target: string): string | undefined {
  if (target.length > maxTargetBytes) return `the target is longer than ${maxTargetBytes} bytes`;
  if (target === '*')
    return method === 'OPTIONS' ? undefined : 'the target * goes with OPTIONS only';
  if (!target.startsWith('/')) return 'the target must begin with /';
  if (target.includes('#')) return 'the target has a fragment';
  return undefined;
}

/** Why another upgrade is refused. */
export const onlyWebSockets = 'only WebSocket upgrades (RFC 6455) are relayed';

/** Whether the path is the gateway's own: first segment exactly `.byway`. */
export function isGatewayPath(target: string): boolean {
  return target === '/.byway' || target.startsWith('/.byway/') || target.startsWith('/.byway?');
}
