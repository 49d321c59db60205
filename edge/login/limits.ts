/** How often things may be tried (threat 60). An office behind one address has many people. */
import type { Page } from '#protocol/pages.ts';
import { maxUserCodeTries } from '../gate/device-code.ts';
import type { Rate } from '../gate/rate-limit.ts';
import { denialPage } from './denials.ts';
import type { LoginServices } from './services.ts';

export const rates = {
  /** Logins that go to GitHub or come back, by address. */
  login: { burst: 120, perMinute: 60 },
  /** User codes typed, by person and by address: 20^8 codes, ten minutes each. */
  userCode: { burst: maxUserCodeTries, perMinute: 1 },
  userCodeAddress: { burst: 20, perMinute: 5 },
  /** Requests to the token endpoint, by address; a device polls twelve times a minute. */
  token: { burst: 120, perMinute: 120 },
  /** Asking to be let in, by person: three times an hour. */
  ask: { burst: 60, perMinute: 1 },
  /** Devices that begin, by address. */
  device: { burst: 10, perMinute: 5 },
} as const satisfies Record<string, Rate>;

/** What one of them takes out of its bucket, where it is not one. */
const costs: Partial<Record<keyof typeof rates, number>> = { ask: 20 };

/** Whole seconds to wait; undefined: go on. */
export async function waitFor(
  { port }: LoginServices,
  kind: keyof typeof rates,
  who: string | number,
): Promise<number | undefined> {
  const { allowed, retryAfterS } = await port.take(`${kind}:${who}`, rates[kind], costs[kind]);
  return allowed ? undefined : retryAfterS;
}

/** The same as a page. */
export async function tooMany(
  services: LoginServices,
  kind: keyof typeof rates,
  who: string | number,
  accept: string | undefined,
): Promise<Page | undefined> {
  const waitS = await waitFor(services, kind, who);
  if (waitS === undefined) return undefined;
  return denialPage({ kind: 'too-many', retryAfterMs: waitS * 1000 }, accept);
}
