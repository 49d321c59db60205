/** The policy in a form: numbers with units that people think in. */
import { invalid } from '../api/failure.ts';
import { one } from '../login/visit.ts';
import type { Policy } from '../objects/stores/policy.ts';

const times = [
  { name: 'minutes', size: 60 },
  { name: 'hours', size: 3600 },
  { name: 'days', size: 86_400 },
] as const;

export const units = {
  longest_public_s: times,
  longest_life_s: times,
  idle_life_s: times,
  max_public_bytes_per_day: [
    { name: 'bytes', size: 1 },
    { name: 'MiB', size: 1024 ** 2 },
    { name: 'GiB', size: 1024 ** 3 },
  ],
} as const;

export type Measured = keyof typeof units;

/** In the largest unit that it is a whole number of. */
export function inUnits(name: Measured, value: number): { amount: number; unit: string } {
  const fitting = units[name].findLast(({ size }) => value >= size && value % size === 0);
  const { name: unit, size } = fitting ?? units[name][0];
  return { amount: value / size, unit };
}

/** What the form changes; what it says nothing about stays. @throws ApiError */
export function policyPatchOf(form: URLSearchParams, policy: Policy): Partial<Policy> {
  const patch: Record<string, unknown> = {
    // A box that is not ticked is not sent.
    public_allowed: form.has('public_allowed'),
    edge_intercepts: one(form, 'edge_intercepts'),
    max_previews_per_person: numberIn(form, 'max_previews_per_person'),
    max_public_requests_per_minute: numberIn(form, 'max_public_requests_per_minute'),
    longest_public_s: measureIn(form, 'longest_public_s', policy),
    longest_life_s: measureIn(form, 'longest_life_s', policy),
    idle_life_s: measureIn(form, 'idle_life_s', policy),
    max_public_bytes_per_day: measureIn(form, 'max_public_bytes_per_day', policy),
  };
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}

function numberIn(form: URLSearchParams, name: string): number | undefined {
  const text = one(form, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,16}(?:\.\d{1,6})?$/.test(text)) throw invalid(`${name}: must be a number`);
  return Number(text);
}

function measureIn(form: URLSearchParams, name: Measured, policy: Policy): number | undefined {
  const amount = numberIn(form, name);
  if (amount === undefined) return undefined;
  const unit = one(form, `${name}_unit`);
  const before = inUnits(name, policy[name]);
  if (amount === before.amount && unit === before.unit) return undefined;
  const size = units[name].find((each) => each.name === unit)?.size;
  if (size === undefined) throw invalid(`${name}: has no such unit`);
  return Math.round(amount * size);
}
