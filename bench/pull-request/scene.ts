/** A repository with pull requests on the GitHub sandbox, and previews of their branches. */
import { setTimeout as pause } from 'node:timers/promises';
import { markerOf } from '#github-app/comment.ts';
import { appAddressesOf, gitHubOf } from '#sandbox/edge-github.ts';
import { freePort } from '#sandbox/free-port.ts';
import type { ActionSeed } from '#sandbox/github/actions.ts';
import { startGitHub, type GitHubSandbox } from '#sandbox/github/github.ts';
import { Stack } from '#sandbox/stack.ts';
import type { Engine } from '../engine.ts';
import { ApiWatch } from './api-watch.ts';

const organisation = { id: 1, login: 'sandbox' };
const repository = 'sandbox/shop';
const repositoryId = 2001;
/** May write to the repository, and owns the previews. */
const owner = { id: 1001, login: 'alice' };
/** Nobody visits: what is measured passes between GitHub and the edge. */
const nowhere = { host: '127.0.0.1', port: 9, tls: false, l5: 'bench.localhost' };
/** More than timers may come too early by. */
const marginMs = 10;

export interface Intercept {
  readonly id: string;
  readonly name: string;
}

export interface Pull {
  readonly number: number;
  readonly branch: string;
}

export class PullScene {
  readonly github: GitHubSandbox;
  readonly watch: ApiWatch;
  readonly #stack: Stack;
  #intercepts = 0;

  /** `folder`: empty. @throws Error after which nothing runs any more */
  static async start(engine: Engine, folder: string): Promise<PullScene> {
    const edgePort = await freePort();
    const github = await startGitHub(appAddressesOf(`http://byway.localhost:${edgePort}`));
    const stack = new Stack({
      dir: folder,
      engine,
      edgePort,
      services: [{ name: 'bench', app: nowhere.port }],
      ingress: nowhere,
      github: gitHubOf(github),
      organisation,
    });
    const scene = new PullScene(github, stack);
    try {
      await stack.start();
      return scene;
    } catch (error) {
      await scene.stop();
      throw error;
    }
  }

  private constructor(github: GitHubSandbox, stack: Stack) {
    this.github = github;
    this.#stack = stack;
    this.watch = new ApiWatch(github);
  }

  /** By the sandbox's clock, milliseconds since 1970. */
  get nowMs(): number {
    return this.github.state.clock.now();
  }

  /** A new branch with a commit, and its pull request. */
  open(branch: string): Pull {
    this.push({ branch });
    const { number } = this.#act({ action: 'open_pull_request', repository, head: branch });
    return { number: Number(number), branch };
  }

  push({ branch }: Pick<Pull, 'branch'>): void {
    this.#act({ action: 'push', repository, branch, login: owner.login });
  }

  close({ number }: Pull): void {
    this.#act({ action: 'close_pull_request', repository, number, login: owner.login });
  }

  /** A comment of the previews' owner. */
  say({ number }: Pull, body: string): void {
    this.#act({ action: 'comment', repository, number, login: owner.login, body });
  }

  headOf({ number }: Pull): string {
    const pulls = this.github.state.world.pull_requests;
    const pull = pulls.find(
      (each) => each.number === number && each.repository_id === repositoryId,
    );
    if (!pull) throw new Error(`there is no pull request ${number}`);
    return pull.head.sha;
  }

  /** Text of the newest comment with the previews; '' before there is one. */
  commentAt(pull: Pull): string {
    return this.commentsAt(pull).at(-1) ?? '';
  }

  /** Texts of all comments with previews that the app has made there: one, if all is well. */
  commentsAt({ number }: Pull): string[] {
    const marker = markerOf({ repositoryId, number });
    return this.github.state.world.comments
      .filter((each) => each.app_id !== null && each.number === number)
      .map(({ body }) => body)
      .filter((body) => body.startsWith(marker));
  }

  /** By the CLI, without a preview. */
  async intercept(): Promise<Intercept> {
    this.#intercepts += 1;
    const name = `pull-${this.#intercepts}`;
    const made = await this.#stack.byway(
      ...['intercept', 'bench', '--name', name, '--preview-url=false'],
      ...['--http-header', `x-pull=${this.#intercepts}`],
      ...['--port', '9:http', '--output', 'json'],
    );
    if (made.code !== 0) throw new Error(made.stderr);
    return { id: (JSON.parse(made.stdout) as Intercept).id, name };
  }

  /** Makes a private preview of the branch. @returns its label */
  async preview(intercept: Intercept, pull: Pull): Promise<string> {
    const { branch } = pull;
    const { status, body } = await this.#stack.api('POST', '/api/v1/previews', {
      cluster: this.#stack.cluster,
      intercept,
      ingress: nowhere,
      owner,
      source: {
        remotes: [repository],
        owner: organisation.login,
        branch,
        sha: this.headOf(pull),
      },
    });
    if (status !== 201) throw new Error(`no preview: ${JSON.stringify(body)}`);
    const { url } = body as { url: string };
    return new URL(url).hostname.split('.')[0] ?? '';
  }

  /**
   * GitHub tells times in whole seconds: a comment of the second in which a preview or a push came may
   * be older than it, and then is not about it.
   */
  async nextSecond(): Promise<void> {
    await pause(1_000 - (this.nowMs % 1_000) + marginMs);
  }

  /** What the sandbox saw that must not be: calls that break GitHub's contract, webhooks not taken. */
  get faults(): string[] {
    const { journal, deliveries } = this.github;
    return [
      ...journal.violations.map(({ what, problems }) => `${what}: ${problems.join('; ')}`),
      ...deliveries
        .all()
        .filter(({ statusCode }) => statusCode >= 300)
        .map(({ event, action, status }) => `webhook ${event} ${action ?? ''}: ${status}`),
    ];
  }

  async stop(): Promise<void> {
    await this.#stack.stop();
    await this.github.stop();
  }

  #act(action: ActionSeed): Record<string, unknown> {
    return { ...this.github.actions.act(action) };
  }
}
