/** Builds the Go programs of this folder once and keeps them in `.cache/bench/`. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../children.ts';
import { tool, Unavailable } from '../tools.ts';

const here = import.meta.dirname;
const cache = join(here, '../../.cache/bench');
const buildTimeoutMs = 600_000;

/** `files`: of this folder, what decides what is built, besides what decides for all. */
const programs = {
  origin: { source: './origin', tags: [], files: ['origin/main.go', 'origin/lasting.go'] },
  frps: { source: 'github.com/fatedier/frp/cmd/frps', tags: ['frps', 'noweb'], files: [] },
  frpc: { source: 'github.com/fatedier/frp/cmd/frpc', tags: ['frpc', 'noweb'], files: [] },
} as const;

export type Program = keyof typeof programs;

/** The program's path. @throws Unavailable when Go is missing or the build fails */
export async function built(program: Program): Promise<string> {
  const target = join(cache, `${program}-${fingerprint(program)}`);
  if (existsSync(target)) return target;
  const go = tool('go');
  mkdirSync(cache, { recursive: true });
  process.stderr.write(`Building ${program} with Go, once …\n`);
  const { source, tags } = programs[program];
  const unfinished = `${target}.${process.pid}`;
  const { exitCode, stderr } = await run(
    go,
    ['build', '-trimpath', '-ldflags=-s -w', `-tags=${tags.join(',')}`, '-o', unfinished, source],
    { cwd: here, env: { CGO_ENABLED: '0', GOWORK: 'off' }, timeoutMs: buildTimeoutMs },
  );
  if (exitCode !== 0) {
    rmSync(unfinished, { force: true });
    const reason = stderr.trim().split('\n').at(-1) ?? '';
    throw new Unavailable(`Go could not build ${program}: ${reason}`);
  }
  renameSync(unfinished, target);
  return target;
}

/** Changes with everything that decides what is built. */
function fingerprint(program: Program): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'build.ts', ...programs[program].files]) {
    hash.update(readFileSync(join(here, file)));
  }
  return hash.digest('hex').slice(0, 16);
}
