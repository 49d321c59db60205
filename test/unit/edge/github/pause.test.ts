import { describe, expect, it } from 'vitest';
import { maxPauseMs, pauseAskedFor } from '#edge/github/pause.ts';

const nowMs = Date.UTC(2026, 0, 1);
const seconds = nowMs / 1000;

describe('the pause that GitHub asks for', () => {
  it.each([
    [{}, undefined],
    [{ 'retry-after': '60' }, 60_000],
    [{ 'retry-after': 60 }, 60_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': new Date(nowMs + 30_000).toUTCString() }, 30_000],
    [{ 'retry-after': new Date(nowMs - 30_000).toUTCString() }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-5' }, 0],
    [{ 'retry-after': '99999999' }, maxPauseMs],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(seconds + 9) }, 9_000],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(seconds - 9) }, 0],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'x' }, undefined],
    [{ 'x-ratelimit-remaining': '0' }, undefined],
    [{ 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': String(seconds + 9) }, undefined],
    [{ 'retry-after': '5', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '0' }, 5_000],
  ])('%o: %o', (headers, pauseMs) => {
    expect(pauseAskedFor(headers, nowMs)).toBe(pauseMs);
  });
});
