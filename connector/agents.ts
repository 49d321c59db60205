/** The agents' tunnels: they are told their intercepts and ask for laptops. */
import { z } from 'zod';
import { ProtocolError, ResetCode } from '#protocol/frame.ts';
import { helloOf, type Hello } from '#protocol/hello.ts';
import type { Runtime } from '#protocol/runtime.ts';
import type { Session } from '#protocol/session.ts';
import { joinStreams } from '#protocol/splice.ts';
import { StreamKind, type Stream, type StreamHandler } from '#protocol/stream.ts';
import { startSession, type WebSocketLike } from '#protocol/tunnel.ts';
import type { InterceptsMessage } from '#protocol/control.ts';
import type { Registry } from './registry.ts';
import type { Workloads } from './workloads/workloads.ts';

const about = z.object({
  ports: z.array(z.object({ name: z.string(), protocol: z.enum(['http', 'tcp']) })),
  environment: z.record(z.string(), z.string()).default({}),
  tickets: z.array(z.string()).default([]),
});

type About = z.infer<typeof about>;

interface Agent {
  name: string;
  session: Session;
  about: About;
  acknowledged: number;
  waiting: { revision: number; done: () => void }[];
}

const nobody: StreamHandler = { onHead() {}, onData() {}, onReset() {} };

export interface AgentsOptions {
  registry: Registry;
  workloads: Workloads;
  runtime: Runtime;
  version: string;
  /** An agent announces intercepts that it still holds. */
  onTickets(tickets: string[], agent: string): void;
}

export class Agents {
  readonly #options: AgentsOptions;
  readonly #agents = new Set<Agent>();
  #revision = 0;

  constructor(options: AgentsOptions) {
    this.#options = options;
  }

  get sessions(): Session[] {
    return [...this.#agents].map((agent) => agent.session);
  }

  /** How many agents of that name are ready, and what they say of the port. */
  port(agent: string, port: string): { ready: number; protocol: 'http' | 'tcp' | undefined } {
    const ready = [...this.#agents].filter(
      (each) => each.name === agent && each.about.ports.some(({ name }) => name === port),
    );
    const [first] = ready;
    return {
      ready: ready.length,
      protocol: first?.about.ports.find(({ name }) => name === port)?.protocol,
    };
  }

  environment(agent: string): Record<string, string> {
    return [...this.#agents].find((each) => each.name === agent)?.about.environment ?? {};
  }

  accept(name: string, webSocket: WebSocketLike): void {
    const { runtime, version } = this.#options;
    let agent: Agent | undefined;
    const hello = helloOf(`byway-connector/${version}`, { role: 'connector' });
    const session: Session = startSession(webSocket, 'accepted', hello, runtime, {
      onHello: (peer) => {
        agent = { name, session, about: aboutOf(peer), acknowledged: 0, waiting: [] };
        this.#agents.add(agent);
        this.#options.onTickets(agent.about.tickets, name);
        this.#tell(agent);
      },
      onOpen: (stream) => this.#open(name, stream),
      onControl: (message) => {
        if (message.type === 'applied' && agent) acknowledge(agent, Number(message.revision));
      },
      onGoaway: () => {},
      onClose: () => {
        if (!agent) return;
        this.#agents.delete(agent);
        // An agent that is gone serves no requests: nobody waits for it.
        acknowledge(agent, Infinity);
      },
    });
  }

  /** Tells the agents of that name what is intercepted now; resolves when each has applied it. */
  async sync(name: string): Promise<void> {
    const told = [...this.#agents].filter((agent) => agent.name === name);
    await Promise.all(
      told.map((agent) => {
        const revision = this.#tell(agent);
        return new Promise<void>((done) => agent.waiting.push({ revision, done }));
      }),
    );
  }

  #tell(agent: Agent): number {
    this.#revision += 1;
    const message: InterceptsMessage = {
      type: 'intercepts',
      revision: this.#revision,
      intercepts: this.#options.registry
        .list()
        .filter(
          ({ spec }) =>
            this.#agentOf(spec.workload, spec.namespace, spec.port.number) === agent.name,
        )
        .map(({ spec, ticket }) => ({ spec, ticket })),
    };
    agent.session.control({ ...message });
    return this.#revision;
  }

  #agentOf(workload: string, namespace: string, port: number): string | undefined {
    const ports = this.#options.workloads.find(workload, namespace)?.ports;
    return ports?.find((each) => each.number === port)?.agent;
  }

  /** A connection of a pod that an intercept sends to its laptop. */
  #open(agent: string, stream: Stream): StreamHandler | ResetCode {
    if (stream.kind !== StreamKind.tcp) return ResetCode.refused;
    const intercept = this.#options.registry.get(stream.target);
    if (!intercept) return ResetCode.interceptGone;
    const { spec, laptop } = intercept;
    // An agent reaches laptops that intercept its own ports only.
    if (this.#agentOf(spec.workload, spec.namespace, spec.port.number) !== agent)
      return ResetCode.interceptGone;
    if (!laptop) return ResetCode.interceptGone;
    if (!laptop.ready) return ResetCode.limit;
    const onward = laptop.open(StreamKind.tcp, spec.id, [], false, nobody);
    joinStreams(stream, onward, ResetCode.interceptGone);
    return stream.handler;
  }
}

function aboutOf(peer: Hello): About {
  const result = about.safeParse(peer.about);
  if (!result.success) throw new ProtocolError('HELLO: about is not that of an agent');
  return result.data;
}

function acknowledge(agent: Agent, revision: number): void {
  agent.acknowledged = revision;
  const done = agent.waiting.filter((each) => each.revision <= revision);
  agent.waiting = agent.waiting.filter((each) => each.revision > revision);
  for (const each of done) each.done();
}
