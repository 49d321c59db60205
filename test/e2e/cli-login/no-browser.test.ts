/** `byway login` without a browser: by a code that is confirmed elsewhere, or with a token. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tokenLike } from '../../unit/cli/login/strict-edge.ts';
import { until } from '../cli-world.ts';
import { olderNode } from '../older-node.ts';
import { useLogin, world } from './use-login.ts';

useLogin();

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

  it.skipIf(olderNode === undefined || !existsSync('/proc'))(
    'gives no child process a token on its command line',
    async () => {
      const token = world.gate.giveToken('bwu');
      const lines = new Set<string>();
      for (const args of [['--token', token], [`--token=${token}`]]) {
        const { child, ended } = world.begin(['login', ...args], '', olderNode!);
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
