/**
 * Somebody who sets an edge up: the GitHub sandbox, a folder with the edge's configuration and nothing
 * about GitHub in it, and `byway setup github` as a process.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from '#sandbox/free-port.ts';
import { startGitHub, type GitHubSandbox } from '#sandbox/github/github.ts';
import { node, root } from '#sandbox/process.ts';
import { navigation, Visitor, type Seen } from '#sandbox/visitor.ts';
import { saidBy, type Begun, type Ended } from '../gate/terminal.ts';

const limitMs = 60_000;
export const operatorToken = 'operator-token-of-the-setup-test';

export class SetupWorld {
  readonly dir = mkdtempSync(join(tmpdir(), 'byway-setup-'));
  github!: GitHubSandbox;
  port = 0;
  readonly #running = new Set<Begun>();

  get appUrl(): string {
    return `http://byway.localhost:${this.port}`;
  }

  get edgeConfig(): string {
    return join(this.dir, 'edge.yaml');
  }

  async start(): Promise<void> {
    this.github = await startGitHub();
    this.port = await freePort();
    for (const name of ['run', 'bin']) mkdirSync(join(this.dir, name), { mode: 0o700 });
    writeFileSync(join(this.dir, 'operator.token'), operatorToken, { mode: 0o600 });
    this.program('xdg-open', `printf '%s\\n' "$1" >> '${join(this.dir, 'opened')}'`);
    writeFileSync(
      this.edgeConfig,
      `# the edge of the team\napp_url: ${this.appUrl} # behind the proxy\n` +
        `preview_domain: preview.localhost\nlisten: { host: 127.0.0.1, port: ${this.port} }\n\n` +
        '# back it up\ndata_dir: edge-data\noperator_token_file: operator.token\n',
    );
  }

  async stop(): Promise<void> {
    for (const { child, ended } of this.#running) {
      child.kill('SIGKILL');
      await ended;
    }
    const { violations } = this.github.journal;
    await this.github.stop();
    rmSync(this.dir, { recursive: true, force: true });
    if (violations.length > 0) throw new Error(JSON.stringify(violations));
  }

  /** A shell script on the path. */
  program(name: string, script: string): void {
    writeFileSync(join(this.dir, 'bin', name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(this.dir, 'bin', name), 0o755);
  }

  begin(...args: string[]): Begun {
    const { PATH = '' } = process.env;
    const child = spawn(node, [join(root, 'cli/bin/byway.mjs'), ...args], {
      cwd: this.dir,
      env: {
        ...process.env,
        BYWAY_CONFIG: join(this.dir, 'config.yaml'),
        XDG_RUNTIME_DIR: join(this.dir, 'run'),
        XDG_STATE_HOME: join(this.dir, 'state'),
        PATH: `${join(this.dir, 'bin')}${delimiter}${PATH}`,
      },
      stdio: 'pipe',
      timeout: limitMs,
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (bytes: Buffer) => (said.stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (said.stderr += bytes.toString()));
    child.stdin.end();
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, ...said }));
    });
    const begun = { child, said, ended };
    this.#running.add(begun);
    void ended.finally(() => this.#running.delete(begun));
    return begun;
  }

  /** `byway setup github` at the sandbox. */
  setup(...args: string[]): Begun {
    const { loopbackUrl } = this.github;
    const common = ['setup', 'github', '--organisation', 'sandbox', '--github-url', loopbackUrl];
    return this.begin(...common, ...args);
  }

  /** One that waits for its browser, and the address that it shows. */
  async beginSetup(...args: string[]): Promise<Begun & { address: string }> {
    const begun = this.setup('--no-browser', ...args);
    return { ...begun, address: await saidBy(begun, /(http:\/\/127\.0\.0\.1:\S+)\n/) };
  }

  read(name: string): string {
    return readFileSync(join(this.dir, name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(join(this.dir, name));
  }
}

/** Opens the page of a set-up and goes on to GitHub's page that asks whether to create the app. */
export async function toGitHub(person: Visitor, address: string): Promise<Seen> {
  return person.submit(await person.open(address));
}

/** Presses the button there. Where GitHub leads is not followed. */
export async function create(person: Visitor, page: Seen, name?: string): Promise<Seen> {
  const [, action = '', form = ''] =
    /<form [^>]*action="(\/organizations\/[\w-]+\/settings\/apps)">([^]*?)<\/form>/.exec(
      page.text,
    ) ?? [];
  const body = new URLSearchParams();
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    const value = /\bvalue="([^"]*)"/.exec(input)?.[1] ?? '';
    body.set(/\bname="([^"]*)"/.exec(input)?.[1] ?? '', plain(value));
  }
  if (name !== undefined) body.set('name', name);
  const headers = { ...navigation, 'sec-fetch-site': 'same-origin' };
  return person.send(new URL(action, page.url), { method: 'POST', body: body.toString(), headers });
}

/** A member of the organisation, who owns it: from the page to the end of the way in the browser. */
export async function register(address: string, name?: string): Promise<Seen> {
  const alice = new Visitor('alice');
  return alice.follow(await create(alice, await toGitHub(alice, address), name));
}

function plain(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}
