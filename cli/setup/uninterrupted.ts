/** Work that Ctrl-C must not cut in two. */

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The first signal is told to `onSignal` and waits; the second one ends the process. */
export async function uninterrupted<T>(onSignal: () => void, work: () => Promise<T>): Promise<T> {
  const release = (): void => {
    for (const signal of signals) process.off(signal, hold);
  };
  const hold = (): void => {
    release();
    onSignal();
  };
  for (const signal of signals) process.on(signal, hold);
  try {
    return await work();
  } finally {
    release();
  }
}
