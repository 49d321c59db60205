import { describe, expect, it } from 'vitest';
import {
  allReaders,
  guestKey,
  loginKey,
  namesOf,
  readerKey,
  readersOf,
  readingsOf,
  subjectOf,
  tokenKey,
} from '#edge/objects/viewer-keys.ts';

describe('the name of a lease', () => {
  it.each([
    [7, { kind: 'member', userId: 7 }],
    [loginKey('sid-1'), { kind: 'login', sid: 'sid-1' }],
    [tokenKey('abc'), { kind: 'token', id: 'abc' }],
    [guestKey('a-b', 7), { kind: 'guest', label: 'a-b', userId: 7 }],
    [readerKey(2001, 7), { kind: 'reader', repositoryId: 2001, userId: 7 }],
  ])('%s', (key, subject) => {
    expect(subjectOf(key)).toEqual(subject);
  });

  it.each([allReaders, readersOf(1), readingsOf(1), 'sid:', 'reader:1', 'guest:x'])(
    '%s is none',
    (key) => {
      expect(subjectOf(key)).toBeUndefined();
    },
  );

  it('of a reader is one of several to revoke by; a login cannot pass for one', () => {
    expect(namesOf(readerKey(1, 2))).toEqual([
      readerKey(1, 2),
      readersOf(1),
      readingsOf(2),
      allReaders,
    ]);
    expect(namesOf(loginKey('reader:1:2'))).toEqual(['sid:reader:1:2']);
    expect(namesOf(2)).toEqual([2]);
  });
});
