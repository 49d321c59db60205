/**
 * Viewers who leave while they wait. Listening to a request's signal costs a tenth of a short request,
 * so only those are listened to that have waited for a while.
 */

export interface Waiting {
  /** Begins to listen; also notices a viewer who has left already. */
  watch(): void;
  /** Nothing more is to be noticed. */
  readonly over: boolean;
}

const lookMs = 250;

export class Departures {
  #young: Waiting[] = [];
  #looking = false;

  add(waiting: Waiting): void {
    this.#young.push(waiting);
    if (this.#looking) return;
    this.#looking = true;
    setTimeout(() => this.#look(), lookMs);
  }

  /** No timer runs while nobody waits: the object may sleep. */
  #look(): void {
    this.#looking = false;
    const young = this.#young;
    this.#young = [];
    for (const waiting of young) if (!waiting.over) waiting.watch();
  }
}
