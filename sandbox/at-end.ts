/**
 * What has to be undone when this process ends, whichever way it ends (but for SIGKILL).
 *
 * A signal that nobody else listens to runs every `end` in reverse order and then has its usual
 * effect. A program with its own listener decides for itself; `exit` is the net below both.
 */
import { constants } from 'node:os';

export interface Cleanup {
  /** The orderly way; must be bounded in time. */
  end(): Promise<void> | void;
  /** The last resort, synchronous: the process exits and `end` has not run. */
  exit(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const cleanups = new Set<Cleanup>();
let ending = false;

/** @returns forgets it again: it is done already */
export function atEnd(cleanup: Cleanup): () => void {
  if (cleanups.size === 0) {
    process.on('exit', exitAll);
    for (const signal of signals) process.on(signal, onSignal);
  }
  cleanups.add(cleanup);
  return () => {
    if (!cleanups.delete(cleanup) || cleanups.size > 0) return;
    process.off('exit', exitAll);
    if (!ending) for (const signal of signals) process.off(signal, onSignal);
  };
}

function exitAll(): void {
  for (const cleanup of [...cleanups].toReversed()) cleanup.exit();
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  // Asked twice: no patience left, `exit` does the rest.
  if (ending) process.exit(128 + constants.signals[signal]);
  ending = true;
  void endAll().finally(() => {
    for (const each of signals) process.off(each, onSignal);
    process.kill(process.pid, signal);
  });
}

async function endAll(): Promise<void> {
  for (const cleanup of [...cleanups].toReversed()) {
    try {
      await cleanup.end();
    } catch (error) {
      process.stderr.write(`at the end: ${String(error)}\n`);
    }
  }
}
