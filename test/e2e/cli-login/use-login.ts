/** Real `byway` processes with a browser to open and an edge that is strict with them, new for each test. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { browse, StrictEdge } from '../../unit/cli/login/strict-edge.ts';
import { bin, CliWorld, until, type Ended } from '../cli-world.ts';

/** Its `xdg-open` only writes down what it is to open. */
export class LoginWorld extends CliWorld {
  readonly gate = new StrictEdge();
  readonly #running = new Set<ChildProcess>();

  override get env(): NodeJS.ProcessEnv {
    const { PATH = '' } = process.env;
    return { ...super.env, PATH: `${join(this.dir, 'bin')}${delimiter}${PATH}` };
  }

  override async start(): Promise<void> {
    await super.start();
    await this.gate.start();
    mkdirSync(join(this.dir, 'bin'));
    const opener = join(this.dir, 'bin', 'xdg-open');
    writeFileSync(opener, `#!/bin/sh\nprintf '%s\\n' "$1" >> '${this.opened}'\n`);
    chmodSync(opener, 0o755);
    this.configure({ edge_url: this.gate.url });
  }

  override async stop(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL');
    await this.gate.stop();
    await super.stop();
  }

  get opened(): string {
    return join(this.dir, 'opened');
  }

  /** What was opened in the browser so far, in whole lines. */
  get openedUrls(): string[] {
    const text = existsSync(this.opened) ? readFileSync(this.opened, 'utf8') : '';
    return text.split('\n').slice(0, -1);
  }

  get credentials(): string {
    return join(this.dir, 'state', 'byway', 'credentials.json');
  }

  get stored(): Record<string, unknown> & { access_token: string; refresh_token: string } {
    return JSON.parse(readFileSync(this.credentials, 'utf8')) as LoginWorld['stored'];
  }

  /** A running command whose words can be read meanwhile; `input` is all of its standard input. */
  begin(args: string[], input = '', node = process.execPath) {
    const child = spawn(node, [bin, ...args], { env: this.env, stdio: 'pipe' });
    this.#running.add(child);
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (bytes: Buffer) => (said.stdout += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (said.stderr += bytes.toString()));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        this.#running.delete(child);
        resolve({ code, ...said });
      });
    });
    return { child, said, ended };
  }

  /** A login that waits for its browser, and the address that it shows. */
  async beginLogin(...args: string[]) {
    const running = this.begin(['login', ...args]);
    const address = (): string | undefined =>
      /: (http:\S+\/oauth\/authorize\S+)/.exec(running.said.stderr)?.[1];
    await until(() => address() !== undefined, `no address: ${running.said.stderr}`);
    return { ...running, address: address()! };
  }

  async logIn(...args: string[]): Promise<Ended> {
    const { address, ended } = await this.beginLogin(...args);
    await browse(address);
    return ended;
  }
}

export let world: LoginWorld;

export function useLogin(): void {
  beforeEach(async () => {
    world = new LoginWorld();
    await world.start();
  });
  afterEach(async () => {
    await world.stop();
    expect(world.gate.violations).toEqual([]);
  });
}
