/** The daemon's log: a line for each event, kept small. */
import { appendFileSync, renameSync, statSync } from 'node:fs';

/** Beyond it the file becomes `.1`, and the `.1` before it goes. */
export const maxLogBytes = 5 * 1024 * 1024;

export type Log = (text: string) => void;

export function logTo(file: string, maxBytes: number = maxLogBytes): Log {
  return (text) => {
    try {
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (size > maxBytes) renameSync(file, `${file}.1`);
      appendFileSync(file, `${new Date().toISOString()} ${text}\n`, { mode: 0o600 });
    } catch {
      // A full disk must not end the intercepts.
    }
  };
}
