/**
 * `npm run demo`: a private preview URL of a sample shop whose reviews come from "the laptop", and a
 * GitHub to sign in with. Stays until Ctrl-C; leaves nothing behind.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { appAddressesOf, gitHubOf } from '../edge-github.ts';
import { freePort } from '../free-port.ts';
import { startGitHub, type GitHubSandbox } from '../github/github.ts';
import { findNginx, startNginx } from '../ingress/nginx.ts';
import { portOf, startFile, type Running } from '../process.ts';
import { signIn } from '../sign-in.ts';
import { Stack } from '../stack.ts';
import { flags, type Flags } from './flags.ts';
import { summary, type Facts } from './facts.ts';

const shopHost = 'shop.localhost';

const made = z.object({
  id: z.string(),
  name: z.string(),
  headers: z.array(z.object({ name: z.string(), value: z.string() })).min(1),
  preview: z.object({ url: z.string() }),
});

const organisation = { id: 1, login: 'sandbox' };
/** Whose laptop it is. */
const developer = 'alice';
/** For the link to come up at the pull request; it takes two seconds. */
const linkLimitMs = 15_000;
/** Of the sandbox's seed: the working copy's, if this were one. */
const pull = { repository: 'sandbox/shop', number: 1 };

class Demo {
  readonly #dir = mkdtempSync(join(tmpdir(), 'byway-demo-'));
  readonly #running: Running[] = [];
  readonly #flags: Flags;
  #stopIngress: () => Promise<void> = () => Promise.resolve();
  #stack: Stack | undefined;
  #github: GitHubSandbox | undefined;

  constructor(options: Flags) {
    this.#flags = options;
  }

  async start(): Promise<Facts> {
    const { edgePort = await freePort(), ingressPort = await freePort() } = this.#flags;
    const { laptopPort = await freePort() } = this.#flags;
    this.#say('Starting the shop: web → catalog → reviews, each behind an agent …');
    const agents = { web: await freePort(), catalog: await freePort(), reviews: await freePort() };
    const at = (port: number): string => `http://127.0.0.1:${port}`;
    const reviews = await this.#service('reviews', '--version', 'cluster');
    const catalog = await this.#service('catalog', '--next', at(agents.reviews));
    const web = await this.#service('web', '--next', at(agents.catalog));
    const local = await this.#service(
      'reviews',
      '--version',
      'laptop',
      '--port',
      String(laptopPort),
    );
    const ingressPid = await this.#ingress(ingressPort, agents.web);

    this.#say('Starting a GitHub to sign in with …');
    const gitHub = await startGitHub(appAddressesOf(`http://byway.localhost:${edgePort}`));
    this.#github = gitHub;
    // Outsiders shall see the pull request too, and be refused for what they write there.
    gitHub.actions.act({ action: 'set_visibility', repository: pull.repository, private: false });

    this.#say(`Starting edge (${this.#flags.engine}), connector and agents …`);
    const stack = new Stack({
      dir: this.#dir,
      engine: this.#flags.engine,
      edgePort,
      github: gitHubOf(gitHub),
      organisation,
      operatorLaptop: false,
      services: [
        { name: 'web', app: portOf(web, 'http'), listen: agents.web },
        { name: 'catalog', app: portOf(catalog, 'http'), listen: agents.catalog },
        { name: 'reviews', app: portOf(reviews, 'http'), listen: agents.reviews },
      ],
      ingress: { host: '127.0.0.1', port: ingressPort, l5: shopHost },
    });
    this.#stack = stack;
    await stack.start();
    const daemon = await stack.startPart('daemon');

