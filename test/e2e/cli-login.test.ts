/** `byway login`, `logout` and `token`, as processes, against an edge that is strict with them. */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { browse, consent, StrictEdge, tokenLike, visit } from '../unit/cli/login/strict-edge.ts';
import { bin, CliWorld, operatorToken, until, type Ended } from './cli-world.ts';

/** Its `xdg-open` only writes down what it is to open. */
class LoginWorld extends CliWorld {
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

let world: LoginWorld;
beforeEach(async () => {
  world = new LoginWorld();
  await world.start();
});
afterEach(async () => {
  await world.stop();
  expect(world.gate.violations).toEqual([]);
});

const intercept = ['intercept', 'web', '--port', '8080:http'];

describe('byway login', () => {
  it('opens the browser, and prints what the specification says', async () => {
    const { address, ended } = await world.beginLogin();
    await until(() => world.openedUrls.length === 1, 'no browser is opened');
    expect(world.openedUrls).toEqual([address]);
    const page = await browse(address);
    expect(page.text).toContain('Go back to the terminal');
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Launching browser authentication flow...\nLogin successful.\n',
    });
    expect(stderr).toContain(`byway: logged in to ${world.gate.url} as alice (acme)\n`);
    expect(world.stored).toEqual({
      edge_url: world.gate.url,
      organisation: { id: 42, login: 'acme' },
      user: { id: 7, login: 'alice' },
      access_token: expect.stringMatching(/^bwu_/),
      access_expires_ms: expect.any(Number),
      refresh_token: world.gate.families[0]!.refresh,
    });
    expect(statSync(world.credentials).mode & 0o777).toBe(0o600);
    expect(statSync(join(world.credentials, '..')).mode & 0o777).toBe(0o700);
  });

  it('threat 61: shows no token: not on the terminal, in the address, on the page or in the log', async () => {
    await world.byway('list');
    const { address, ended } = await world.beginLogin();
    const page = await browse(address);
    const { stdout, stderr } = await ended;
    const { access_token, refresh_token } = world.stored;
    const log = readFileSync(world.file('.log'), 'utf8');
    for (const text of [stdout, stderr, address, page.text, JSON.stringify(page.headers), log]) {
      for (const secret of [access_token, refresh_token]) expect(text).not.toContain(secret);
    }
    expect(log).toContain('logged in to');
  });

  it('opens nothing with --no-browser, and prints the result alone with --output json', async () => {
    const { code, stdout } = await world.logIn('--no-browser', '--output', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      edge_url: world.gate.url,
      organisation: { id: 42, login: 'acme' },
      user: { id: 7, login: 'alice' },
    });
    expect(world.openedUrls).toEqual([]);
  });

  it('goes on without a browser to open', async () => {
    const bare = join(world.dir, 'bin', 'xdg-open');
    writeFileSync(bare, '#!/nonexistent/interpreter\n');
    expect((await world.logIn()).code).toBe(0);
  });

  it('needs no configuration file where --edge names the edge, and keeps to it', async () => {
    const none = ['--config', join(world.dir, 'none.yaml')];
    expect((await world.logIn('--edge', world.gate.url, ...none)).code).toBe(0);
    expect((await world.logIn(...none)).code).toBe(0);
  });

  it('ends the former login when a new one is there', async () => {
    await world.logIn();
    await world.logIn();
    expect(world.gate.families.map(({ revoked }) => revoked)).toEqual([true, false]);
    expect(world.stored.refresh_token).toBe(world.gate.families[1]!.refresh);
  });

  it('tells why the edge says no', async () => {
    world.gate.consents = false;
    const { code, stderr } = await world.logIn();
    expect(code).toBe(5);
    expect(stderr).toContain('does not let you in: They said no. (access_denied)');
    expect(existsSync(world.credentials)).toBe(false);
  });

  it('ends with 4 where the edge is away', async () => {
    await world.gate.stop();
    const { code, stderr } = await world.byway('login');
    expect(code).toBe(4);
    expect(stderr).toContain(`the edge ${world.gate.url} cannot be reached`);
  });
});

