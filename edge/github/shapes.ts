/** What the edge reads of GitHub's answers; everything else in them is dropped. */
import { z } from 'zod';

export interface Account {
  /** GitHub's numeric id: stays when the login changes hands. */
  id: number;
  login: string;
}

export const id = z.int().positive();
export const account: z.ZodType<Account> = z.object({ id, login: z.string().min(1) });
export const accounts = z.array(account);

/** `account` is an enterprise at times, which has no login. */
const ownedInstallation = z.object({ id, account: z.unknown(), target_type: z.string() });
export const userInstallations = z.object({ installations: z.array(ownedInstallation) });

export const installation = ownedInstallation.extend({
  permissions: z.object({ members: z.string().optional() }),
  suspended_at: z.string().nullish(),
});

export const installationToken = z.object({
  token: z.string().min(1),
  expires_at: z.iso.datetime({ offset: true }),
});

export const orgMembership = z.object({
  state: z.string(),
  role: z.string(),
  user: z.object({ id }).nullable(),
  organization: z.object({ id }),
});

/** Ids beyond 2^53 arrive as bigint. */
const deliveryId = z.union([z.int().positive(), z.bigint()]);
export const hookDelivery = z.object({
  id: deliveryId,
  guid: z.string().min(1),
  delivered_at: z.iso.datetime({ offset: true }),
  status: z.string(),
  status_code: z.int(),
});
export type HookDelivery = z.infer<typeof hookDelivery>;
export const hookDeliveries = z.array(hookDelivery);
