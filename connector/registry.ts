/** All intercepts of the cluster. In memory: daemons and agents announce them again by ticket. */
import type { InterceptSpec, InterceptState } from '#protocol/control.ts';
import { RequestError } from '#protocol/requests.ts';
import type { Session } from '#protocol/session.ts';

export interface Intercept {
  readonly spec: InterceptSpec;
  readonly ticket: string;
  /** The daemon's tunnel; undefined while the laptop is away. */
  laptop: Session | undefined;
  /** Since when it is away, in milliseconds of the monotonic clock. */
  awaySinceMs: number;
}

/** A laptop that stays away longer than this loses its intercepts. */
const maxAwayMs = 24 * 60 * 60 * 1000;

/** Ids of intercepts that were left, so that no late ticket of an agent revives them. */
const maxTombstones = 10_000;

export class Registry {
  readonly #intercepts = new Map<string, Intercept>();
  readonly #left = new Set<string>();

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
    const intercept: Intercept = { spec, ticket, laptop, awaySinceMs: nowMs };
    this.#intercepts.set(spec.id, intercept);
    return intercept;
  }

  remove(id: string): void {
    this.#intercepts.delete(id);
    this.#left.add(id);
    const [oldest] = this.#left;
    if (oldest !== undefined && this.#left.size > maxTombstones) this.#left.delete(oldest);
  }

  /** The intercepts whose laptops have been away too long; they are removed. */
  expire(nowMs: number): Intercept[] {
    const gone = this.list().filter(
      ({ laptop, awaySinceMs }) => !laptop && nowMs - awaySinceMs > maxAwayMs,
    );
    for (const { spec } of gone) this.remove(spec.id);
    return gone;
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
