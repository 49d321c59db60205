import { reclaimer, type CollectGarbage } from './reclaim.ts';

/** Time, chance and turns of the event loop, given by whoever runs the protocol. */
export interface Runtime {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Calls back after `delayMs`; the returned function cancels. */
  after(delayMs: number, task: () => void): () => void;
  /** Runs `task` at the end of this turn; with `later` after the other events of this turn. */
  defer(task: () => void, later: boolean): void;
  /** Uniform in [0, 1). Never for secrets. */
  random(): number;
  /** To be told of payload bytes that went through. */
  moved(bytes: number): void;
}

/** The globals that Node and workerd have in common, as far as they are used. */
export interface RuntimeGlobals {
  performance: { now(): number };
  setTimeout(task: () => void, delayMs: number): unknown;
  clearTimeout(timer: never): void;
  queueMicrotask(task: () => void): void;
  setImmediate?(task: () => void): unknown;
  gc?: CollectGarbage;
}

/** `runtimeOf(globalThis)`. */
export function runtimeOf(globals: object): Runtime {
  const host = globals as RuntimeGlobals;
  const later = host.setImmediate ?? host.queueMicrotask;
  return {
    now: () => host.performance.now(),
    after(delayMs, task) {
      const timer = host.setTimeout(task, delayMs);
      return () => host.clearTimeout(timer as never);
    },
    defer(task, busy) {
      if (busy) later(task);
      else host.queueMicrotask(task);
    },
    random: () => Math.random(),
    moved: host.gc
      ? reclaimer(host.gc, (delayMs, task) => host.setTimeout(task, delayMs))
      : () => {},
  };
}
