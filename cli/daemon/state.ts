/** What the daemon must not forget: its id, its intercepts' tickets, previews still to be ended. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { ExitCode, Failure } from '../failure.ts';

export const ingress = z.object({
  host: z.string(),
  port: z.number(),
  tls: z.boolean(),
  l5: z.string(),
});

export const spec = z.object({
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
});

const intercept = z.object({
  ticket: z.string(),
  local: z.object({ host: z.string(), port: z.number() }),
  spec,
  preview: z.object({ label: z.string(), url: z.string(), ingress }).optional(),
  /** False until the command has it: nobody knows of one whose command broke off. */
  kept: z.boolean(),
});

/** A preview to be ended at the edge: by its label, or, where that never came, by its intercept. */
const ending = z.union([
  z.object({ label: z.string() }),
  z.object({ cluster: z.string(), intercept: z.string() }),
]);

const state = z.object({
  client: z.string(),
  intercepts: z.array(intercept),
  /** Previews that the edge has been asked for and has not answered about. */
  creating: z.array(z.object({ cluster: z.string(), intercept: z.string() })).default([]),
  ending: z.array(ending),
  /** Ended by somebody else, latest last. */
  ended: z
    .array(
      z.object({
        name: z.string(),
        workload: z.string(),
        namespace: z.string(),
        reason: z.string(),
        /** Who has ended it through the edge; null: nobody, or nobody knows. */
        by: z.string().nullable().default(null),
        /** Milliseconds since 1970. */
        atMs: z.number(),
      }),
    )
    .default([]),
  /** Last answers to the ingress questions, by cluster. */
  ingresses: z.record(z.string(), ingress).default({}),
});

export type State = z.infer<typeof state>;
export type HeldIntercept = z.infer<typeof intercept>;
export type Ending = z.infer<typeof ending>;

/** @throws Failure when the file is there and cannot be read: it holds tickets, so it is not replaced */
export function loadState(file: string): State {
  if (!existsSync(file)) {
    const client = randomBytes(16).toString('hex');
    return { client, intercepts: [], creating: [], ending: [], ended: [], ingresses: {} };
  }
  try {
    return state.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new Failure(
      ExitCode.internal,
      `${file} cannot be read (${reason}); move it away to start anew: its intercepts then end`,
    );
  }
}

/** Whole or not at all, after a power cut too. */
export function saveState(file: string, value: State): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.new`;
  writeFileSync(next, `${JSON.stringify(value, null, 1)}\n`, { mode: 0o600, flush: true });
  renameSync(next, file);
}