describe('threat 53: the loopback listener of a login', () => {
  it('is not disturbed by foreign callbacks before the right one', async () => {
    const { address, ended } = await world.beginLogin();
    const { searchParams } = new URL(address);
    const redirect = searchParams.get('redirect_uri')!;
    const state = searchParams.get('state')!;
    const right = { state, iss: world.gate.url };
    for (const parameters of [
      { error: 'access_denied' },
      { error: 'access_denied', state: 'forged' },
      { code: 'forged', state: 'forged', iss: world.gate.url },
      { ...right, code: 'forged', iss: 'https://evil.example.com' },
    ]) {
      const { status } = await visit(`${redirect}?${new URLSearchParams(parameters)}`);
      expect(status).toBe(400);
    }
    expect((await visit(`${new URL(redirect).origin}/?${new URLSearchParams(right)}`)).status).toBe(
      400,
    );
    expect((await browse(address)).status).toBe(200);
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).toContain('a request to this login was ignored: its state is not');
    expect(world.gate.asked('/oauth/token')).toHaveLength(1);
  });

  it('threats 4, 5: a code of somebody else is of no use without the verifier', async () => {
    const mine = await world.beginLogin();
    const other = await world.beginLogin();
    const stolen = new URL(await consent(other.address));
    const back = new URL(await consent(mine.address));
    back.searchParams.set('code', stolen.searchParams.get('code')!);
    await visit(back.href);
    const { code, stderr } = await mine.ended;
    expect(code).toBe(5);
    expect(stderr).toContain('invalid_grant');
    expect(world.gate.violations.splice(0)).toEqual(['token: code_verifier']);
    expect(existsSync(world.credentials)).toBe(false);
    other.child.kill('SIGKILL');
  });

  it('ignores an answer in another issuer’s name (RFC 9207)', async () => {
    world.gate.callbackIssuer = 'https://evil.example.com';
    const { address, said, child } = await world.beginLogin();
    expect((await browse(address)).status).toBe(400);
    await until(() => said.stderr.includes('does not say that it comes from'), 'it says nothing');
    expect(world.gate.asked('/oauth/token')).toEqual([]);
    child.kill('SIGKILL');
  });

  it('is gone after Ctrl-C, and nothing is left', async () => {
    const { address, child, ended } = await world.beginLogin();
    const back = await consent(address);
    child.kill('SIGINT');
    await ended;
    await expect(visit(back)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const state = join(world.dir, 'state', 'byway');
    expect(existsSync(state) ? readdirSync(state) : []).toEqual([]);
    expect((await world.logIn()).code).toBe(0);
  });
});

describe('several organisations', () => {
  beforeEach(() => world.gate.organisations.push({ id: 43, login: 'globex' }));

  it('are listed where nobody can be asked', async () => {
    const { code, stderr } = await world.logIn();
    expect(code).toBe(2);
    expect(stderr).toContain('\n  --organisation acme\n  --organisation globex\n');
    expect(existsSync(world.credentials)).toBe(false);
  });

  it('are chosen among by --organisation', async () => {
    expect((await world.logIn('--organisation', 'globex')).code).toBe(0);
    expect(world.stored.organisation).toEqual({ id: 43, login: 'globex' });
  });

  it('are no way into another one', async () => {
    const { code, stderr } = await world.logIn('--organisation', 'initech');
    expect(code).toBe(5);
    expect(stderr).toContain('You are no member of initech.');
  });

  it('a login for another one than was asked for is ended, not kept', async () => {
    const [acme] = world.gate.organisations;
    const { address, ended } = await world.beginLogin('--organisation', 'globex');
    const back = await consent(address);
    world.gate.organisations = [acme!];
    await visit(back);
    const { code, stderr } = await ended;
    expect(code).toBe(5);
    expect(stderr).toContain('gives a login for acme, not for globex');
    expect(world.gate.families[0]!.revoked).toBe(true);
    expect(existsSync(world.credentials)).toBe(false);
  });
});

describe('threat 54: byway login --device', () => {
  async function begin() {
    const running = world.begin(['login', '--device']);
    const userCode = (): string | undefined => /code: (\S+)/.exec(running.said.stderr)?.[1];
    await until(() => userCode() !== undefined, 'no code');
    return { ...running, userCode: userCode()! };
  }

  it('needs a confirmed code, and opens no browser', async () => {
    const { userCode, ended, said } = await begin();
    expect(said.stderr).toContain(`${world.gate.url}/device`);
    await until(() => world.gate.asked('/oauth/token').length > 0, 'it does not poll');
    world.gate.decide(userCode, 'approved');
    const { code, stdout } = await ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Login successful.\n' });
    expect(world.stored.refresh_token).toBe(world.gate.families[0]!.refresh);
    expect(world.openedUrls).toEqual([]);
  });

  it.each([
    ['denied', 5, 'does not let you in'],
    ['expired', 3, 'run byway login --device again'],
  ] as const)('ends when the code is %s', async (how, exitCode, words) => {
    const { userCode, ended } = await begin();
    world.gate.decide(userCode, how);
    const { code, stderr } = await ended;
    expect(code).toBe(exitCode);
    expect(stderr).toContain(words);
  });
});

