/** `byway` keeps what it has compiled, for itself alone, and starts without a place for it as well. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { node, root } from '#sandbox/process.ts';

const folder = mkdtempSync(join(tmpdir(), 'byway-compiled-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function byway(program: string, XDG_CACHE_HOME: string): string {
  const env: NodeJS.ProcessEnv = { ...process.env, XDG_CACHE_HOME };
  delete env.NODE_COMPILE_CACHE;
  return execFileSync(program, [join(root, 'cli/bin/byway.mjs'), 'version'], {
    encoding: 'utf8',
    env,
  });
}

// The second one may be older, and hands over.
describe.each(['the package’s', 'the machine’s'])('under %s Node', (whose) => {
  const program = whose === 'the package’s' ? node : 'node';

  it('is compiled once', () => {
    const caches = join(folder, whose);
    expect(byway(program, caches)).toMatch(/^byway \d/);
    const compiled = join(caches, 'byway', 'compiled');
    expect(statSync(compiled).mode & 0o777).toBe(0o700);
    const files = (): string[] => readdirSync(compiled, { recursive: true, encoding: 'utf8' });
    const first = files();
    expect(first.length).toBeGreaterThan(10);
    byway(program, caches);
    expect(files().toSorted()).toEqual(first.toSorted());
  });

  it('starts where nothing can be written', () => {
    const file = join(folder, `${whose}.file`);
    writeFileSync(file, '');
    expect(byway(program, file)).toMatch(/^byway \d/);
  });
});
