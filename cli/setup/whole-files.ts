/** Several files that are written together: all of them, or none. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { ExitCode, Failure } from '../failure.ts';

export interface WholeFile {
  /** Path, no symbolic link. */
  file: string;
  text: string;
  /** False: a file that is there is an error. */
  replace: boolean;
  /** Its user reads it and nobody else; one that is not secret keeps its mode when it is replaced. */
  secret: boolean;
}

const secretMode = 0o600;

/** Nobody ever sees half of a file. @throws Failure; then all is as it was */
export function writeTogether(files: readonly WholeFile[]): void {
  const prepared: { file: WholeFile; next: string }[] = [];
  const undo: (() => void)[] = [];
  try {
    for (const file of files) {
      // A name that nobody can have put a link at.
      const next = `${file.file}.${randomBytes(8).toString('hex')}.new`;
      prepared.push({ file, next });
      prepare(file, next);
    }
    for (const { file, next } of prepared) undo.push(place(file, next));
  } catch (error) {
    for (const back of undo.toReversed()) back();
    const { code, message, path } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'a file of that name has appeared' : message;
    throw new Failure(ExitCode.internal, `${path ?? 'the files'}: cannot be written: ${why}`);
  } finally {
    for (const { next } of prepared) rmSync(next, { force: true });
  }
}

function prepare({ file, text, replace, secret }: WholeFile, next: string): void {
  const former = replace && existsSync(file) ? statSync(file) : undefined;
  writeFileSync(next, text, { mode: secretMode, flag: 'wx', flush: true });
  if (!former) return;
  keepOwner(next, former);
  if (!secret) chmodSync(next, former.mode & 0o777);
}

/** As far as this user may: what a service reads it shall go on reading. */
function keepOwner(next: string, { uid, gid }: Stats): void {
  try {
    chownSync(next, uid, gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}

/** Returns what takes it back. */
function place({ file, replace }: WholeFile, next: string): () => void {
  if (!replace) {
    linkOrCopy(next, file);
    return () => rmSync(file, { force: true });
  }
  if (!existsSync(file)) {
    renameSync(next, file);
    return () => rmSync(file, { force: true });
  }
  const [former, mode] = [readFileSync(file), statSync(file).mode & 0o777];
  renameSync(next, file);
  return () => {
    writeFileSync(next, former, { mode, flag: 'wx' });
    renameSync(next, file);
  };
}

/** In contrast to a rename, neither replaces. */
function linkOrCopy(next: string, file: string): void {
  try {
    linkSync(next, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    // Some file systems have no links.
    copyFileSync(next, file, constants.COPYFILE_EXCL);
  }
}
