/** Login by a browser on another machine (RFC 8628). */
import { RequestError } from '#protocol/requests.ts';
import { remark } from '../output.ts';
import { deviceName, type FlowOptions } from './code-flow.ts';
import type { AuthorizationServer } from './metadata.ts';
import {
  deviceGrant,
  OauthRefusal,
  requestDevice,
  requestGrant,
  type Grant,
} from './token-endpoint.ts';

/** RFC 8628 §3.5: `slow_down` adds 5 seconds, for good. */
const slowDownS = 5;
/** After lost answers the interval doubles (RFC 8628 §3.5), but not beyond this. */
const longestIntervalS = 60;
const shortestIntervalS = 1;

export interface Waiting {
  /** Monotonic, in milliseconds. */
  now(): number;
  pause(ms: number): Promise<void>;
}

const realWaiting: Waiting = {
  now: () => performance.now(),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** The person types the code by hand: a link that holds it would help a phisher. @throws OauthRefusal */
export async function deviceFlow(
  server: AuthorizationServer,
  { organisation }: FlowOptions,
  { now, pause }: Waiting = realWaiting,
): Promise<Grant> {
  const began = now();
  const given = await requestDevice(server, {
    device: deviceName(),
    ...(organisation === undefined ? {} : { organisation }),
  });
  remark(`open ${given.verification_uri} in any browser and enter this code: ${given.user_code}`);
  const deadline = began + given.expires_in * 1000;
  let intervalS = Math.max(given.interval, shortestIntervalS);
  for (;;) {
    await pause(intervalS * 1000);
    if (now() >= deadline) throw new OauthRefusal('expired_token');
    try {
      return await requestGrant(server, {
        grant_type: deviceGrant,
        device_code: given.device_code,
      });
    } catch (error) {
      if (error instanceof OauthRefusal && error.code === 'authorization_pending') continue;
      if (error instanceof OauthRefusal && error.code === 'slow_down') intervalS += slowDownS;
      else if (error instanceof RequestError && error.code !== 'refused') {
        intervalS = Math.min(intervalS * 2, longestIntervalS);
      } else throw error;
    }
  }
}
