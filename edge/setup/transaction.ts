/** What a set-up leaves with the browser while it is at GitHub, encrypted (threat 53). */
import { z } from 'zod';
import { randomIdentifier } from '../gate/base62.ts';
import { equalInConstantTime } from '../gate/constant-time.ts';
import { sealSetup, unsealSetup } from '../login/sealed.ts';
import type { SetupServices } from './ports.ts';
import type { SetupWish } from './wish.ts';

/** For somebody who looks at what the app may do, and asks a colleague. */
export const setupLifeS = 30 * 60;

const sealed = z.object({
  state: z.string().min(16),
  expiresMs: z.int(),
  organisation: z.string(),
  name: z.string(),
  deployments: z.boolean(),
  place: z.object({
    webUrl: z.string(),
    apiUrl: z.string(),
    isDotCom: z.boolean(),
    actionsIssuer: z.string().optional(),
  }),
});

/** `cookie`: the value for the browser; `state`: for GitHub to give back. */
export async function begin(
  { sealKeys, clock, random }: SetupServices,
  wish: SetupWish,
): Promise<{ cookie: string; state: string }> {
  const state = randomIdentifier(random);
  const expiresMs = clock.nowMs() + setupLifeS * 1000;
  return { cookie: await sealSetup(sealKeys, { ...wish, state, expiresMs }), state };
}

/** undefined: this browser began no such set-up, or too long ago. */
export async function finish(
  { sealKeys, clock }: SetupServices,
  cookie: string | undefined,
  state: string | undefined,
): Promise<SetupWish | undefined> {
  if (cookie === undefined || state === undefined) return undefined;
  const read = sealed.safeParse(await unsealSetup(sealKeys, cookie));
  if (!read.success || read.data.expiresMs <= clock.nowMs()) return undefined;
  const { state: expected, expiresMs: _, place, ...rest } = read.data;
  if (!equalInConstantTime(expected, state)) return undefined;
  return { ...rest, place: { ...place, actionsIssuer: place.actionsIssuer } };
}
