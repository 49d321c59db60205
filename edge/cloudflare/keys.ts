/** The Worker's keys, derived once in an isolate: an object that wakes does not do it again. */
import { secretsOf, type Secrets } from '../gate/secrets.ts';

/** Of the environment of this isolate; another one comes with another deploy. */
let made: { root: string; generations: string; secrets: Secrets } | undefined;

/** `generations`: text of EDGE_KEYS. */
export async function keysOf(secret: Uint8Array, generations = ''): Promise<Secrets> {
  const root = secret.join();
  // The value and no promise is kept: a request may not wait for another one's.
  if (made?.root === root && made.generations === generations) return made.secrets;
  const secrets = await secretsOf(secret, generations);
  made = { root, generations, secrets };
  return secrets;
}
