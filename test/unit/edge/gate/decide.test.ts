import { expect, it } from 'vitest';
import { decide } from '#edge/gate/decide.ts';
import type { Preview } from '#edge/objects/calls.ts';

const preview = (access: Preview['access']): Preview => ({
  label: 'amber-otter',
  intercept: { id: '0'.repeat(32), name: 'web' },
  owner: { id: 1, login: 'alice' },
  ingress: { host: 'ingress', port: 80, tls: false, l5: 'shop.test' },
  access,
  createdMs: 0,
});

it('lets everybody into a public preview and nobody else into anything', () => {
  expect(decide(preview('public'), undefined)).toBe('relay');
  expect(decide(preview('private'), undefined)).toBe('closed');
  expect(decide(undefined, undefined)).toBe('closed');
});

it('stays closed for an access rule that it does not know', () => {
  expect(decide({ ...preview('private'), access: 'PUBLIC' as 'public' }, undefined)).toBe('closed');
});