    this.#say(`Logging ${developer} in: byway login …`);
    await signIn(developer, join(this.#dir, 'cli.yaml'), stack.env);

    this.#say(
      `Intercepting reviews: byway intercept reviews --port ${laptopPort}:http --pr ${pull.repository}#${pull.number} …`,
    );
    const pullUrl = `${gitHub.loopbackUrl}/${pull.repository}/pull/${pull.number}`;
    const result = await stack.byway(
      ...['intercept', 'reviews', '--port', `${laptopPort}:http`],
      ...['--pr', pullUrl, '--output', 'json'],
    );
    if (result.code !== 0) throw new Error(`byway intercept failed: ${result.stderr}`);
    const intercept = made.parse(JSON.parse(result.stdout));
    const pids: Record<string, number> = {
      demo: process.pid,
      ingress: ingressPid,
      laptop: local.pid,
      daemon: daemon.pid,
    };
    for (const [name, { pid }] of stack.parts) pids[name] = pid;
    Object.assign(pids, {
      'app-web': web.pid,
      'app-catalog': catalog.pid,
      'app-reviews': reviews.pid,
    });
    const { url } = intercept.preview;
    await this.#linked(gitHub, url);
    return {
      edge: { app: stack.appUrl, preview_domain: 'preview.localhost' },
      ingress: { url: `http://${shopHost}:${ingressPort}`, host: shopHost },
      preview: { url },
      intercept: { id: intercept.id, name: intercept.name, header: intercept.headers[0] },
      laptop: { url: at(laptopPort) },
      github: { url: gitHub.loopbackUrl },
      pull_request: { url: pullUrl },
      dashboard: { url: `${stack.appUrl}/dashboard` },
      users: usersOf(gitHub),
      token: await this.#token(stack, url),
      pids,
    };
  }

  /** Whoever opens the pull request at once finds the link there, and may comment on it. */
  async #linked({ state }: GitHubSandbox, url: string): Promise<void> {
    const isThere = (): boolean =>
      state.world.comments.some(({ app_id, body }) => app_id !== null && body.includes(url));
    for (const deadline = Date.now() + linkLimitMs; Date.now() < deadline;) {
      if (isThere()) return;
      await pause(50);
    }
    this.#say('The pull request does not show the link yet; look again in a while.');
  }

  /** For programs: opens this preview and nothing else. */
  async #token(stack: Stack, url: string): Promise<string> {
    const { status, body } = await stack.api('POST', '/api/v1/tokens', {
      kind: 'service',
      name: 'demo',
      preview: new URL(url).hostname.split('.')[0],
      organisation: organisation.id,
    });
    if (status !== 201) throw new Error(`the edge made no token: ${JSON.stringify(body)}`);
    return (body as { token: string }).token;
  }

  async stop(): Promise<void> {
    await this.#stack?.stop();
    await this.#github?.stop();
    await this.#stopIngress();
    for (const running of this.#running.toReversed()) await running.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #say(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  async #service(name: string, ...args: string[]): Promise<Running> {
    const running = await startFile('sandbox/shop/main.ts', ['--service', name, ...args]);
    this.#running.push(running);
    return running;
  }

  async #ingress(port: number, web: number): Promise<number> {
    const rules = [{ host: shopHost, port: web }];
    const nginx = findNginx();
    if (nginx !== undefined) {
      const ingress = await startNginx(nginx, { dir: join(this.#dir, 'nginx'), port, rules });
      this.#stopIngress = () => ingress.stop();
      return ingress.pid;
    }
    this.#say('nginx is not installed; using the sandbox’s own ingress.');
    const args = ['--port', String(port), '--rules', JSON.stringify(rules)];
    const own = await startFile('sandbox/ingress/main.ts', args);
    this.#running.push(own);
    return own.pid;
  }
}

const options = flags();
const demo = new Demo(options);
let stopping: Promise<void> | undefined;
const stop = (code: number): void => {
  stopping ??= demo.stop().then(
    () => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`demo: ${String(error)}\n`);
      process.exit(1);
    },
  );
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(0));
try {
  const facts = await demo.start();
  if (options.json) process.stdout.write(`${JSON.stringify(facts)}\n`);
  else process.stdout.write(summary(facts));
  setInterval(() => {}, 1 << 30);
} catch (error) {
  if (!stopping)
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  stop(1);
}

function usersOf({ state }: GitHubSandbox): Facts['users'] {
  const { users, organizations } = state.world;
  const members = organizations.find(({ id }) => id === organisation.id)?.members ?? [];
  return users.map(({ id, login }) => {
    const member = members.find(({ user_id }) => user_id === id);
    const role = member?.state === 'pending' ? 'pending' : (member?.role ?? 'outsider');
    return { login, role };
  });
}
