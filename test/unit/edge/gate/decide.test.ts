import { expect, it } from 'vitest';
import { decide } from '#edge/gate/decide.ts';
import type { Preview } from '#edge/objects/calls.ts';

const nowMs = 1_000_000;

const preview = (access: Preview['access'], publicUntilMs = nowMs + 1): Preview => ({
  label: 'amber-otter',
  intercept: { id: '0'.repeat(32), name: 'web' },
  owner: { id: 1, login: 'alice' },
  ingress: { host: 'ingress', port: 80, tls: false, l5: 'shop.test' },
  access,
  createdMs: 0,
  publicUntilMs,
});

it('lets everybody into a public preview and nobody else into anything', () => {
  expect(decide(preview('public'), undefined, nowMs)).toBe('relay');
  expect(decide(preview('private'), undefined, nowMs)).toBe('closed');
  expect(decide(undefined, undefined, nowMs)).toBe('closed');
});

it('lets nobody in once the time in public is over, whether an alarm has gone off or not', () => {
  expect(decide(preview('public', nowMs), undefined, nowMs)).toBe('closed');
  expect(decide(preview('public', 0), undefined, nowMs)).toBe('closed');
});

it('stays closed for an access rule that it does not know', () => {
  const odd = { ...preview('private'), access: 'PUBLIC' as 'public' };
  expect(decide(odd, undefined, nowMs)).toBe('closed');
});
