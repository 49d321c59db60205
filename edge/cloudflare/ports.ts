/** The ports that a Worker's globals supply. */
import packageFile from '../../package.json' with { type: 'json' };
import type { Alarm, Clock, Log, Random } from '../ports.ts';

export const version: string = packageFile.version;

export const clock: Clock = { nowMs: () => Date.now() };

export const random: Random = { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) };

/** The Alarm port: an alarm is storage, outlives the object's memory, and is written when it changes. */
export class StoredAlarm implements Alarm {
  readonly #storage: DurableObjectStorage;
  /** undefined: not known, since this object was just woken up. */
  #setMs: number | undefined;
  #awake = false;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** From now on changes are written; what was said before is in storage from an earlier life. */
  wake(): void {
    this.#awake = true;
  }

  /** It has gone off, and is no longer set. */
  gone(): void {
    this.#setMs = undefined;
  }

  set(atMs: number): void {
    if (this.#awake && this.#setMs !== atMs) void this.#storage.setAlarm(atMs);
    this.#setMs = atMs;
  }

  clear(): void {
    if (this.#awake && this.#setMs !== undefined) void this.#storage.deleteAlarm();
    this.#setMs = undefined;
  }
}

/** One JSON line each, for `wrangler tail` and Workers Logs. */
export const log: Log = {
  info: (fields, message) => console.log(JSON.stringify({ level: 'info', message, ...fields })),
  warn: (fields, message) => console.warn(JSON.stringify({ level: 'warn', message, ...fields })),
};
