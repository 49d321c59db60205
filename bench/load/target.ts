import type { Running } from '../contender.ts';

/** Where a load goes. */
export type Target = Pick<Running, 'url' | 'hostHeader'>;

export function hostArguments(target: Target): string[] {
  return target.hostHeader === undefined ? [] : ['-H', `Host: ${target.hostHeader}`];
}
