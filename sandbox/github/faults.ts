/** What goes wrong when a test wants it: `POST /_sandbox/faults`. */
import { z } from 'zod';

const ms = z.int().min(0).max(600_000);
const retryAfter = z.int().min(0).default(60);

const fault = z.discriminatedUnion('kind', [
  /** The answer comes later. */
  z.strictObject({ kind: z.literal('slow'), ms }),
  /** An answer with that status instead of the real one. */
  z.strictObject({ kind: z.literal('status'), status: z.int().min(400).max(599) }),
  /** 429: the hour's requests are used up. `retry_after` in seconds. */
  z.strictObject({ kind: z.literal('rate_limit'), retry_after: retryAfter }),
  /** 403 with `retry-after`: too much at once. */
  z.strictObject({ kind: z.literal('secondary_limit'), retry_after: retryAfter }),
  /** The connection ends without an answer. */
  z.strictObject({ kind: z.literal('cut') }),
  /** An event is lost; the log of deliveries has it as failed. */
  z.strictObject({ kind: z.literal('drop_webhook') }),
  /** An event is delivered twice under one GUID. */
  z.strictObject({ kind: z.literal('duplicate_webhook') }),
  /** An event is late: what comes after it overtakes it. */
  z.strictObject({ kind: z.literal('delay_webhook'), ms }),
  /** An event is delivered after the next ones of the app, or when nothing else is under way. */
  z.strictObject({ kind: z.literal('reorder_webhook'), behind: z.int().min(1).default(1) }),
]);

function isPattern(text: string): boolean {
  try {
    return RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

export const faultSchema = z.strictObject({
  match: z
    .strictObject({
      method: z.string().toUpperCase().optional(),
      /** Regular expression on path and query, as they were sent. */
      path: z.string().refine(isPattern, 'is no regular expression').optional(),
      /** Of a webhook. */
      event: z.string().optional(),
      action: z.string().optional(),
    })
    .default({}),
  /** How often it happens. */
  times: z.int().positive().default(1),
  fault,
});

export type Fault = z.output<typeof faultSchema>;
export type FaultSeed = z.input<typeof faultSchema>;
type Kind = Fault['fault'];
export type WebhookFault = Extract<Kind, { kind: `${string}_webhook` }>;
export type RequestFault = Exclude<Kind, WebhookFault>;

export class Faults {
  #armed: (Fault & { left: number })[] = [];

  clear(): void {
    this.#armed = [];
  }

  /** @throws Error naming what is wrong with the fault */
  arm(seed: unknown): void {
    const read = faultSchema.safeParse(seed);
    if (!read.success) throw new Error(`no such fault: ${z.prettifyError(read.error)}`);
    this.#armed.push({ ...read.data, left: read.data.times });
  }

  list(): (Fault & { left: number })[] {
    return this.#armed;
  }

  /** @param path with the query, as it was sent */
  takeForRequest(method: string, path: string): RequestFault | undefined {
    return this.#take((entry) => {
      const { match, fault } = entry;
      return (
        isRequestFault(fault) &&
        (match.method === undefined || match.method === method) &&
        (match.path === undefined || new RegExp(match.path).test(path))
      );
    }) as RequestFault | undefined;
  }

  takeForWebhook(event: string, action: string | undefined): WebhookFault | undefined {
    return this.#take((entry) => {
      const { match, fault } = entry;
      return (
        !isRequestFault(fault) &&
        (match.event === undefined || match.event === event) &&
        (match.action === undefined || match.action === action)
      );
    }) as WebhookFault | undefined;
  }

  #take(fits: (entry: Fault) => boolean): Kind | undefined {
    const found = this.#armed.find(fits);
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left === 0) this.#armed = this.#armed.filter((entry) => entry !== found);
    return found.fault;
  }
}

function isRequestFault(fault: Kind): fault is RequestFault {
  return !fault.kind.endsWith('_webhook');
}
