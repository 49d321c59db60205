/** All intercepts of the cluster. In memory: daemons and agents announce them again by ticket. */
import type { InterceptSpec, InterceptState } from '#protocol/control.ts';
import { RequestError } from '#protocol/requests.ts';
import type { Session } from '#protocol/session.ts';

export interface Intercept {
  readonly spec: InterceptSpec;
  readonly ticket: string;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** The daemon's tunnel; undefined while the laptop is away. */
  readonly laptop: Session | undefined;
  /** Since when it is away, in milliseconds of the monotonic clock. */
  readonly awaySinceMs: number;
  /** The same in milliseconds since 1970, for people. */
  readonly waitingSinceMs: number;
  /** Its agents have not acknowledged it yet. */
  readonly starting: boolean;
}

/** A laptop that stays away longer than this loses its intercepts. */
const maxAwayMs = 24 * 60 * 60 * 1000;

/** Ids of intercepts that were left, so that no late ticket of an agent revives them. */
const maxTombstones = 10_000;

/** How an intercept ended. */
export interface End {
  /** In words for its owner; '' where nobody else has ended it. */
  reason: string;
  /** Who ended it through the edge; missing: nobody. */
  by?: string | undefined;
}

export class Registry {
  readonly #intercepts = new Map<string, Intercept>();
  /** How it ended, by id. */
  readonly #left = new Map<string, End>();
  readonly #watchers = new Set<() => void>();

  /** `onChange` after each change; the returned function ends that. */
  watch(onChange: () => void): () => void {
    this.#watchers.add(onChange);
    return () => void this.#watchers.delete(onChange);
  }

  get(id: string): Intercept | undefined {
    return this.#intercepts.get(id);
  }

  list(): Intercept[] {
    return [...this.#intercepts.values()];
  }

  ofClient(client: string): Intercept[] {
    return this.list().filter(({ spec }) => spec.client === client);
  }

  ofPort(workload: string, namespace: string, port: number): Intercept[] {
    return this.list().filter(({ spec }) => isOn(spec, workload, namespace, port));
  }

  wasLeft(id: string): boolean {
    return this.#left.has(id);
  }

  endOf(id: string): End {
    return this.#left.get(id) ?? { reason: '' };
  }

  /** @throws RequestError `conflict` or `name_taken`, naming who is in the way */
  check(spec: InterceptSpec): void {
    const others = this.list().filter((each) => each.spec.id !== spec.id);
    if (others.some((each) => each.spec.client === spec.client && each.spec.name === spec.name)) {
      throw new RequestError(
        'name_taken',
        `you have an intercept “${spec.name}” already; leave it or choose another --name`,
      );
    }
    const { workload, namespace, port } = spec;
    const rival = others.find(
      (each) => isOn(each.spec, workload, namespace, port.number) && overlap(each.spec, spec),
    );
    if (!rival) return;
    throw new RequestError(
      'conflict',
      `${workload} port ${port.name || port.number} is intercepted by ${rival.spec.owner.login} ` +
        `(${rival.spec.name} on ${rival.spec.laptop.name}) with a filter that could match the same requests`,
    );
  }

  add(spec: InterceptSpec, ticket: string, laptop: Session | undefined, nowMs: number): Intercept {
    const wallMs = Date.now();
    const intercept: Intercept = {
      spec,
      ticket,
      createdMs: spec.createdMs ?? wallMs,
      laptop,
      awaySinceMs: nowMs,
      waitingSinceMs: wallMs,
      starting: false,
    };
    this.#set(intercept);
    return intercept;
  }

  /** Whether agents have yet to acknowledge it. */
  starting(id: string, starting: boolean): void {
    this.#change(id, { starting });
  }

  /** Its laptop is there again. */
  back(id: string, laptop: Session): void {
    this.#change(id, { laptop });
  }

  /** The laptop of that session is away. */
  away(session: Session, nowMs: number): void {
    const gone = { laptop: undefined, awaySinceMs: nowMs, waitingSinceMs: Date.now() };
    for (const { spec, laptop } of this.list()) if (laptop === session) this.#change(spec.id, gone);
  }

  /** No ticket revives it. `end`: for its owner, who has not left it. */
  remove(id: string, end: End = { reason: '' }): void {
    this.#intercepts.delete(id);
    this.#left.set(id, end);
    const [oldest] = this.#left.keys();
    if (oldest !== undefined && this.#left.size > maxTombstones) this.#left.delete(oldest);
    this.#changed();
  }

  /** The intercepts whose laptops have been away too long; they are removed. */
  expire(nowMs: number): Intercept[] {
    const gone = this.list().filter(
      ({ laptop, awaySinceMs }) => !laptop && nowMs - awaySinceMs > maxAwayMs,
    );
    for (const { spec } of gone)
      this.remove(spec.id, { reason: 'its laptop was away for too long' });
    return gone;
  }

  #change(id: string, change: Partial<Intercept>): void {
    const intercept = this.#intercepts.get(id);
    if (intercept) this.#set({ ...intercept, ...change });
  }

  #set(intercept: Intercept): void {
    this.#intercepts.set(intercept.spec.id, intercept);
    this.#changed();
  }

  #changed(): void {
    for (const onChange of this.#watchers) onChange();
  }
}

export function stateOf(intercept: Intercept): InterceptState {
  return intercept.laptop ? 'ACTIVE' : 'WAITING';
}

function isOn(spec: InterceptSpec, workload: string, namespace: string, port: number): boolean {
  return spec.workload === workload && spec.namespace === namespace && spec.port.number === port;
}

/** Whether one request could match both: never when they want different values of one header. */
export function overlap(a: InterceptSpec, b: InterceptSpec): boolean {
  if (a.headers.length === 0 || b.headers.length === 0) return true;
  return !a.headers.some((one) =>
    b.headers.some(
      (other) => one.name.toLowerCase() === other.name.toLowerCase() && one.value !== other.value,
    ),
  );
}
