/** One process at a time renews or ends the login: a refresh token is good for one use. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { RequestError } from '#protocol/requests.ts';
import { takeLock } from '../daemon/lock.ts';

/** Longer than one request to the edge may take (10 s). */
const waitMs = 15_000;
const pollMs = 25;

/** @throws RequestError `unreachable` when another process does not come to an end */
export async function whileLocked<T>(file: string, act: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const deadline = performance.now() + waitMs;
  for (;;) {
    const lock = takeLock(`${file}.lock`);
    if (lock) {
      try {
        return await act();
      } finally {
        lock.release();
      }
    }
    if (performance.now() > deadline) {
      throw new RequestError(
        'unreachable',
        `another byway process has held ${file}.lock for ${waitMs / 1000} s; try again`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
