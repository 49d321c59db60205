/** One's own intercepts, as the daemon tells of them. */
import { z } from 'zod';
import type { InterceptView } from '../output.ts';

export const ingress = z.object({
  host: z.string(),
  port: z.number(),
  tls: z.boolean(),
  l5: z.string(),
});

export const held = z.object({
  id: z.string(),
  name: z.string(),
  workload: z.string(),
  namespace: z.string(),
  client: z.string(),
  destination: z.string(),
  port: z.object({ name: z.string(), number: z.number() }),
  mechanism: z.enum(['http', 'tcp']),
  headers: z.array(z.object({ name: z.string(), value: z.string() })),
  preview: z.object({ label: z.string(), url: z.string(), ingress }).nullable(),
  preview_url: z.string().nullable(),
});

/** One's own intercepts that somebody else has ended. A daemon of before does not tell. */
export const ended = z
  .array(
    z.object({
      name: z.string(),
      workload: z.string(),
      namespace: z.string(),
      reason: z.string(),
      atMs: z.number(),
    }),
  )
  .default([]);

export type Ended = z.infer<typeof ended>;

/** `web: ended by alice through the edge` */
export function endedText({ name, reason }: Ended[number]): string {
  return `${name}: ${reason}`;
}

export type Held = z.infer<typeof held>;

export function viewOf(intercept: Held, state: string): InterceptView {
  return {
    name: intercept.name,
    state,
    destination: intercept.destination,
    portName: intercept.port.name,
    headers: intercept.headers,
    mechanism: intercept.mechanism,
    previewUrl: intercept.preview?.url,
    l5: intercept.preview?.ingress.l5,
  };
}
