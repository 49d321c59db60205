/** When a tunnel that was lost is dialled again, on a clock that stands still. */
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Backoff } from '#protocol/backoff.ts';
import { Dialer } from '#protocol/dialer.ts';
import { helloOf } from '#protocol/hello.ts';
import type { Runtime } from '#protocol/runtime.ts';
import type { WebSocketLike } from '#protocol/tunnel.ts';

const minuteMs = 60_000;

describe('a lost tunnel waits', () => {
  it('up to twice as long each time, to 4 s in the first minute and to 15 s after it', () => {
    const backoff = new Backoff();
    const inFirstMinute = Array.from({ length: 8 }, () => backoff.next(0, 1));
    expect(inFirstMinute).toEqual([100, 200, 400, 800, 1_600, 3_200, 4_000, 4_000]);
    expect(backoff.next(minuteMs - 1, 1)).toBe(4_000);
    expect(backoff.next(minuteMs, 1)).toBe(15_000);
  });

  it('a random part of that', () => {
    expect(new Backoff().next(0, 0)).toBe(0);
    expect(new Backoff().next(0, 0.25)).toBe(25);
  });

  it('little again once it has held for a minute, and not before', () => {
    const backoff = new Backoff();
    for (let failed = 0; failed < 5; failed += 1) backoff.next(0, 1);
    backoff.connected(0);
    expect(backoff.next(minuteMs - 1, 1)).toBe(3_200);
    backoff.connected(minuteMs);
    expect(backoff.next(2 * minuteMs, 1)).toBe(100);
  });
});

/** A dialer whose every attempt is at hand. */
class Scene {
  readonly attempts: EventEmitter[] = [];
  readonly dialer: Dialer;
  #nowMs = 0;
  #due: (() => void) | undefined;

  constructor() {
    const runtime: Runtime = {
      now: () => this.#nowMs,
      after: (_delayMs, task) => {
        this.#due = task;
        return () => (this.#due = undefined);
      },
      defer: (task) => task(),
      random: () => 0.5,
      moved: () => {},
    };
    this.dialer = new Dialer({
      connect: () => {
        const webSocket = new EventEmitter();
        this.attempts.push(webSocket);
        return webSocket as unknown as WebSocketLike;
      },
      hello: () => helloOf('test/1', {}),
      runtime,
      events: () => {
        throw new Error('none of these is opened');
      },
    });
  }

  lose(): void {
    this.attempts.at(-1)?.emit('close', 1006, '');
  }

  /** The wait is over. */
  ring(): void {
    const due = this.#due;
    this.#due = undefined;
    due?.();
  }

  get waits(): boolean {
    return this.#due !== undefined;
  }
}

describe('a hint that the other end is back', () => {
  it('ends the wait, once for each loss', () => {
    const scene = new Scene();
    scene.lose();
    expect([scene.attempts.length, scene.waits]).toEqual([1, true]);
    scene.dialer.hurry();
    expect([scene.attempts.length, scene.waits]).toEqual([2, false]);
    scene.lose();
    scene.dialer.hurry();
    expect([scene.attempts.length, scene.waits]).toEqual([2, true]);
    scene.ring();
    expect(scene.attempts.length).toBe(3);
  });

  it('dials no second time beside an attempt that is under way, and is not used up by it', () => {
    const scene = new Scene();
    scene.dialer.hurry();
    expect(scene.attempts.length).toBe(1);
    scene.lose();
    scene.dialer.hurry();
    expect(scene.attempts.length).toBe(2);
  });

  it('wakes nobody who was stopped', () => {
    const scene = new Scene();
    scene.lose();
    scene.dialer.stop(1001, 'done');
    scene.dialer.hurry();
    expect([scene.attempts.length, scene.waits]).toEqual([1, false]);
  });
});

it('a tunnel that held for a minute may be called up anew', () => {
  const backoff = new Backoff();
  expect([backoff.hurry(), backoff.hurry()]).toEqual([true, false]);
  backoff.connected(0);
  backoff.next(minuteMs - 1, 0);
  expect(backoff.hurry()).toBe(false);
  backoff.connected(minuteMs);
  backoff.next(2 * minuteMs, 0);
  expect(backoff.hurry()).toBe(true);
});
