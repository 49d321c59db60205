/** The laptops' tunnels: daemons announce intercepts, make new ones and end them. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { EndedIntercept, Ingress, InterceptSpec } from '#protocol/control.ts';
import { CloseCode, ProtocolError, ResetCode } from '#protocol/frame.ts';
import { helloOf, type Hello } from '#protocol/hello.ts';
import { RequestError, Requests } from '#protocol/requests.ts';
import type { Runtime } from '#protocol/runtime.ts';
import type { Session } from '#protocol/session.ts';
import { startSession, type WebSocketLike } from '#protocol/tunnel.ts';
import type { Agents } from './agents.ts';
import { stateOf, type End, type Registry } from './registry.ts';
import type { Tickets } from './ticket.ts';
import { choosePort, readWanted, type Wanted } from './wanted.ts';
import type { Workload, WorkloadPort, Workloads } from './workloads/workloads.ts';

export interface Owner {
  id: number;
  login: string;
}

const about = z.object({
  client: z.string().regex(/^[0-9a-f]{32}$/),
  laptop: z.string().min(1).max(253),
  tickets: z.array(z.string()).max(1000).default([]),
});

const acknowledgeMs = 10_000;
const defaultHeader = 'x-telepresence-intercept-id';

interface Laptop {
  client: string;
  name: string;
  owner: Owner;
  session: Session;
}

export interface LaptopsOptions {
  registry: Registry;
  agents: Agents;
  workloads: Workloads;
  tickets: Tickets;
  runtime: Runtime;
  version: string;
  ingresses: Ingress[];
  edge(): { cluster: string | undefined; connected: boolean; reason: string };
  account(): Record<string, number>;
}

export class Laptops {
  readonly #options: LaptopsOptions;
  readonly #laptops = new Map<string, Laptop>();

  constructor(options: LaptopsOptions) {
    this.#options = options;
  }

  get sessions(): Session[] {
    return [...this.#laptops.values()].map((laptop) => laptop.session);
  }

  accept(owner: Owner, webSocket: WebSocketLike): void {
    const { runtime, version, registry } = this.#options;
    let laptop: Laptop | undefined;
    const mine = (): Laptop => {
      if (!laptop) throw new RequestError('not_ready', 'HELLO must come first');
      return laptop;
    };
    const hello = helloOf(`byway-connector/${version}`, { role: 'connector' });
    const session: Session = startSession(webSocket, 'accepted', hello, runtime, {
      onHello: (peer) => {
        const { client, laptop: name, tickets } = aboutOf(peer);
        const former = this.#laptops.get(client);
        if (former && former.owner.login !== owner.login) {
          throw new ProtocolError('this client belongs to somebody else', CloseCode.unauthorized);
        }
        laptop = { client, name, owner, session };
        this.#laptops.set(client, laptop);
        former?.session.close(CloseCode.replaced, 'the same client has connected again');
        this.#announce(laptop, tickets);
      },
      // A laptop opens no streams yet.
      onOpen: () => ResetCode.refused,
      onControl: (message) => void requests.take(message),
      onGoaway: () => {},
      onClose: () => {
        requests.lost();
        if (laptop && this.#laptops.get(laptop.client) === laptop)
          this.#laptops.delete(laptop.client);
        registry.away(session, runtime.now());
      },
    });
    const requests = new Requests(session, {
      list: () => this.#list(mine()),
      check: (params) => {
        const { port, spec } = this.#plan(mine(), params);
        registry.check(spec);
        return { port: { name: port.name, number: port.number } };
      },
      intercept: (params) => this.#intercept(mine(), params),
      leave: (params) => this.#leave(mine(), String(params.id)),
      status: () => ({ edge: this.#options.edge(), account: this.#options.account() }),
    });
  }

  /** What an agent still holds is taken up again, waiting for its laptop. */
  adopt(tickets: readonly string[], agent: string): void {
    const { registry, runtime } = this.#options;
    for (const ticket of tickets) {
      const spec = this.#options.tickets.open(ticket);
      if (!spec || registry.get(spec.id) || registry.wasLeft(spec.id)) continue;
      if (this.#portOf(spec)?.agent !== agent || !fits(registry, spec)) continue;
      const laptop = this.#laptops.get(spec.client)?.session;
      // Its daemon is here and did not announce it: it has been left.
      if (!laptop) registry.add(spec, ticket, undefined, runtime.now());
    }
  }

  #announce(laptop: Laptop, tickets: readonly string[]): void {
    const { registry, runtime, agents } = this.#options;
    const announced = new Set<string>();
    const touched = new Set<string>();
    for (const ticket of tickets) {
      const spec = this.#options.tickets.open(ticket);
      if (!spec || spec.client !== laptop.client || spec.owner.login !== laptop.owner.login)
        continue;
      const port = this.#portOf(spec);
      const known = registry.get(spec.id);
      if (!known && (registry.wasLeft(spec.id) || !port || !fits(registry, spec))) {
        const end = registry.endOf(spec.id);
        const unknown = { reason: 'it was left, or another took its place' };
        tellGone(laptop.session, spec.id, end.reason === '' ? unknown : end);
        continue;
      }
      announced.add(spec.id);
      if (known) registry.back(spec.id, laptop.session);
      else registry.add(spec, ticket, laptop.session, runtime.now());
      if (port) touched.add(port.agent);
      laptop.session.control({ type: 'intercept', id: spec.id, state: 'ACTIVE', reason: '' });
    }
    // The daemon's word counts: what it does not announce has been left. Its own, that is: a client
    // id is no secret, and owners are told apart by their bearers.
    for (const { spec } of registry.ofClient(laptop.client)) {
      if (announced.has(spec.id) || spec.owner.login !== laptop.owner.login) continue;
      registry.remove(spec.id);
      const agent = this.#portOf(spec)?.agent;
      if (agent) touched.add(agent);
    }
    for (const agent of touched) void agents.sync(agent);
  }

  #list(laptop: Laptop): Record<string, unknown> {
    const { workloads, registry, agents, ingresses, edge } = this.#options;
    const all = workloads.list().map(({ name, namespace, ports }) => ({
      name,
      namespace,
      ports: ports.map((port) => {
        const { ready, protocol } = agents.port(port.agent, port.name);
        return { name: port.name, number: port.number, agents: ready, protocol: protocol ?? null };
      }),
      intercepts: registry
        .list()
        .filter(({ spec }) => spec.workload === name && spec.namespace === namespace)
        .map((intercept) => {
          const { spec } = intercept;
          return {
            id: spec.id,
            name: spec.name,
            owner: spec.owner.login,
            mine: spec.client === laptop.client,
            port: spec.port,
            mechanism: spec.mechanism,
            state: stateOf(intercept),
            laptop: spec.laptop.name,
          };
        }),
    }));
    return { workloads: all, ingresses, owner: laptop.owner, edge: edge() };
  }

  async #intercept(
    laptop: Laptop,
    params: Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    const { registry, agents, tickets, runtime } = this.#options;
    const { spec, port } = this.#plan(laptop, params);
    registry.check(spec);
    const ticket = tickets.issue(spec);
    registry.add(spec, ticket, laptop.session, runtime.now());
    registry.starting(spec.id, true);
    let cancel = (): void => {};
    const late = new Promise<'late'>((resolve) => {
      cancel = runtime.after(acknowledgeMs, () => resolve('late'));
    });
    const outcome = await Promise.race([agents.sync(port.agent), late]);
    cancel();
    if (outcome === 'late' || agents.port(port.agent, port.name).ready === 0) {
      registry.remove(spec.id);
      void agents.sync(port.agent);
      throw new RequestError(
        'no_agent',
        `the agent “${port.agent}” did not take the intercept within ${acknowledgeMs / 1000} s`,
      );
    }
    if (!registry.get(spec.id)) {
      throw new RequestError(
        'gone',
        `the intercept was ended meanwhile: ${registry.endOf(spec.id).reason}`,
      );
    }
    registry.starting(spec.id, false);
    return { spec, ticket, state: 'ACTIVE', environment: agents.environment(port.agent) };
  }

  async #leave(laptop: Laptop, id: string): Promise<Record<string, unknown>> {
    const intercept = this.#options.registry.get(id);
    if (!intercept || intercept.spec.client !== laptop.client) {
      throw new RequestError('unknown_intercept', `you have no intercept ${id}`);
    }
    await this.#remove(intercept.spec);
    return {};
  }

  /**
   * Ends one on the edge's word, its laptop here or away; resolves when agents have acknowledged.
   * @throws RequestError `unknown_intercept`; a ticket that still comes of it is void all the same
   */
  async end({ id, by }: EndedIntercept): Promise<void> {
    const { registry } = this.#options;
    const intercept = registry.get(id);
    const how = { reason: `ended by ${by} through the edge`, by };
    if (!intercept) {
      if (!registry.wasLeft(id)) registry.remove(id, how);
      throw new RequestError('unknown_intercept', `there is no intercept ${id}`);
    }
    const { spec, laptop } = intercept;
    const ended = this.#remove(spec, how);
    if (laptop) tellGone(laptop, id, how);
    await ended;
  }

  async #remove(spec: InterceptSpec, end?: End): Promise<void> {
    const { registry, agents, runtime } = this.#options;
    registry.remove(spec.id, end);
    const agent = this.#portOf(spec)?.agent;
    let cancel = (): void => {};
    const late = new Promise<void>((resolve) => {
      cancel = runtime.after(acknowledgeMs, resolve);
    });
    if (agent) await Promise.race([agents.sync(agent), late]);
    cancel();
  }

  /** The intercept as it would be. @throws RequestError saying why it cannot be */
  #plan(
    laptop: Laptop,
    params: Record<string, unknown>,
  ): { spec: InterceptSpec; port: WorkloadPort } {
    const want = readWanted(params);
    const workload = this.#workload(want);
    const port = choosePort(workload, want.port);
    const { ready, protocol } = this.#options.agents.port(port.agent, port.name);
    if (ready === 0) {
      throw new RequestError(
        'no_agent',
        `${workload.name} has no ready agent on port ${port.name || port.number}; is “byway agent” running there?`,
      );
    }
    if (want.mechanism === 'http' && protocol === 'tcp') {
      throw new RequestError(
        'not_http',
        `port ${port.name || port.number} of ${workload.name} is not HTTP; use --mechanism tcp`,
      );
    }
    const id = randomBytes(16).toString('hex');
    const byDefault = want.mechanism === 'http' && want.headers.length === 0 && !want.global;
    const spec: InterceptSpec = {
      id,
      name: want.name,
      client: laptop.client,
      owner: laptop.owner,
      workload: workload.name,
      namespace: workload.namespace,
      port: { name: port.name, number: port.number },
      mechanism: want.mechanism,
      headers: byDefault ? [{ name: defaultHeader, value: `${id}:${want.name}` }] : want.headers,
      laptop: want.laptop,
      createdMs: Date.now(),
    };
    return { spec, port };
  }

  #workload({ workload: name, namespace }: Wanted): Workload {
    const { workloads } = this.#options;
    const namesakes = workloads.list().filter((each) => each.name === name);
    if (namespace === undefined && namesakes.length > 1) {
      const where = namesakes.map((each) => each.namespace).join(', ');
      throw new RequestError(
        'ambiguous_workload',
        `there is a workload “${name}” in several namespaces: ${where}; choose one with --namespace`,
      );
    }
    const found = workloads.find(name, namespace);
    if (found) return found;
    const names = workloads.list().map((each) => each.name);
    const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
    throw new RequestError(
      'unknown_workload',
      `there is no workload “${name}”${where}; there are: ${names.join(', ') || 'none'}`,
    );
  }

  #portOf(spec: InterceptSpec): WorkloadPort | undefined {
    const workload = this.#options.workloads.find(spec.workload, spec.namespace);
    return workload?.ports.find((port) => port.number === spec.port.number);
  }
}

function fits(registry: Registry, spec: InterceptSpec): boolean {
  try {
    registry.check(spec);
    return true;
  } catch (error) {
    if (error instanceof RequestError) return false;
    throw error;
  }
}

function tellGone(laptop: Session, id: string, { reason, by }: End): void {
  const end = by === undefined ? { reason } : { reason, by };
  laptop.control({ type: 'intercept', id, state: 'GONE', ...end });
}

function aboutOf(peer: Hello): z.infer<typeof about> {
  const result = about.safeParse(peer.about);
  if (!result.success) throw new ProtocolError('HELLO: about is not that of a laptop');
  return result.data;
}
