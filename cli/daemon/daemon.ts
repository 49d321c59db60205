/** The user daemon: holds the laptop's tunnel and the intercepts, and answers the commands. */
import { hostname } from 'node:os';
import { z } from 'zod';
import { accountOf } from '#protocol/health.ts';
import { RequestError } from '#protocol/requests.ts';
import type { Runtime } from '#protocol/runtime.ts';
import type { CliConfig } from '../config.ts';
import { Failure } from '../failure.ts';
import { CurrentAccess } from '../login/current.ts';
import type { Paths } from '../paths.ts';
import type { PreviewNow } from '../preview-now.ts';
import { ConnectorTunnel } from './connector-tunnel.ts';
import { EdgeApi } from './edge-api.ts';
import { withEnded, without, type Ended } from './endings.ts';
import { addressOf, publicOf } from './held-fields.ts';
import { previewNews } from './preview-news.ts';
import { Previews } from './previews.ts';
import { rpcVersion, type Caller, type DaemonAnswer } from './socket.ts';
import { ingress, loadState, saveState, spec, type HeldIntercept, type State } from './state.ts';

type Fields = Record<string, unknown>;

const local = z.object({ host: z.string(), port: z.number() });
/** Checked by the edge. */
const source = z.object({
  remotes: z.array(z.string()),
  owner: z.string().exactOptional(),
  branch: z.string().exactOptional(),
  sha: z.string().exactOptional(),
  pr: z
    .union([
      z.object({ repository: z.string(), number: z.number() }),
      z.number(),
      z.literal('none'),
    ])
    .exactOptional(),
});
const wanted = z.object({
  local,
  preview: z
    .object({
      ingress,
      access: z.enum(['private', 'public']),
      banner: z.boolean().exactOptional(),
      source: source.exactOptional(),
      gate: z.enum(['org', 'repo']).exactOptional(),
    })
    .optional(),
});
const minted = z.object({
  ticket: z.string(),
  environment: z.record(z.string(), z.string()),
  spec,
});
const edgeOfCluster = z.object({
  cluster: z.string().optional(),
  connected: z.boolean(),
  reason: z.string(),
});
const clusterStatus = z.object({ edge: edgeOfCluster });

/** How often ended previews that the edge has not heard of are tried again. */
export const retryMs = 15_000;
/** How often it is looked at whether the login is to be renewed. */
export const renewalMs = 60_000;
/** What `status` and `leave` wait for at most: a person is waiting, and what fails is tried later. */
const impatience = { patience: 2_000, limit: 3_000 };
const leaveLimits = { patience: 2_000, limit: 15_000 };

export interface DaemonOptions {
  config: CliConfig;
  paths: Paths;
  runtime: Runtime;
  version: string;
  log(message: string): void;
}

export class Daemon {
  readonly answers: Readonly<Record<string, DaemonAnswer>>;
  readonly #options: DaemonOptions;
  readonly #state: State;
  readonly #tunnel: ConnectorTunnel;
  readonly #previews: Previews;
  readonly #access: CurrentAccess;
  /** What was said last about the login, to say it once. */
  #loginProblem = '';

