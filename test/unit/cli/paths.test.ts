import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkRuntimeDirectory, makeDirectories, pathsOf } from '#cli/paths.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'byway-paths-'));
  vi.stubEnv('XDG_RUNTIME_DIR', join(dir, 'run'));
  vi.stubEnv('XDG_STATE_HOME', join(dir, 'state'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

describe('the daemon’s files', () => {
  it('are apart for each configuration file', () => {
    const one = pathsOf(join(dir, 'a.yaml'));
    const two = pathsOf(join(dir, 'b.yaml'));
    expect(one.runtimeDir).toBe(two.runtimeDir);
    for (const key of ['socket', 'state', 'lock', 'log'] as const) {
      expect(one[key]).not.toBe(two[key]);
    }
  });

  it('are in directories of mode 0700', () => {
    const paths = pathsOf(join(dir, 'a.yaml'));
    makeDirectories(paths);
    for (const each of [paths.runtimeDir, paths.stateDir]) {
      expect(statSync(each).mode & 0o777).toBe(0o700);
    }
    expect(checkRuntimeDirectory(paths.runtimeDir)).toBe(true);
  });

  it('are refused where others could get at the socket', () => {
    const { runtimeDir } = pathsOf(join(dir, 'a.yaml'));
    expect(checkRuntimeDirectory(runtimeDir)).toBe(false);
    mkdirSync(runtimeDir, { recursive: true });
    chmodSync(runtimeDir, 0o755);
    expect(() => checkRuntimeDirectory(runtimeDir)).toThrow(
      'must be a directory that belongs to you alone',
    );
  });

  it('are refused behind a link', () => {
    const { runtimeDir } = pathsOf(join(dir, 'a.yaml'));
    const elsewhere = join(dir, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    mkdirSync(join(dir, 'run'));
    symlinkSync(elsewhere, runtimeDir);
    expect(() => makeDirectories(pathsOf(join(dir, 'a.yaml')))).toThrow('belongs to you alone');
  });

  it('are refused where the path is too long for a socket', () => {
    vi.stubEnv('XDG_RUNTIME_DIR', join(dir, 'x'.repeat(100)));
    expect(() => makeDirectories(pathsOf(join(dir, 'a.yaml')))).toThrow(
      'too long for a Unix socket',
    );
  });
});
