/**
 * Objects of which there are many and few are busy: the one that was used longest ago closes its file
 * when more than so many are open, and is opened again when somebody asks for it or its alarm rings.
 */
import type { Alarm } from '../ports.ts';
import { NodeAlarm } from './alarm.ts';

/** `close`: of its file. */
export interface Opened<T> {
  object: T;
  close(): void;
}

interface Entry<T> extends Opened<T> {
  /** Calls that have not ended. */
  calls: number;
}

export interface OpenObjectsOptions<T> {
  /** Open at most, but for those at work. */
  max: number;
  open(name: string, alarm: Alarm): Opened<T>;
  /** Its alarm has rung. */
  onAlarm(name: string): void;
}

export class OpenObjects<T> {
  readonly #options: OpenObjectsOptions<T>;
  /** The one that was used last is the last. */
  readonly #open = new Map<string, Entry<T>>();
  /** Those that are set: they outlive the object. */
  readonly #alarms = new Map<string, NodeAlarm>();
  #isClosed = false;

  constructor(options: OpenObjectsOptions<T>) {
    this.#options = options;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** @throws Error after `close` */
  async use<R>(name: string, work: (object: T) => Promise<R>): Promise<R> {
    const entry = this.#entry(name);
    entry.calls += 1;
    try {
      return await work(entry.object);
    } finally {
      entry.calls -= 1;
      this.#closeSome();
    }
  }

  /** Also those at work. */
  close(): void {
    this.#isClosed = true;
    for (const alarm of this.#alarms.values()) alarm.clear();
    this.#alarms.clear();
    for (const entry of this.#open.values()) entry.close();
    this.#open.clear();
  }

  #entry(name: string): Entry<T> {
    if (this.#isClosed) throw new Error(`${name}: the directory is closed`);
    const known = this.#open.get(name);
    const entry = known ?? { ...this.#options.open(name, this.#alarmOf(name)), calls: 0 };
    this.#open.delete(name);
    this.#open.set(name, entry);
    return entry;
  }

  #closeSome(): void {
    for (const [name, entry] of this.#open) {
      if (this.#open.size <= this.#options.max) return;
      if (entry.calls > 0) continue;
      this.#open.delete(name);
      entry.close();
    }
  }

  #alarmOf(name: string): Alarm {
    return {
      set: (atMs) => {
        if (this.#isClosed) return;
        const known = this.#alarms.get(name) ?? new NodeAlarm(() => this.#ring(name));
        this.#alarms.set(name, known);
        known.set(atMs);
      },
      clear: () => {
        this.#alarms.get(name)?.clear();
        this.#alarms.delete(name);
      },
    };
  }

  #ring(name: string): void {
    this.#alarms.delete(name);
    this.#options.onAlarm(name);
  }
}
