/** Asking `git` about the working copy. Without git, or outside of one, there is no answer. */
import { execFile } from 'node:child_process';

/** A command that takes longer waits for something that is of no use here. */
const timeoutMs = 3_000;
const maxBytes = 1024 * 1024;

export type Git = (...args: string[]) => Promise<string | undefined>;

/** Its output without the line end; undefined: it failed. Nothing is written, nobody is asked. */
export function gitIn(cwd: string): Git {
  const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
  return (...args) =>
    new Promise((resolve) => {
      const options = { cwd, env, timeout: timeoutMs, maxBuffer: maxBytes };
      execFile('git', args, options, (error, stdout) =>
        resolve(error ? undefined : stdout.replace(/\n$/, '')),
      );
    });
}
