import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { takeLock } from '#cli/daemon/lock.ts';
import { logTo } from '#cli/daemon/log.ts';
import { loadState, saveState } from '#cli/daemon/state.ts';

const dir = mkdtempSync(join(tmpdir(), 'byway-daemon-files-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('the lock', () => {
  it('is held by one and free after its release', () => {
    const file = join(dir, 'a.lock');
    const first = takeLock(file);
    expect(first).toBeDefined();
    expect(takeLock(file)).toBeUndefined();
    first!.release();
    const second = takeLock(file);
    expect(second).toBeDefined();
    second!.release();
  });
});

describe('the log', () => {
  it('is turned over at its bound and keeps one former file', () => {
    const file = join(dir, 'a.log');
    const log = logTo(file, 200);
    for (let index = 0; index < 40; index += 1) log(`line ${index}`);
    expect(statSync(file).size).toBeLessThan(300);
    expect(statSync(`${file}.1`).size).toBeLessThan(300);
    expect(readFileSync(file, 'utf8')).toContain('line 39');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('ends nothing where it cannot be written', () => {
    expect(() => logTo(join(dir, 'missing', 'a.log'))('line')).not.toThrow();
  });
});

describe('the state', () => {
  it('has a client id from the start and is read as it was written', () => {
    const file = join(dir, 'fresh', 'a.json');
    const state = loadState(file);
    expect(state.client).toMatch(/^[0-9a-f]{32}$/);
    state.ending.push({ label: 'a' }, { cluster: 'c', intercept: 'i' });
    state.ingresses.c = { host: 'h', port: 1, tls: false, l5: 'l' };
    saveState(file, state);
    expect(loadState(file)).toEqual(state);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file}.new`)).toBe(false);
  });

  it.each(['', '{', '{"client":1}'])('%j is not replaced but named', (text) => {
    const file = join(dir, 'broken.json');
    writeFileSync(file, text);
    expect(() => loadState(file)).toThrow(`${file} cannot be read`);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});
