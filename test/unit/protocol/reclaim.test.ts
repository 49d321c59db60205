import { expect, it } from 'vitest';
import { reclaimer } from '#protocol/reclaim.ts';

const mebibyte = 1024 * 1024;

function made() {
  const collected: string[] = [];
  const timers: (() => void)[] = [];
  const moved = reclaimer(
    ({ type }) => collected.push(type),
    (_delayMs, task) => timers.push(task),
  );
  return { collected, timers, moved };
}

it('collects the young generation every 2 MiB of bulk payload, never for small ones', () => {
  const { collected, moved } = made();
  for (let count = 0; count < 100_000; count += 1) moved(1024);
  expect(collected).toEqual([]);
  for (let count = 0; count < 64; count += 1) moved(64 * 1024);
  expect(collected).toEqual(['minor', 'minor']);
});

it('collects everything once a bulk body has ended, not while it flows', () => {
  const { collected, timers, moved } = made();
  const flow = (): void => {
    for (let count = 0; count < 64 * 16; count += 1) moved(64 * 1024);
  };
  flow();
  expect(timers).toHaveLength(1);
  flow();
  timers.shift()!();
  expect(collected).not.toContain('major');
  timers.shift()!();
  expect(collected.at(-1)).toBe('major');
  expect(timers).toEqual([]);
  moved(mebibyte);
  expect(timers).toEqual([]);
});
