/** The user daemon: holds the laptop's tunnel and the intercepts, and answers the commands. */
import { hostname } from 'node:os';
import { z } from 'zod';
import type { Ingress } from '#protocol/control.ts';
import { accountOf } from '#protocol/health.ts';
import { RequestError, type Answer } from '#protocol/requests.ts';
import type { Runtime } from '#protocol/runtime.ts';
import type { CliConfig, Paths } from '../config.ts';
import { ConnectorTunnel } from './connector-tunnel.ts';
import { EdgeApi } from './edge-api.ts';
import { loadState, saveState, type HeldIntercept, type State } from './state.ts';

const wanted = z.object({
  name: z.string(),
  workload: z.string(),
  namespace: z.string().optional(),
  port: z.string().optional(),
  mechanism: z.enum(['http', 'tcp']),
  headers: z.array(z.object({ name: z.string(), value: z.string() })),
  local: z.object({ host: z.string(), port: z.number() }),
  preview: z
    .object({
      ingress: z.object({ host: z.string(), port: z.number(), tls: z.boolean(), l5: z.string() }),
      access: z.enum(['private', 'public']),
    })
    .optional(),
});

const minted = z.object({
  ticket: z.string(),
  environment: z.record(z.string(), z.string()),
  spec: z.custom<HeldIntercept['spec']>((value) => typeof value === 'object' && value !== null),
});

/** How often ended previews that the edge has not heard of are tried again. */
const retryMs = 15_000;

export interface DaemonOptions {
  config: CliConfig;
  paths: Paths;
  runtime: Runtime;
  version: string;
  log(message: string): void;
  /** Ends the process once the answer to `quit` is out. */
  onQuit(): void;
}

export class Daemon {
  readonly answers: Readonly<Record<string, Answer>>;
  readonly #options: DaemonOptions;
  readonly #state: State;
  readonly #tunnel: ConnectorTunnel;
  readonly #edge: EdgeApi | undefined;