describe('byway login --token', () => {
  it('keeps a token that the edge takes, from standard input or the flag', async () => {
    for (const prefix of ['bwu', 'bws'] as const) {
      const token = world.gate.giveToken(prefix);
      const { code, stdout, stderr } = await world.begin(['login', '--token', '-'], `${token}\n`)
        .ended;
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'Login successful.\n' });
      expect(stderr).not.toContain(token);
      expect(world.stored).toMatchObject({
        access_token: token,
        access_expires_ms: null,
        refresh_token: null,
      });
      expect((await world.byway('login', '--token', token)).code).toBe(0);
    }
    expect(world.gate.asked('/oauth/token')).toEqual([]);
  });

  it('keeps none that the edge does not take', async () => {
    const { code, stderr } = await world.byway('login', '--token', tokenLike('bwu'));
    expect(code).toBe(3);
    expect(stderr).toContain('does not take the token');
    expect(existsSync(world.credentials)).toBe(false);
  });

  it('sends none that cannot be one, and none for another organisation', async () => {
    const secret = `ghp_${'secret'.repeat(6)}`;
    const { code, stderr } = await world.byway('login', '--token', secret);
    expect(code).toBe(2);
    expect(stderr).not.toContain(secret);
    expect(world.gate.requests).toEqual([]);
    const token = world.gate.giveToken('bwu');
    expect((await world.byway('login', '--token', token, '--organisation', 'globex')).code).toBe(5);
    expect(existsSync(world.credentials)).toBe(false);
  });

  const older = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .filter((file) => existsSync(file))
    .find((file) => {
      const text = execFileSync(file, ['--version'], { encoding: 'utf8' });
      return Number(/^v(\d+)/.exec(text)?.[1]) < 24;
    });

  it.skipIf(older === undefined || !existsSync('/proc'))(
    'gives no child process a token on its command line',
    async () => {
      const token = world.gate.giveToken('bwu');
      const lines = new Set<string>();
      for (const args of [['--token', token], [`--token=${token}`]]) {
        const { child, ended } = world.begin(['login', ...args], '', older!);
        let over = false;
        void ended.then(() => (over = true));
        await until(() => {
          for (const line of commandLinesBelow(child.pid!)) lines.add(line);
          return over;
        }, 'it does not end');
        expect((await ended).code).toBe(0);
        expect(world.stored.access_token).toBe(token);
      }
      expect([...lines].some((line) => line.includes('--token'))).toBe(true);
      expect([...lines].filter((line) => line.includes(token))).toEqual([]);
    },
  );
});

/** A child that has not become another program yet has its parent's, which the person gave. */
function commandLinesBelow(pid: number): string[] {
  const lineOf = (each: number | string): string => readFileSync(`/proc/${each}/cmdline`, 'utf8');
  try {
    const own = lineOf(pid);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children
      .split(' ')
      .filter((child) => child !== '')
      .map(lineOf)
      .filter((line) => line !== own);
  } catch {
    return [];
  }
}

describe('byway logout', () => {
  it('ends the login at the edge and here', async () => {
    await world.logIn();
    const { refresh_token } = world.stored;
    const { code, stdout, stderr } = await world.byway('logout');
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'Logout successful.\n',
      stderr: '',
    });
    expect(world.gate.families[0]!.revoked).toBe(true);
    expect(world.gate.asked('/oauth/revoke')[0]!.form.get('token')).toBe(refresh_token);
    expect(existsSync(world.credentials)).toBe(false);
    expect((await world.byway('logout')).stdout).toBe('Not logged in\n');
  });

  it('works offline, and says what the edge does not know', async () => {
    await world.logIn();
    await world.gate.stop();
    const { code, stdout, stderr } = await world.byway('logout', '--output', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ logged_out: true, revoked: false });
    expect(stderr).toContain('logged out here, but the edge could not be told');
    expect(existsSync(world.credentials)).toBe(false);
  });

  it('leaves a given token alive, and an operator token alone', async () => {
    const token = world.gate.giveToken('bws');
    await world.byway('login', '--token', token);
    world.configure({ edge_url: world.gate.url, operator_token: operatorToken });
    const { stderr } = await world.byway('logout');
    expect(stderr).toContain('the token itself goes on');
    expect(stderr).toContain(`operator_token in ${world.config} goes on counting as logged in`);
    expect(world.gate.asked('/oauth/revoke')).toEqual([]);
    expect(existsSync(world.credentials)).toBe(false);
  });

  it('ends a login that others could have read', async () => {
    await world.logIn();
    chmodSync(world.credentials, 0o644);
    const used = await world.byway('token', 'list');
    expect(used.code).toBe(3);
    expect(used.stderr).toContain('mode 0600');
    expect((await world.byway('logout')).code).toBe(0);
    expect(world.gate.families[0]!.revoked).toBe(true);
  });
});

