import { describe, expect, it } from 'vitest';
import { denialOf, reaches, reachOf, type GuardedVerb } from '#github-app/authorize.ts';
import type { Permission, Role } from '#github-app/ports.ts';

const verbs = ['public', 'private', 'remove', 'extend', 'allow', 'disallow'] as const;
const permissions = ['admin', 'write', 'read', 'none'] as const;
const roles = ['admin', 'member', 'none'] as const;

/** The table of the design, written another way: what each kind of person reaches. */
const table: Record<string, Record<GuardedVerb, string>> = {
  'writes, member': row('all', 'all', 'all', 'own', 'all'),
  'writes, admin': row('all', 'all', 'all', 'all', 'all'),
  'writes, none': row('none', 'all', 'all', 'none', 'all'),
  'reads, member': row('none', 'own', 'own', 'own', 'none'),
  'reads, admin': row('none', 'all', 'all', 'all', 'none'),
  'reads, none': row('none', 'own', 'own', 'none', 'none'),
};

function row(open: string, close: string, remove: string, extend: string, allow: string) {
  return { public: open, private: close, remove, extend, allow, disallow: allow };
}

const kindOf = (permission: Permission, role: Role): string =>
  `${permission === 'admin' || permission === 'write' ? 'writes' : 'reads'}, ${role}`;

describe('threat 46: who may change access by a comment', () => {
  const cases = verbs.flatMap((verb) =>
    permissions.flatMap((permission) => roles.map((role) => ({ verb, permission, role }))),
  );
  it.each(cases)('$verb with permission $permission, role $role', ({ verb, permission, role }) => {
    expect(reachOf(verb, { id: 1, permission, role })).toBe(table[kindOf(permission, role)]![verb]);
  });

  it('reaches own previews by id, whatever the login is', () => {
    expect(reaches('own', { id: 1 }, { id: 1, login: 'renamed' })).toBe(true);
    expect(reaches('own', { id: 1 }, { id: 2, login: 'ann' })).toBe(false);
    expect(reaches('all', { id: 1 }, { id: 2, login: 'bob' })).toBe(true);
    expect(reaches('none', { id: 1 }, { id: 1, login: 'ann' })).toBe(false);
  });

  it.each(verbs)('%s that is denied says who may', (verb) =>
    expect(denialOf(verb)).toMatch(/^Only .*\.$/),
  );
});
