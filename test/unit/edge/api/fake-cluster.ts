/** A cluster in memory, with its previews. */
import type {
  AccessChange,
  ClusterCalls,
  ClusterRecord,
  Guest,
  NewPreview,
  Outcome,
  Preview,
} from '#edge/objects/calls.ts';
import type { FakeEdge } from './fake-edge.ts';

export class FakeCluster {
  readonly record: ClusterRecord;
  readonly #edge: FakeEdge;
  readonly #previews = new Map<string, Preview>();
  readonly #ended = new Set<string>();
  #shards = 1;

  constructor(edge: FakeEdge, record: ClusterRecord) {
    this.#edge = edge;
    this.record = record;
  }

  asCalls(): ClusterCalls {
    const { organisation, key } = this.record;
    const calls: Partial<ClusterCalls> = {
      organisation: async () => organisation.id,
      intercepts: async () => [],
      create: async (input) => this.#create(input),
      list: async () => [...this.#previews.values()],
      find: async (label) => this.#previews.get(label),
      setAccess: async (label, change) => this.#setAccess(label, change),
      remove: async (label) => {
        this.#edge.changes.push('remove');
        this.#ended.add(label);
        return this.#previews.delete(label);
      },
      setGate: async (label, gate) => {
        this.#edge.changes.push('setGate');
        const found = this.#previews.get(label);
        if (found) this.#previews.set(label, { ...found, gate });
        return this.#previews.get(label);
      },
      allow: async (label, user, untilMs) => {
        this.#edge.changes.push('allow');
        return this.#setGuests(label, user.id, [{ user, untilMs }]);
      },
      revokeAllow: async (label, userId) => {
        this.#edge.changes.push('revokeAllow');
        return this.#setGuests(label, userId, []);
      },
      askFor: async (label, user) => {
        const found = this.#previews.get(label);
        if (found) {
          this.#previews.set(label, { ...found, askers: [...(found.askers ?? []), user] });
        }
      },
      ending: async () => undefined,
      raiseShards: async (count) => {
        this.#edge.changes.push('raiseShards');
        this.#shards = Math.max(this.#shards, count);
        return { ok: true, value: this.#shards };
      },
      retire: async () => {
        this.#edge.changes.push('retire');
        return this.#edge.clusters.delete(key);
      },
      status: async () => [],
      place: async (label) =>
        this.#previews.has(label) || this.#ended.has(label)
          ? {
              organisationId: organisation.id,
              origin: `https://${label}.preview.example.dev`,
              epoch: 0,
              ended: this.#ended.has(label),
              guests: [],
            }
          : undefined,
    };
    return calls as ClusterCalls;
  }

  #setGuests(label: string, userId: number, added: Guest[]): Preview | undefined {
    const found = this.#previews.get(label);
    if (!found) return undefined;
    const others = (found.guests ?? []).filter(({ user }) => user.id !== userId);
    const askers = (found.askers ?? []).filter(({ id }) => added.length === 0 || id !== userId);
    const room = this.#edge.maxGuests - others.length;
    const changed = { ...found, askers, guests: [...others, ...added.slice(0, room)] };
    this.#previews.set(label, changed);
    return changed;
  }

  #create(input: NewPreview): Outcome<Preview> {
    this.#edge.changes.push('create');
    const { publicForS, lifeS: _lifeS, idleS: _idleS, ...rest } = input;
    const same = [...this.#previews.values()].find(
      ({ intercept, ingress: to }) =>
        intercept.id === input.intercept.id && JSON.stringify(to) === JSON.stringify(input.ingress),
    );
    const changed = same && this.#setAccess(same.label, input);
    if (changed) return { ok: true, value: changed };
    const count = String.fromCharCode(97 + this.#previews.size + this.#ended.size);
    const label = `amber-otter-${this.record.key}a-${count.repeat(20)}`;
    const createdMs = this.#edge.nowMs;
    const publicUntilMs = input.access === 'public' ? createdMs + publicForS * 1000 : 0;
    const gate = rest.gate ?? 'org';
    const preview: Preview = { ...rest, gate, label, createdMs, publicUntilMs, epoch: 0 };
    this.#previews.set(label, preview);
    return { ok: true, value: preview };
  }

  #setAccess(label: string, { access, publicForS }: AccessChange): Preview | undefined {
    this.#edge.changes.push('setAccess');
    const found = this.#previews.get(label);
    if (!found) return undefined;
    const publicUntilMs = access === 'public' ? this.#edge.nowMs + publicForS * 1000 : 0;
    const changed = { ...found, access, publicUntilMs };
    this.#previews.set(label, changed);
    return changed;
  }
}