  /** @throws Failure when its state cannot be read */
  constructor(options: DaemonOptions) {
    const { config, paths, runtime, version, log } = options;
    this.#options = options;
    this.#state = loadState(paths.state);
    this.#access = new CurrentAccess(config);
    this.#previews = new Previews(
      () => this.#edge(),
      this.#state,
      () => this.#save(),
    );
    this.#previews.takeUnfinished();
    // Those are not announced, and so end at the connector as well.
    this.#state.intercepts = this.#state.intercepts.filter((held) => held.kept);
    this.#save();
    this.#tunnel = new ConnectorTunnel({
      url: config.connectorUrl,
      token: config.laptopToken,
      client: this.#state.client,
      laptop: hostname(),
      version,
      runtime,
      tickets: () => this.#state.intercepts.map((held) => held.ticket),
      local: (id) => this.#find(id)?.local,
      onState: (id, state, end) => this.#onState(id, state, end),
      onChange: (connected, reason) => log(connected ? 'connected' : `not connected: ${reason}`),
    });
    this.answers = {
      hello: () => ({
        rpc: rpcVersion,
        fingerprint: config.fingerprint,
        version,
        pid: process.pid,
      }),
      list: ({ previews }) => this.#list(previews === true),
      check: (params) => this.#tunnel.ask('check', this.#laptopParams(params)),
      intercept: (params, caller) => this.#intercept(params, caller),
      look: async ({ id }) => ({ intercept: await this.#look(String(id)) }),
      keep: ({ id }) => this.#keep(String(id)),
      leave: ({ name }) => this.#leave(String(name)),
      status: () => this.#status(),
      login: () => this.#login(),
      quit: () => this.#quit(),
    };
    this.#retry();
    void this.#renewLater();
  }

  stop(): void {
    this.#tunnel.stop();
  }

  /** `withPreviews`: the edge is asked about them. */
  async #list(withPreviews: boolean): Promise<Fields> {
    const answer = await this.#tunnel.ask('list', {});
    const { cluster } = edgeOfCluster.partial().parse(answer.edge ?? {});
    return {
      ...answer,
      held: withPreviews ? await this.#own() : this.#state.intercepts.map((each) => publicOf(each)),
      ended: this.#ended(),
      last_ingress: this.#state.ingresses[cluster ?? ''] ?? null,
    };
  }

  async #intercept(params: Fields, caller: Caller): Promise<Fields> {
    const want = wanted.parse(params);
    // Before anything is made: without a cluster at an edge there can be no preview.
    const cluster = want.preview ? await this.#clusterKey() : '';
    let now: PreviewNow | undefined;
    const { held, environment } = await this.#tunnel.make(this.#laptopParams(params), (answer) => {
      const { spec, ticket, environment } = minted.parse(answer);
      const held: HeldIntercept = { spec, ticket, local: want.local, kept: false };
      this.#state.intercepts.push(held);
      this.#state.ended = without(this.#state.ended, spec.name, Date.now());
      return { held, environment };
    });
    try {
      this.#save();
      if (want.preview) {
        now = await this.#previews.create(held, cluster, want.preview);
      }
      if (!this.#find(held.spec.id)) {
        throw new RequestError('gone', `the intercept “${held.spec.name}” was ended meanwhile`);
      }
    } catch (error) {
      // Nothing half-done stays behind.
      await this.#takeBack(held, String(error));
      throw error;
    }
    caller.onGone(() => {
      if (!held.kept) void this.#takeBack(held, 'the command ended before it had the answer');
    });
    return { ...publicOf(held, now), environment };
  }

  /** One of one's own, with its preview as it is now. */
  async #look(id: string): Promise<Fields> {
    const [intercept] = await this.#withNews([this.#present(id)]);
    return { ...intercept };
  }

  /** The command has the answer to `intercept`: from now on the intercept outlives it. */
  #keep(id: string): Fields {
    const held = this.#present(id);
    held.kept = true;
    this.#save();
    return {};
  }

  async #takeBack(held: HeldIntercept, reason: string): Promise<void> {
    this.#options.log(`intercept ${held.spec.name} is taken back: ${reason}`);
    await this.#end(held);
  }

  async #clusterKey(): Promise<string> {
    const { edge } = clusterStatus.parse(await this.#tunnel.ask('status', {}));
    if (edge.cluster !== undefined) return edge.cluster;
    const reason = edge.reason === '' ? '' : ` (${edge.reason})`;
    throw new RequestError(
      'no_edge',
      `the connector is not connected to an edge${reason}, so there can be no preview; try again later, or use --preview-url=false`,
    );
  }

  #onState(id: string, state: string, end: { reason: string; by: string | undefined }): void {
    this.#options.log(`intercept ${id}: ${state} ${end.reason}`);
    const held = this.#find(id);
    if (held && state === 'GONE') {
      this.#state.ended = withEnded(this.#state.ended, held.spec, end, Date.now());
      this.#end(held).catch((error: unknown) =>
        this.#options.log(`ending ${id}: ${String(error)}`),
      );
    }
  }

  async #leave(name: string): Promise<Fields> {
    const held = this.#state.intercepts.find((each) => each.spec.name === name);
    if (held) return { name, pending: await this.#end(held) };
    const ended = this.#ended().find((each) => each.name === name);
    if (ended) {
      throw new RequestError(
        'unknown_intercept',
        `your intercept “${name}” is gone already: ${ended.reason}`,
      );
    }
    const names = this.#state.intercepts.map((each) => each.spec.name).join(', ') || 'none';
    throw new RequestError(
      'unknown_intercept',
      `you have no intercept “${name}”; you have: ${names}`,
    );
  }

  /** Ends an intercept everywhere. Returns what could not be reached now and hears of it later. */
  async #end(held: HeldIntercept): Promise<string[]> {
    const { preview, spec } = held;
    this.#state.intercepts = this.#state.intercepts.filter((each) => each !== held);
    if (preview) this.#state.ending.push({ label: preview.label });
    this.#save();
    const pending: string[] = [];
    try {
      await this.#tunnel.ask('leave', { id: spec.id }, leaveLimits);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      // The next HELLO does not announce it: then the connector ends it.
      if (error.code !== 'unknown_intercept') pending.push(error.message);
    }
    pending.push(...(await this.#previews.end()));
    return pending;
  }

  #retry(): void {
    void this.#previews
      .end()
      .catch((error: unknown) => this.#options.log(`ending previews: ${String(error)}`))
      .then(() => this.#options.runtime.after(retryMs, () => this.#retry()));
  }

  /** Somebody has logged in or out: what waited for a login is tried now. */
  async #login(): Promise<Fields> {
    const login = this.#access.view();
    this.#options.log(login ? `logged in to ${login.edge_url}` : 'logged out');
    this.#loginProblem = '';
    if (login) await this.#previews.end();
    const previews = this.#state.intercepts.filter(({ preview }) => preview).length;
    return { previews, ending_previews: this.#state.ending.length };
  }

  async #renewLater(): Promise<void> {
    try {
      await this.#access.renew();
      this.#loginProblem = '';
    } catch (error) {
      const known = error instanceof RequestError || error instanceof Failure;
      const problem = known ? error.message : String(error);
      if (problem !== this.#loginProblem) this.#options.log(problem);
      this.#loginProblem = problem;
    }
    this.#options.runtime.after(renewalMs, () => void this.#renewLater());
  }

  async #status(): Promise<Fields> {
    const { config, version } = this.#options;
    const { session, connected, reason } = this.#tunnel;
    return {
      connected,
      reason,
      context: config.connectorUrl,
      login: this.#access.view(),
      laptop: hostname(),
      version,
      edge: connected ? await this.#edgeStatus() : null,
      tunnel: accountOf(session ? [session] : []),
      ending_previews: this.#state.ending.length,
      ended: this.#ended(),
      intercepts: await this.#own(),
    };
  }

  /** One's own intercepts, with their previews as they are now. */
  #own(): Promise<Fields[]> {
    return this.#withNews(this.#state.intercepts);
  }

  async #withNews(intercepts: readonly HeldIntercept[]): Promise<Fields[]> {
    const labels = intercepts.flatMap(({ preview }) => preview?.label ?? []);
    const news = await previewNews(labels, {
      edge: () => this.#edge(),
      runtime: this.#options.runtime,
      limitMs: impatience.limit,
    });
    return intercepts.map((held) => publicOf(held, news.get(held.preview?.label ?? '')));
  }

  #edge(): EdgeApi | undefined {
    const access = this.#access.get();
    return access && new EdgeApi(access);
  }

  async #edgeStatus(): Promise<Fields> {
    try {
      const { edge } = clusterStatus.parse(await this.#tunnel.ask('status', {}, impatience));
      return { connected: edge.connected, reason: edge.reason, cluster: edge.cluster ?? null };
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return { connected: false, reason: error.message, cluster: null };
    }
  }

  async #quit(): Promise<Fields> {
    const pending = new Set<string>();
    const left = this.#state.intercepts.map((held) => held.spec.name);
    for (const held of this.#state.intercepts) {
      for (const reason of await this.#end(held)) pending.add(reason);
    }
    return { left, pending: [...pending] };
  }

  #laptopParams(params: Fields): Fields {
    const { local: given, preview: _preview, ...rest } = params;
    const { host, port } = local.parse(given);
    return { ...rest, laptop: { name: hostname(), address: addressOf(host, port) } };
  }

  #ended(): Ended[] {
    return without(this.#state.ended, undefined, Date.now());
  }

  /** @throws RequestError when it has ended */
  #present(id: string): HeldIntercept {
    const held = this.#find(id);
    if (held) return held;
    throw new RequestError('unknown_intercept', 'the intercept has ended meanwhile');
  }

  #find(id: string): HeldIntercept | undefined {
    return this.#state.intercepts.find((held) => held.spec.id === id);
  }

  #save(): void {
    saveState(this.#options.paths.state, this.#state);
  }
}
