/** The engine under test (`BYWAY_ENGINE`), and what differs between engines: `docs/engines.md`. */
import { engineOfTests, type Engine } from '#sandbox/edge-part.ts';

export const engine: Engine = engineOfTests();

/** What this engine does, where the two differ; each use stands in a row of `docs/engines.md`. */
export function on<T>(values: Readonly<Record<Engine, T>>): T {
  return values[engine];
}
