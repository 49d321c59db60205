import { expect, it } from 'vitest';
import { decide, type Viewer } from '#edge/gate/decide.ts';
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
  epoch: 0,
});

const member: Viewer = { holder: { kind: 'person', id: 1, login: 'alice' }, admitted: true };
const outsider: Viewer = { holder: { kind: 'person', id: 2, login: 'mallory' }, admitted: false };

it('lets everybody into a public preview', () => {
  for (const viewer of [undefined, member, outsider]) {
    expect(decide(preview('public'), viewer, nowMs)).toBe('relay');
  }
});

it('lets members alone into a private one; who else there is hears nothing of it (threat 19)', () => {
  expect(decide(preview('private'), member, nowMs)).toBe('relay');
  for (const each of [preview('private'), undefined]) {
    expect(decide(each, undefined, nowMs)).toBe('login');
    expect(decide(each, outsider, nowMs)).toBe('deny');
  }
  expect(decide(undefined, member, nowMs)).toBe('ended');
});

it('threat 38: public is over at its time, whether an alarm has gone off or not', () => {
  expect(decide(preview('public', nowMs), undefined, nowMs)).toBe('login');
  expect(decide(preview('public', 0), undefined, nowMs)).toBe('login');
  expect(decide(preview('public', Number.NaN), undefined, nowMs)).toBe('login');
});

it('stays closed for an access rule that it does not know (threat 24)', () => {
  const odd = { ...preview('private'), access: 'PUBLIC' as 'public' };
  expect(decide(odd, undefined, nowMs)).toBe('login');
});
