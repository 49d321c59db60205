import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from './at-end.ts';

export interface TempDir {
  /** Absolute; mode 0700. */
  readonly path: string;
  /** Removes it with all that is in it; a second call does nothing. */
  remove(): void;
}

/** A new directory that is gone when this process is. What was started after it ends before it. */
export function tempDir(prefix = 'byway-'): TempDir {
  const path = mkdtempSync(join(tmpdir(), prefix));
  const erase = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  const forget = atEnd({ end: erase, exit: erase });
  return {
    path,
    remove() {
      erase();
      forget();
    },
  };
}
