/** The login of this user on this machine: `$XDG_STATE_HOME/byway/credentials.json`, 0600. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  fstatSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { userInfo } from 'node:os';
import { z } from 'zod';
import { ExitCode, Failure } from '../failure.ts';
import { stateDirectory } from '../paths.ts';

const account = z.object({ id: z.number(), login: z.string() });

const credentials = z.object({
  /** Origin of the edge. */
  edge_url: z.string(),
  organisation: account,
  /** null: a service's token. */
  user: account.nullable(),
  access_token: z.string(),
  /** null: a token that was given by `--token` and says not how long it lives. */
  access_expires_ms: z.number().nullable(),
  /** null: as above; it is not renewed. */
  refresh_token: z.string().nullable(),
});

export type Credentials = z.infer<typeof credentials>;

export function credentialsFile(): string {
  return join(stateDirectory(), 'credentials.json');
}

/**
 * undefined: not logged in. `toEnd`: they are only to be ended, so it does not matter who else could
 * have read them. @throws Failure when the file is there and cannot be used
 */
export function loadCredentials(file: string, toEnd = false): Credentials | undefined {
  let text: string;
  try {
    text = toEnd ? readFileSync(file, 'utf8') : readOwn(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof Failure) throw error;
    throw new Failure(ExitCode.internal, `${file} cannot be read: ${(error as Error).message}`);
  }
  try {
    return credentials.parse(JSON.parse(text));
  } catch {
    // What is wrong is not quoted: it may be a part of a token.
    throw new Failure(
      ExitCode.notConfigured,
      `${file} is not what byway login writes; log in again: byway login`,
    );
  }
}

/** Whole or not at all; readable by its user alone at any moment. */
export function saveCredentials(file: string, value: Credentials): void {
  const directory = dirname(file);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  // A name that nobody can have put a link at.
  const next = `${file}.${randomBytes(8).toString('hex')}.new`;
  try {
    writeFileSync(next, `${JSON.stringify(value, null, 1)}\n`, {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    });
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw new Failure(ExitCode.internal, `${file} cannot be written: ${(error as Error).message}`);
  }
}

export function removeCredentials(file: string): void {
  rmSync(file, { force: true });
}

/** A file that others may read, or that is another's, is no secret and no login. */
function readOwn(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const { mode, uid } = fstatSync(descriptor);
    if (uid !== userInfo().uid || (mode & 0o077) !== 0) {
      throw new Failure(
        ExitCode.notConfigured,
        `${file} must belong to you with mode 0600; whoever else could read it may have your login; end it with byway logout, then log in again`,
      );
    }
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}