describe('a daemon that runs', () => {
  it('makes previews from the login on, and none after the logout', async () => {
    expect((await world.byway(...intercept, '--preview-url')).stderr).toContain('byway login');
    await world.byway('list');
    await world.logIn();
    const made = await world.byway(...intercept);
    expect(made.stderr).not.toContain('log in');
    expect(made.stdout).toContain('Preview URL      : http://amber-otter-1.preview.localhost\n');
    const status = (await world.byway('status')).stdout;
    expect(status).toContain('    web: ');
    expect(status).toContain('\n  Login:         alice (acme)\n');
    const out = await world.byway('logout');
    expect(out.stderr).toContain('1 of your intercepts have previews');
    expect((await world.byway('status')).stdout).not.toContain('Login:');
    expect((await world.byway(...intercept, '--name', 'two', '--preview-url')).code).toBe(3);
    const left = await world.byway('leave', 'web');
    expect(left.code).toBe(4);
    expect(left.stderr).toContain('log in: byway login');
    // What waited for a login is done with the next one.
    await world.logIn();
    await until(() => world.gate.previews.length === 0, 'the preview stays');
  });

  it('renews the login by itself', async () => {
    world.gate.expiresInS = 200;
    await world.logIn();
    const { access_token } = world.stored;
    world.gate.expiresInS = 3600;
    await world.byway('list');
    await until(() => world.stored.access_token !== access_token, 'it is not renewed');
    expect(world.stored.refresh_token).toBe(world.gate.families[0]!.refresh);
  });

  it('says clearly when the login is over', async () => {
    await world.logIn();
    await world.byway('list');
    world.gate.removeMember();
    const { code, stderr } = await world.byway(...intercept);
    expect(code).toBe(3);
    expect(stderr).toContain('does not renew the login');
    expect(stderr).toContain('log in again: byway login');
    expect((await world.byway('status')).stdout).toMatch(
      / {2}Login: .*log in again: byway login\n/,
    );
    expect(await world.json('status')).toMatchObject({
      intercepts: [],
      login: { user: { login: 'alice' }, problem: expect.stringContaining('does not renew') },
    });
    world.gate.families.splice(0);
    await world.logIn();
    expect((await world.byway(...intercept)).code).toBe(0);
  });

  it('does not use a login for another edge than the configuration’s', async () => {
    await world.logIn('--edge', world.gate.url);
    world.configure({ edge_url: world.edgeUrl });
    const { code, stderr } = await world.byway(...intercept, '--preview-url');
    expect(code).toBe(3);
    expect(stderr).toContain('--preview-url needs a login');
  });
});

