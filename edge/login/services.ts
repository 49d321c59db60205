/** What the login works with. */
import type { Context } from 'hono';
import type { KeyRing } from '../gate/signing.ts';
import type { OAuth } from '../github/oauth.ts';
import type { Clock, Log, Random } from '../ports.ts';
import type { LoginPort } from './ports.ts';

export interface LoginServices {
  port: LoginPort;
  ring: KeyRing;
  /** Login with GitHub. */
  oauth: Pick<OAuth, 'authorizeUrl' | 'identify'>;
  /**
   * 32 bytes each, for the cookie of a login at GitHub and nothing else. The first one seals, all
   * open; one that was replaced can be dropped after ten minutes.
   */
  sealKeys: readonly Uint8Array[];
  /** `https://byway.example.com`: the app host's origin. */
  appOrigin(): string;
  /** Where a request came from, for limits and for people to read: an IP address. */
  addressOf(c: Context): string;
  clock: Clock;
  random: Random;
  log: Log;
}

/** The callback URL to register at GitHub, exactly. */
export const gitHubCallbackPath = '/auth/github/callback';
