/**
 * Somebody's terminal: `byway` with directories of its own and no operator's token, so that only a login
 * gets it anywhere. And calls of the edge's API with any bearer.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { stringify } from 'yaml';
import { appAddressesOf } from '#sandbox/edge-github.ts';
import { defaultSeed } from '#sandbox/github/seed.ts';
import { node, root } from '#sandbox/process.ts';
import { Visitor, type Seen } from '#sandbox/visitor.ts';
import type { GateScene } from './scene.ts';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Begun {
  child: ChildProcess;
  said: { stdout: string; stderr: string };
  ended: Promise<Ended>;
}

export interface Stored {
  access_token: string;
  access_expires_ms: number | null;
  refresh_token: string | null;
}

const limitMs = 60_000;

export class Terminal {
  readonly dir: string;
  readonly config: string;

  constructor(scene: GateScene, name: string) {
    this.dir = join(scene.dir, `terminal-${name}`);
    this.config = join(this.dir, 'config.yaml');
    mkdirSync(join(this.dir, 'run'), { recursive: true, mode: 0o700 });
    mkdirSync(join(this.dir, 'bin'));
    const opener = join(this.dir, 'bin', 'xdg-open');
    writeFileSync(opener, `#!/bin/sh\nprintf '%s\\n' "$1" >> '${this.#openedFile}'\n`);
    chmodSync(opener, 0o755);
    const { stack } = scene;
    const config = {
      connector_url: `http://127.0.0.1:${stack.ports.connector}`,
      laptop_token: stack.laptopToken,
      edge_url: stack.appUrl,
    };
    writeFileSync(this.config, stringify(config), { mode: 0o600 });
  }

  get #openedFile(): string {
    return join(this.dir, 'opened');
  }

  /** What was opened in the browser so far. */
  get opened(): string[] {
    const text = existsSync(this.#openedFile) ? readFileSync(this.#openedFile, 'utf8') : '';
    return text.split('\n').slice(0, -1);
  }

  get credentials(): string {
    return join(this.dir, 'state', 'byway', 'credentials.json');
  }

  get stored(): Stored {
    return JSON.parse(readFileSync(this.credentials, 'utf8')) as Stored;
  }

  /** Changes the file in place. */
  store(change: Partial<Stored>): void {
    writeFileSync(this.credentials, JSON.stringify({ ...this.stored, ...change }));
  }

  begin(args: readonly string[], input = ''): Begun {
    const { PATH = '' } = process.env;
    const child = spawn(node, [join(root, 'cli/bin/byway.mjs'), ...args, '--config', this.config], {
      env: {
        ...process.env,
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
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, ...said }));
    });
    return { child, said, ended };
  }

  byway(...args: string[]): Promise<Ended> {
    return this.begin(args).ended;
  }

  /** The result of a command that must succeed. */
  async json(...args: string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await this.byway(...args, '--output', 'json');
    if (code !== 0) throw new Error(`byway ${args.join(' ')}: ${code}: ${stderr}`);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** A login that waits for its browser, and the address that it shows. */
  async beginLogin(...args: string[]): Promise<Begun & { address: string }> {
    const begun = this.begin(['login', '--no-browser', ...args]);
    const address = await saidBy(begun, /(http:\S+\/oauth\/authorize\S+)\s/);
    return { ...begun, address };
  }

  /** @throws Error unless the command ends well */
  async logIn(login: string, ...args: string[]): Promise<void> {
    const { address, ended } = await this.beginLogin(...args);
    const person = new Visitor(login);
    await allow(person, await person.open(address));
    const { code, stderr } = await ended;
    if (code !== 0) throw new Error(`${login} is not logged in: ${stderr}`);
  }

  /** Ends the daemon. */
  async stop(): Promise<void> {
    await this.byway('quit');
  }
}

/** The first group of what a running command writes to standard error. @throws Error when it ends first */
export async function saidBy({ child, said, ended }: Begun, pattern: RegExp): Promise<string> {
  const found = (): string | undefined => pattern.exec(said.stderr)?.[1];
  for (;;) {
    const text = found();
    if (text !== undefined) return text;
    const isOver = await Promise.race([
      new Promise<false>((resolve) => child.stderr?.once('data', () => resolve(false))),
      ended.then(() => true),
    ]);
    if (isOver && found() === undefined) throw new Error(`it ended without it: ${said.stderr}`);
  }
}

/** Says yes on a consent page, and goes where that leads. */
export async function allow(
  person: Visitor,
  page: Seen,
  fields: Record<string, string> = {},
): Promise<Seen> {
  return person.follow(await person.submit(page, { decision: 'allow', ...fields }));
}

export interface ApiAnswer {
  status: number;
  text: string;
  body: Record<string, unknown>;
  /** Of the error, if it is one. */
  code: string | undefined;
  detail: string;
}

/** A call of the edge's API; `bearer` undefined: in nobody's name. */
export async function callApi(
  scene: GateScene,
  bearer: string | undefined,
  method: string,
  path: string,
  payload?: unknown,
): Promise<ApiAnswer> {
  const { status, text } = await new Visitor().send(`${scene.appUrl}/api/v1${path}`, {
    method,
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
    ...(payload === undefined ? {} : { body: JSON.stringify(payload) }),
  });
  const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  const error = body.error as { code?: string; detail?: string } | undefined;
  return { status, text, body, code: error?.code, detail: error?.detail ?? '' };
}

/** A form to one of the edge's OAuth endpoints, as the CLI sends it. */
export async function postForm(
  scene: GateScene,
  path: string,
  form: Readonly<Record<string, string>>,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const body = new URLSearchParams({ client_id: 'byway-cli', ...form }).toString();
  const seen = await new Visitor().send(`${scene.appUrl}${path}`, {
    method: 'POST',
    body,
    headers: { accept: 'application/json' },
  });
  return { status: seen.status, body: JSON.parse(seen.text) as Record<string, unknown> };
}

/** A second organisation, `rivals`: its owner is eve; dana is a member of both. */
export const rivals = { id: 2, login: 'rivals', owner: 'eve', inBoth: 'dana' };

/** Puts it beside the first one, before anybody has logged in. */
export function addRivals({ github, appUrl }: GateScene): void {
  const seed = defaultSeed(appAddressesOf(appUrl));
  const [sandbox] = seed.organizations ?? [];
  const [installation] = seed.installations ?? [];
  if (!sandbox || !installation) throw new Error('the sandbox has another seed');
  github.seed({
    ...seed,
    users: [
      ...(seed.users ?? []),
      { id: 1005, login: rivals.owner },
      { id: 1006, login: rivals.inBoth },
    ],
    organizations: [
      { ...sandbox, members: [...(sandbox.members ?? []), { user_id: 1006, role: 'member' }] },
      {
        id: rivals.id,
        login: rivals.login,
        members: [
          { user_id: 1005, role: 'admin' },
          { user_id: 1006, role: 'member' },
        ],
      },
    ],
    installations: [installation, { ...installation, id: 502, account_id: rivals.id }],
  });
}
