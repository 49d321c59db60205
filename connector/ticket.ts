/**
 * Tickets: an intercept under the connector's HMAC, `base64url(JSON) . base64url(HMAC-SHA-256)`. Who
 * holds one can announce that intercept again after a restart, and nothing else.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { InterceptSpec } from '#protocol/control.ts';

const spec = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  name: z.string(),
  client: z.string(),
  owner: z.object({ id: z.number(), login: z.string() }),
  workload: z.string(),
  namespace: z.string(),
  port: z.object({ name: z.string(), number: z.number() }),
  mechanism: z.enum(['http', 'tcp']),
  headers: z.array(z.object({ name: z.string(), value: z.string() })),
  laptop: z.object({ name: z.string(), address: z.string() }),
  createdMs: z.int().min(0).optional(),
});

export class Tickets {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  issue(intercept: InterceptSpec): string {
    const body = Buffer.from(JSON.stringify(intercept)).toString('base64url');
    return `${body}.${this.#mac(body).toString('base64url')}`;
  }

  /** undefined: not ours, or changed. */
  open(ticket: string): InterceptSpec | undefined {
    const [body = '', mac = '', ...rest] = ticket.split('.');
    const given = Buffer.from(mac, 'base64url');
    const right = this.#mac(body);
    if (rest.length > 0 || given.length !== right.length || !timingSafeEqual(given, right))
      return undefined;
    // Ours, but perhaps of another version.
    return spec.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString())).data;
  }

  #mac(body: string): Buffer {
    return createHmac('sha256', this.#key).update('ticket 1\n').update(body).digest();
  }
}
