/** Until when previews were removed: a comment or a closing ends what there was then, nothing younger. */
import type { Account, Actor, Preview, Store } from './ports.ts';

/** GitHub's times are whole seconds; what was made within the last one is removed as well. */
const secondMs = 1000;
const everybody = 0;

export class Removals {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** `owner`: only that person's previews. */
  add(atMs: number, by: Actor, owner?: Account): void {
    this.#store.run(
      `INSERT INTO removals VALUES (?, ?, ?) ON CONFLICT (owner_id)
        DO UPDATE SET at_ms = excluded.at_ms, actor = excluded.actor
        WHERE excluded.at_ms > at_ms`,
      owner?.id ?? everybody,
      atMs,
      JSON.stringify(by),
    );
  }

  /** Who removed it; undefined: nobody. */
  of({ owner, sinceMs }: Pick<Preview, 'owner' | 'sinceMs'>): Actor | undefined {
    const [row] = this.#store.all(
      'SELECT actor FROM removals WHERE owner_id IN (?, ?) AND at_ms > ? ORDER BY owner_id LIMIT 1',
      everybody,
      owner.id,
      sinceMs - secondMs,
    );
    return row && (JSON.parse(String(row.actor)) as Actor);
  }
}
