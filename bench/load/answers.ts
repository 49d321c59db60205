/** Are its answers the origin's? Asked before anything is measured, and to see that it is up. */
import type { Origin } from '../contender.ts';
import { smallBody } from '../origin.ts';
import { ask, excerpt } from './ask.ts';
import type { Target } from './target.ts';

/** N of the `/bytes/N` that is asked for, and bytes sent up. */
export const checkBytes = 300_000;

const retryEveryMs = 100;

/** @throws Error with the last fault when the answers are not right within `timeoutMs` */
export async function untilRight(
  target: Target,
  origin: Origin,
  timeoutMs: number,
  smallOnly: boolean,
): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    try {
      await checkSmall(target);
      if (!smallOnly) await checkLarge(target, origin);
      return;
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryEveryMs));
    }
  }
}

async function checkSmall(target: Target): Promise<void> {
  const small = await right(target, 'GET', '/1k');
  if (small.toString('latin1') !== smallBody)
    throw new Error('GET /1k: not the body of the origin');
}

async function checkLarge(target: Target, origin: Origin): Promise<void> {
  const large = await right(target, 'GET', `/bytes/${checkBytes}`);
  if (large.length !== checkBytes || large.some((byte) => byte !== 0)) {
    throw new Error(`GET /bytes/${checkBytes}: not ${checkBytes} zeros, but ${large.length} bytes`);
  }
  const counted = (await right(target, 'POST', '/sink', Buffer.alloc(checkBytes))).toString();
  if (origin.countsUploads && counted !== JSON.stringify({ bytes: checkBytes })) {
    throw new Error(`POST /sink: the answer is ${counted.slice(0, 100)}`);
  }
}

async function right(target: Target, method: string, path: string, sent?: Buffer): Promise<Buffer> {
  const { status, body } = await ask(target, method, path, sent ? { body: sent } : {});
  if (status === 200) return body;
  throw new Error(`${method} ${path}: status ${status}: ${excerpt(body)}`);
}
