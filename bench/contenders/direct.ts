import type { Contender } from '../contender.ts';

/** The origin itself: what no proxy can beat, and what the machine has left for one. */
export const direct: Contender = {
  id: 'direct',
  name: 'direct origin',
  start: (origin) => Promise.resolve({ url: origin.url, pids: [], stop: () => Promise.resolve() }),
};
