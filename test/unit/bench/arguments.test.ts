/** What `npm run bench` refuses before it starts anything. */
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const main = join(root, 'bench/main.ts');

function bench(
  ...args: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** Which parts are measured with these arguments. */
function partsOf(args: readonly string[]): unknown {
  const program = `const { optionsOf } = await import('./bench/arguments.ts');
    const { contenders, gate, pullRequests } = optionsOf(${JSON.stringify(args)});
    const parts = { contenders: contenders.length > 0, gate, pullRequests };
    process.stdout.write(JSON.stringify(parts));`;
  const options = { encoding: 'utf8', cwd: root } as const;
  const text = execFileSync(process.execPath, ['--input-type=module', '--eval', program], options);
  return JSON.parse(text);
}

const nothing = { contenders: false, gate: false, pullRequests: false };

describe('the parts of the benchmark', () => {
  it.each([
    [[], { contenders: true, gate: true, pullRequests: true }],
    [['--quick'], { ...nothing, contenders: true }],
    [['--only', 'frp'], { ...nothing, contenders: true }],
    [['--gate'], { ...nothing, gate: true }],
    [['--pull-requests'], { ...nothing, pullRequests: true }],
    [['--pull-requests', '--quick', '--engine', 'cloudflare'], { ...nothing, pullRequests: true }],
    [['--gate', '--pull-requests'], { ...nothing, gate: true, pullRequests: true }],
  ])('%j', (args, parts) => expect(partsOf(args)).toEqual(parts));
});

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

  it('names the parts that it can measure alone', async () => {
    const { code, stderr } = await bench('--pull-request');
    expect(code).toBe(2);
    expect(stderr).toContain("Unknown option '--pull-request'");
    expect(stderr).toContain('[--gate] [--pull-requests]');
  });

  it.each(['0', '10', '1.5', 'many'])('refuses %s rounds', async (rounds) => {
    const { code, stderr } = await bench('--engine', 'cloudflare', '--rounds', rounds);
    expect(code).toBe(2);
    expect(stderr).toContain(`--rounds ${rounds}: must be a whole number from 1 to 9\n`);
  });
});