describe('the login in several processes', () => {
  it('is renewed by one of them', async () => {
    world.gate.expiresInS = 200;
    await world.logIn();
    world.gate.expiresInS = 3600;
    const commands = await Promise.all(
      Array.from({ length: 4 }, () => world.byway('token', 'list')),
    );
    expect(commands.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const renewals = world.gate
      .asked('/oauth/token')
      .filter(({ form }) => form.get('grant_type') === 'refresh_token');
    expect(renewals).toHaveLength(1);
  });
});

describe('byway token', () => {
  beforeEach(() => world.logIn('--no-browser'));

  it('prints the secret once, and alone', async () => {
    const args = ['--kind', 'service', '--name', 'ci', '--scope', 'view', '--expires', '30d'];
    const made = await world.byway('token', 'create', ...args);
    expect(made.code).toBe(0);
    expect(made.stdout).toMatch(/^bws_\w{12}_\w{43}_\w{6}\n$/);
    expect(made.stderr).toContain('service token “ci”');
    expect(made.stderr).not.toContain(made.stdout.trim());
    expect(JSON.parse(world.gate.asked('/api/v1/tokens').at(-1)!.body)).toEqual({
      kind: 'service',
      name: 'ci',
      scopes: ['view'],
      expires_in_s: 2_592_000,
    });
    const json = await world.json('token', 'create', '--kind', 'personal', '--name', 'me');
    expect(json).toMatchObject({ name: 'me', token: expect.stringMatching(/^bwu_/) });
    const list = await world.byway('token', 'list');
    expect(list.stdout).toMatch(
      /^ID +KIND +NAME .*\n\w{12} +service +ci .*\n\w{12} +personal +me /,
    );
    expect((await world.byway('token', 'list', '--output', 'yaml')).stdout).toContain('name: ci\n');
  });

  it('never lists a secret, whatever the edge sends', async () => {
    const secret = tokenLike('bws');
    world.gate.tokens = [{ id: 'A'.repeat(12), name: 'ci', token: secret }];
    for (const output of ['text', 'json', 'yaml']) {
      const { code, stdout } = await world.byway('token', 'list', '--output', output);
      expect(code).toBe(0);
      expect(stdout).toContain('ci');
      expect(stdout).not.toContain(secret);
    }
  });

  it('rotates and revokes', async () => {
    const args = ['--kind', 'connector', '--name', 'c', '--cluster', 'abcdefgh'];
    const { id } = await world.json('token', 'create', ...args);
    const rotated = await world.byway('token', 'rotate', String(id), '--grace', '24h');
    expect(rotated.stdout).toMatch(/^bw\w{61,}\n$/);
    expect(JSON.parse(world.gate.asked(`/api/v1/tokens/${id}/rotate`)[0]!.body)).toEqual({
      grace_s: 86_400,
    });
    expect((await world.byway('token', 'revoke', String(id))).stdout).toBe(`Revoked ${id}\n`);
    const again = await world.byway('token', 'revoke', String(id));
    expect(again.code).toBe(5);
    expect(again.stderr).toContain('the edge says: There is no such token. List.');
    expect((await world.byway('token', 'list')).stdout).toBe('No tokens\n');
  });

  it('does not repeat a secret that was given for an id', async () => {
    const secret = tokenLike('bws');
    const { code, stderr } = await world.byway('token', 'revoke', secret);
    expect(code).toBe(2);
    expect(stderr).toContain('the 12 characters that byway token list shows');
    expect(stderr).not.toContain(secret);
  });
});

describe('wrong input', () => {
  const id = 'A'.repeat(12);
  it.each<[number, string[], string]>([
    [2, ['login', '--edge', 'nonsense'], '--edge nonsense: must be an https URL'],
    [2, ['login', '--edge', 'http://byway.example.com'], 'must be https'],
    [2, ['login', '--edge'], '--edge'],
    [2, ['login', '--organisation', 'a b'], '--organisation a b: must be the login'],
    [2, ['login', '--token', 'short'], '--token: must be a personal'],
    [2, ['login', '--token', '-'], '--token -: standard input is empty'],
    [2, ['login', '--token', '-', '--device'], '--token and --device exclude each other'],
    [2, ['login', '--output', 'xml'], 'text, json, yaml'],
    [2, ['login', 'alice'], 'too many arguments'],
    [2, ['logout', '--output', 'xml'], 'text, json, yaml'],
    [2, ['token', 'create', '--name', 'ci'], '--kind'],
    [2, ['token', 'create', '--kind', 'admin', '--name', 'ci'], 'service, connector, personal'],
    [2, ['token', 'create', '--kind', 'service'], '--name'],
    [2, ['token', 'create', '--kind', 'service', '--name', 'ci', '--scope', 'all'], '--scope all'],
    [2, ['token', 'create', '--kind', 'connector', '--name', 'c'], '--cluster'],
    [
      2,
      ['token', 'create', '--kind', 'service', '--name', 'c', '--preview', 'a.b'],
      '--preview a.b',
    ],
    [
      2,
      ['token', 'create', '--kind', 'service', '--name', 'c', '--expires', 'soon'],
      '--expires soon',
    ],
    [2, ['token', 'rotate', id, '--grace', '1y'], '--grace 1y: must be a number and a unit'],
    [2, ['token', 'rotate'], 'id'],
    [2, ['token', 'revoke', '../me'], 'ID: must be the 12 characters'],
    [2, ['token', 'lisst'], 'lisst'],
    [3, ['token', 'list'], 'not logged in; log in: byway login'],
    [3, ['token', 'revoke', id], 'not logged in; log in: byway login'],
  ])('ends with %i: %j', async (exitCode, args, words) => {
    const { code, stdout, stderr } = await world.begin(args).ended;
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr.startsWith('byway: ')).toBe(true);
    expect(world.gate.requests).toEqual([]);
    expect(existsSync(world.credentials)).toBe(false);
  });

  it('asks for the edge where nothing names it', async () => {
    world.configure({});
    const { code, stderr } = await world.byway('login');
    expect(code).toBe(2);
    expect(stderr).toContain('which edge? Give --edge URL');
  });

  it('does not send a login over plain HTTP because the configuration says so', async () => {
    world.configure({ edge_url: 'http://byway.example.com' });
    const { code, stderr } = await world.byway('login');
    expect(code).toBe(2);
    expect(stderr).toContain('edge_url of ');
    expect(stderr).toContain('must be https');
  });
});
