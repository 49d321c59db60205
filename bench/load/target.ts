import type { Running } from '../contender.ts';

/** Where a load goes. */
export type Target = Pick<Running, 'url' | 'hostHeader'> & {
  /** Further fields with each request, by name. */
  readonly headers?: Readonly<Record<string, string>>;
};

export function hostArguments({ hostHeader, headers = {} }: Target): string[] {
  const host = hostHeader === undefined ? {} : { Host: hostHeader };
  return Object.entries({ ...host, ...headers }).flatMap(([name, value]) => [
    '-H',
    `${name}: ${value}`,
  ]);
}
