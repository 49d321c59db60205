/** By which names leases go. */

/**
 * What a lease is about: a person's membership by numeric id, `sid:<login>`, `token:<id>`,
 * `guest:<label>:<person>`, `reader:<repository>:<person>`.
 */
export type ViewerKey = number | string;

export function loginKey(sid: string): ViewerKey {
  return `sid:${sid}`;
}

export function tokenKey(id: string): ViewerKey {
  return `token:${id}`;
}

/** Somebody was let into one preview. */
export function guestKey(label: string, userId: number): ViewerKey {
  return `guest:${label}:${userId}`;
}

/** Somebody may read a repository, both by GitHub's numeric ids. */
export function readerKey(repositoryId: number, userId: number): ViewerKey {
  return `reader:${repositoryId}:${userId}`;
}

/** All who read anything: no lease's own name, but one to revoke by. */
export const allReaders: ViewerKey = 'readers';

/** All who read a repository: no lease's own name, but one to revoke by. */
export function readersOf(repositoryId: number): ViewerKey {
  return `readers-of:${repositoryId}`;
}

/** Whatever a person reads: no lease's own name, but one to revoke by. */
export function readingsOf(userId: number): ViewerKey {
  return `readings-of:${userId}`;
}

export type LeaseSubject =
  | { kind: 'member'; userId: number }
  | { kind: 'login'; sid: string }
  | { kind: 'token'; id: string }
  | { kind: 'guest'; label: string; userId: number }
  | { kind: 'reader'; repositoryId: number; userId: number };

const keyPattern =
  /^(?:sid:(?<sid>.+)|token:(?<token>.+)|guest:(?<label>[a-z0-9-]+):(?<guest>\d+)|reader:(?<repository>\d+):(?<reader>\d+))$/;

/** undefined: a name that no lease has. */
export function subjectOf(key: ViewerKey): LeaseSubject | undefined {
  if (typeof key === 'number') return { kind: 'member', userId: key };
  const { sid, token, label, guest, repository, reader } = keyPattern.exec(key)?.groups ?? {};
  if (sid !== undefined) return { kind: 'login', sid };
  if (token !== undefined) return { kind: 'token', id: token };
  if (label !== undefined) return { kind: 'guest', label, userId: Number(guest) };
  if (repository === undefined) return undefined;
  return { kind: 'reader', repositoryId: Number(repository), userId: Number(reader) };
}

/** All names by whose revocation a lease ends, its own first. */
export function namesOf(key: ViewerKey): readonly ViewerKey[] {
  if (typeof key === 'number' || !key.startsWith('reader:')) return [key];
  const subject = subjectOf(key);
  if (subject?.kind !== 'reader') return [key];
  const { repositoryId, userId } = subject;
  return [key, readersOf(repositoryId), readingsOf(userId), allReaders];
}
