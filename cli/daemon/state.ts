/** What the daemon must not forget: its id, its intercepts' tickets, previews still to be ended. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

const ingress = z.object({ host: z.string(), port: z.number(), tls: z.boolean(), l5: z.string() });

const intercept = z.object({
  ticket: z.string(),
  local: z.object({ host: z.string(), port: z.number() }),
  spec: z.object({
    id: z.string(),
    name: z.string(),
    client: z.string(),
    owner: z.object({ id: z.number(), login: z.string() }),
    workload: z.string(),
    namespace: z.string(),
    port: z.object({ name: z.string(), number: z.number() }),
    mechanism: z.enum(['http', 'tcp']),
    headers: z.array(z.object({ name: z.string(), value: z.string() })),
    laptop: z.object({ name: z.string(), address: z.string() }),
  }),
  preview: z.object({ label: z.string(), url: z.string(), ingress }).optional(),
});

const state = z.object({
  client: z.string(),
  intercepts: z.array(intercept),
  /** Labels of previews that could not be ended yet. */
  ending: z.array(z.string()),
  /** Last answers to the ingress questions. */
  ingress: ingress.optional(),
});

export type State = z.infer<typeof state>;
export type HeldIntercept = z.infer<typeof intercept>;

/** @throws Error when the file is there and cannot be read: it holds tickets, so it is not replaced */
export function loadState(file: string): State {
  if (!existsSync(file)) {
    return { client: randomBytes(16).toString('hex'), intercepts: [], ending: [] };
  }
  const result = state.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!result.success) throw new Error(`${file} cannot be read; move it away to start anew`);
  return result.data;
}

/** Whole or not at all. */
export function saveState(file: string, value: State): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.new`;
  writeFileSync(next, `${JSON.stringify(value, null, 1)}\n`, { mode: 0o600 });
  renameSync(next, file);
}
