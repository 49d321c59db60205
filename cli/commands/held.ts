/** One's own intercepts, as the daemon tells of them. */
import { z } from 'zod';
import type { InterceptView } from '../output.ts';
import { previewNow, previewRows } from '../preview-now.ts';
import { timeText } from '../time-text.ts';

export const ingress = z.object({
  host: z.string(),
  port: z.number(),
  tls: z.boolean(),
  l5: z.string(),
});

/** A daemon that has not asked the edge, or of an earlier version, says nothing of now. */
const preview = z
  .object({ label: z.string(), url: z.string(), ingress })
  .and(previewNow.catch({ state: 'unknown', problem: '' }));

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
  preview: preview.nullable(),
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
      by: z.string().nullable().default(null),
      atMs: z.number(),
    }),
  )
  .default([]);

export type Ended = z.infer<typeof ended>;

/** `web: ended by alice through the edge, 5 min ago` */
export function endedText({ name, reason, atMs }: Ended[number], nowMs = Date.now()): string {
  return `${name}: ${reason}, ${timeText(nowMs - atMs)} ago`;
}

/** For programs: times as everywhere. */
export function endedFields(ended: Ended): object[] {
  return ended.map(({ by, atMs, ...rest }) => ({
    ...rest,
    ended_by: by,
    ended_at: new Date(atMs).toISOString(),
  }));
}

export type Held = z.infer<typeof held>;

export function viewOf(intercept: Held, state: string, nowMs = Date.now()): InterceptView {
  return {
    name: intercept.name,
    state,
    destination: intercept.destination,
    portName: intercept.port.name,
    headers: intercept.headers,
    mechanism: intercept.mechanism,
    previewUrl: intercept.preview?.url,
    l5: intercept.preview?.ingress.l5,
    preview: intercept.preview ? previewRows(intercept.preview, nowMs) : [],
  };
}
