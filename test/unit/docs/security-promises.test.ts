import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { codeLifeMs } from '#edge/gate/code.ts';
import { deviceCodeLifeS } from '#edge/gate/device-code.ts';
import { sessionLifeS } from '#edge/gate/session-token.ts';
import { leaseLifeMs, longLeaseLifeMs } from '#edge/objects/leases.ts';
import { accessLifeMs, refreshLifeMs } from '#edge/objects/stores/grants.ts';
import { loginLifeMs } from '#edge/objects/stores/logins.ts';
import { positiveLifeMs, staleLifeMs } from '#edge/objects/stores/memberships.ts';
import { defaultPolicy } from '#edge/objects/stores/policy.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/security.md'), 'utf8');

it.each([
  ['the code that brings a login', `${codeLifeMs / 1000} s`],
  ['a session on one preview', `${sessionLifeS / 60} min`],
  ['a login', `${loginLifeMs / 3_600_000} h`],
  ['a device code', `${deviceCodeLifeS / 60} min`],
  ['an access token', `${accessLifeMs / 60_000} min`],
  ['… and its refresh token', `${refreshLifeMs / 86_400_000} days`],
  ['a preview is public', `${defaultPolicy.longest_public_s / 3600} h`],
  ['… and GitHub’s webhook was lost', `${Math.max(leaseLifeMs, positiveLifeMs) / 60_000} min`],
  ['… and GitHub does not answer', `${Math.max(longLeaseLifeMs, staleLifeMs) / 60_000} min`],
])('docs/security.md promises what the code keeps: %s', (what, atMost) => {
  const rows = text.split('\n').filter((line) => line.startsWith(`| ${what}`));
  expect(rows.map((row) => row.split(' | ').at(-1))).toEqual([`${atMost} |`]);
});
