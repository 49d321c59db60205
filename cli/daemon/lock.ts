/**
 * One daemon for each state file. SQLite's lock on a file is the kernel's: it is gone with its process,
 * however that ends, so nothing stale is ever to be judged by a pid.
 */
import { DatabaseSync } from 'node:sqlite';

export interface Lock {
  release(): void;
}

const busy = 5;

/** undefined: another process holds it. */
export function takeLock(file: string): Lock | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: unknown }).errcode === busy) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}
