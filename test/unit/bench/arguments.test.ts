/** What `npm run bench` refuses before it starts anything. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const main = join(import.meta.dirname, '../../../bench/main.ts');

function bench(
  ...args: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

describe.runIf(process.platform === 'linux')('arguments of the benchmark', () => {
  it('names both engines when it is given another', async () => {
    const { code, stdout, stderr } = await bench('--engine', 'mars');
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('--engine mars: must be one of node, cloudflare\n');
    expect(stderr).toContain('npm run bench -- [--engine NAME]');
  });

  it.each([
    [['--only', 'hello'], 'direct, nginx, frp, relay, whole, haproxy, agent-pass, agent-filter'],
    [['--engine', 'cloudflare', '--only', 'frp,nginx'], 'direct, frp, relay, fetch-proxy, hello'],
  ])('names the contenders of the engine: %j', async (args, known) => {
    const { code, stderr } = await bench(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(`; there are ${known}\n`);
  });

  it.each(['0', '10', '1.5', 'many'])('refuses %s rounds', async (rounds) => {
    const { code, stderr } = await bench('--engine', 'cloudflare', '--rounds', rounds);
    expect(code).toBe(2);
    expect(stderr).toContain(`--rounds ${rounds}: must be a whole number from 1 to 9\n`);
  });
});
