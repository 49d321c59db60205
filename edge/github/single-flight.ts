/** Work that several ask for at the same time is done once. Belongs to one object, never to a module. */
export class SingleFlight<K, T> {
  readonly #running = new Map<K, Promise<T>>();

  /** Joins the work under `key` if it runs, else starts it. Failure is everybody's, and is not kept. */
  do(key: K, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key);
    if (running) return running;
    const started = work().finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }
}