  constructor(options: DaemonOptions) {
    const { config, paths, runtime, version, log } = options;
    this.#options = options;
    this.#state = loadState(paths.state);
    saveState(paths.state, this.#state);
    this.#edge = config.edge && new EdgeApi(config.edge);
    this.#tunnel = new ConnectorTunnel({
      url: config.connectorUrl,
      token: config.laptopToken,
      client: this.#state.client,
      laptop: hostname(),
      version,
      runtime,
      tickets: () => this.#state.intercepts.map((held) => held.ticket),
      local: (id) => this.#state.intercepts.find((held) => held.spec.id === id)?.local,
      onState: (id, state, reason) => {
        if (state !== 'GONE') return;
        log(`intercept ${id} is gone: ${reason}`);
        const held = this.#state.intercepts.find((each) => each.spec.id === id);
        if (held) void this.#forget(held);
      },
      onChange: (connected, reason) => log(connected ? 'connected' : `not connected: ${reason}`),
    });
    this.answers = {
      hello: () => ({ fingerprint: config.fingerprint, version, pid: process.pid }),
      list: () => this.#tunnel.ask('list', {}),
      check: (params) => this.#tunnel.ask('check', this.#laptopParams(params)),
      intercept: (params) => this.#intercept(params),
      leave: ({ name }) => this.#leave(String(name)),
      status: () => this.#status(),
      defaults: () => ({ ingress: this.#state.ingress ?? null }),
      quit: () => this.#quit(),
    };
    this.#retryLater();
  }

  stop(): void {
    this.#tunnel.stop();
  }

  async #intercept(params: Record<string, unknown>): Promise<Record<string, unknown>> {
    const want = wanted.parse(params);
    if (want.preview && !this.#edge) {
      throw new RequestError('not_configured', 'a preview needs edge_url and operator_token');
    }
    const answer = minted.parse(await this.#tunnel.ask('intercept', this.#laptopParams(params)));
    const held: HeldIntercept = { spec: answer.spec, ticket: answer.ticket, local: want.local };
    this.#state.intercepts.push(held);
    this.#save();
    if (want.preview) {
      try {
        held.preview = await this.#createPreview(held, want.preview.ingress, want.preview.access);
        this.#state.ingress = want.preview.ingress;
        this.#save();
      } catch (error) {
        // Nothing half-done stays behind.
        await this.#forget(held);
        throw error;
      }
    }
    return { ...held, environment: answer.environment, ticket: undefined };
  }

  async #createPreview(
    { spec }: HeldIntercept,
    ingress: Ingress,
    access: 'private' | 'public',
  ): Promise<NonNullable<HeldIntercept['preview']>> {
    const { edge } = await this.#tunnel.ask('status', {});
    const { cluster } = z.object({ cluster: z.string().optional() }).parse(edge);
    if (cluster === undefined || !this.#edge) {
      throw new RequestError(
        'no_edge',
        'the connector is not connected to an edge, so there can be no preview; try --preview-url=false',
      );
    }
    const { id, name, owner } = spec;
    const made = await this.#edge.create({
      cluster,
      intercept: { id, name },
      owner,
      ingress,
      access,
    });
    return { ...made, ingress };
  }

  async #leave(name: string): Promise<Record<string, unknown>> {
    const held = this.#state.intercepts.find((each) => each.spec.name === name);
    if (!held) {
      const names = this.#state.intercepts.map((each) => each.spec.name).join(', ') || 'none';
      throw new RequestError(
        'unknown_intercept',
        `you have no intercept “${name}”; you have: ${names}`,
      );
    }
    return this.#forget(held);
  }

  /** Ends an intercept everywhere. What cannot be reached now hears of it later. */
  async #forget(held: HeldIntercept): Promise<Record<string, unknown>> {
    const { preview, spec } = held;
    this.#state.intercepts = this.#state.intercepts.filter((each) => each !== held);
    if (preview) this.#state.ending.push(preview.label);
    this.#save();
    const pending: string[] = [];
    try {
      await this.#tunnel.ask('leave', { id: spec.id }, 2_000);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      // The next HELLO does not announce it: then the connector ends it.
      if (error.code !== 'unknown_intercept') pending.push(error.message);
    }
    pending.push(...(await this.#endPreviews()));
    return { name: spec.name, pending };
  }

  /** Returns what went wrong; it is tried again. */
  async #endPreviews(): Promise<string[]> {
    const failures: string[] = [];
    for (const label of this.#state.ending) {
      try {
        await this.#edge?.remove(label);
        this.#state.ending = this.#state.ending.filter((each) => each !== label);
        this.#save();
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        failures.push(error.message);
      }
    }
    return failures;
  }

  #retryLater(): void {
    this.#options.runtime.after(retryMs, () => {
      void this.#endPreviews().then(() => this.#retryLater());
    });
  }

  #status(): Record<string, unknown> {
    const { config, version } = this.#options;
    const { session } = this.#tunnel;
    return {
      connected: this.#tunnel.connected,
      reason: this.#tunnel.reason,
      context: config.connectorUrl,
      laptop: hostname(),
      version,
      tunnel: accountOf(session ? [session] : []),
      ending_previews: this.#state.ending.length,
      intercepts: this.#state.intercepts.map(({ spec, preview, local }) => ({
        id: spec.id,
        name: spec.name,
        workload: spec.workload,
        client: spec.laptop.name,
        local,
        preview_url: preview?.url ?? null,
      })),
    };
  }

  async #quit(): Promise<Record<string, unknown>> {
    const pending: string[] = [];
    const names = this.#state.intercepts.map((held) => held.spec.name);
    for (const held of [...this.#state.intercepts]) {
      const result = await this.#forget(held);
      pending.push(...(result.pending as string[]));
    }
    this.#options.onQuit();
    return { left: names, pending };
  }

  #laptopParams(params: Record<string, unknown>): Record<string, unknown> {
    const { local, preview: _preview, ...rest } = params;
    const { host, port } = z.object({ host: z.string(), port: z.number() }).parse(local);
    return { ...rest, laptop: { name: hostname(), address: `${host}:${port}` } };
  }

  #save(): void {
    saveState(this.#options.paths.state, this.#state);
  }
}
