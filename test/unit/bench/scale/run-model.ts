/** Runs the load model as people do, in a process of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../../../..');

export interface Pressure {
  what: string;
  load: number;
  limit: number;
  raisedBy: string;
}

interface Spread {
  p50: number;
  p99: number;
  max: number;
}

export interface Outcome {
  team: { previews: number; shards: number };
  requestsPerDay: number;
  organisation: { viewers: number; membershipPerHour: number; listedPerHour: number };
  cloudflare: {
    objects: number;
    tunnelSockets: number;
    previewsOfObject: Spread;
    requestsPerS: Spread;
    shareOverLimit: number;
    memoryBytes: Spread;
    worstMemoryBytes: number;
    atRest: { total: number };
    underLoad: { total: number; duration: number };
    underLoadAwake: { total: number };
    freePlan: Pressure;
    pressures: Pressure[];
  };
  node: {
    clusters: number;
    machines: number;
    machinesUsd: number;
    trafficUsd: number;
    memoryBytes: number;
    pressures: Pressure[];
  };
}

export interface Report {
  seed: number;
  inputs: Record<
    string,
    Record<string, { value: number; unit: string; kind: string; source: string }>
  >;
  outcomes: Outcome[];
}

export function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const main = join(root, 'bench/scale/main.ts');
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', maxBuffer: 2 ** 26 });
}

/** What the model says of teams, without its tables. */
export function report(...args: string[]): Report {
  const { status, stdout, stderr } = run(...args, '--json', '-');
  if (status !== 0) throw new Error(stderr);
  const parsed: Report = JSON.parse(stdout);
  return parsed;
}

/** The tables, and what was written beside them. */
export function tables(): { text: string; report: Report } {
  const dir = mkdtempSync(join(tmpdir(), 'byway-scale-'));
  const file = join(dir, 'scale.json');
  try {
    const { status, stdout, stderr } = run('--json', file);
    if (status !== 0) throw new Error(stderr);
    return { text: stdout, report: JSON.parse(readFileSync(file, 'utf8')) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** The value of an expression in which `module` is a file of `bench/scale/`. */
export function evaluate(module: string, expression: string): unknown {
  const program = `const module = await import('./bench/scale/${module}');
    const { costs } = await import('./bench/scale/costs.ts');
    process.stdout.write(JSON.stringify(${expression}));`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { encoding: 'utf8', cwd: root },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
