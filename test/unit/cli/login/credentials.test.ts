import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { whileLocked } from '#cli/login/credentials-lock.ts';
import {
  credentialsFile,
  loadCredentials,
  removeCredentials,
  saveCredentials,
  type Credentials,
} from '#cli/login/credentials.ts';
import { accountText, CurrentAccess, currentLogin, isLoggedIn } from '#cli/login/current.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'byway-credentials-'));
  vi.stubEnv('XDG_STATE_HOME', join(dir, 'state'));
  file = credentialsFile();
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

const login: Credentials = {
  edge_url: 'https://byway.example.com',
  organisation: { id: 42, login: 'acme' },
  user: { id: 7, login: 'alice' },
  access_token: 'bwu_access',
  access_expires_ms: 1_800_000_000_000,
  refresh_token: 'bwr_refresh',
};

describe('the credentials file', () => {
  it('is below XDG_STATE_HOME, 0600 in a folder 0700, and read as it was written', () => {
    expect(file).toBe(join(dir, 'state', 'byway', 'credentials.json'));
    expect(loadCredentials(file)).toBeUndefined();
    saveCredentials(file, login);
    expect(loadCredentials(file)).toEqual(login);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, 'state', 'byway')).mode & 0o777).toBe(0o700);
    removeCredentials(file);
    removeCredentials(file);
    expect(loadCredentials(file)).toBeUndefined();
  });

  it('is 0600 whatever the umask and the folder were', () => {
    mkdirSync(join(dir, 'state', 'byway'), { recursive: true });
    chmodSync(join(dir, 'state', 'byway'), 0o777);
    const former = process.umask(0);
    try {
      saveCredentials(file, login);
    } finally {
      process.umask(former);
    }
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, 'state', 'byway')).mode & 0o777).toBe(0o700);
  });

  it('is replaced whole: nothing else is left, and a link is not followed', () => {
    const elsewhere = join(dir, 'elsewhere');
    writeFileSync(elsewhere, 'mine');
    mkdirSync(join(dir, 'state', 'byway'), { recursive: true, mode: 0o700 });
    symlinkSync(elsewhere, file);
    saveCredentials(file, login);
    expect(statSync(elsewhere).size).toBe(4);
    saveCredentials(file, { ...login, access_token: 'bwu_other' });
    expect(loadCredentials(file)!.access_token).toBe('bwu_other');
    expect(readdirSync(join(dir, 'state', 'byway'))).toEqual(['credentials.json']);
  });

  it.each([0o644, 0o640, 0o660])('is not used when others can read it (%o)', (mode) => {
    saveCredentials(file, login);
    chmodSync(file, mode);
    expect(() => loadCredentials(file)).toThrow('must belong to you with mode 0600');
    // To be ended it is good enough.
    expect(loadCredentials(file, true)).toEqual(login);
  });

  it.each(['', '{', '{"access_token":"bwu_secret-part"}', '[]'])(
    '%j is named, not quoted',
    (text) => {
      saveCredentials(file, login);
      writeFileSync(file, text);
      const load = (): unknown => loadCredentials(file);
      expect(load).toThrow(`${file} is not what byway login writes; log in again: byway login`);
      expect(load).not.toThrow('secret-part');
    },
  );

  it('lets one at a time behind its lock', async () => {
    let inside = 0;
    const most: number[] = [];
    await Promise.all(
      Array.from({ length: 5 }, () =>
        whileLocked(file, async () => {
          inside += 1;
          most.push(inside);
          await new Promise((resolve) => setImmediate(resolve));
          inside -= 1;
        }),
      ),
    );
    expect(most).toEqual([1, 1, 1, 1, 1]);
    await expect(whileLocked(file, () => Promise.reject(new Error('mine')))).rejects.toThrow(
      'mine',
    );
    await whileLocked(file, () => Promise.resolve());
    expect(existsSync(file)).toBe(false);
  });
});

describe('whether somebody is logged in', () => {
  const operator = { url: 'https://byway.example.com', token: 'operator-token-0123456789' };

  it('depends on the operator token first, then on a login for the same edge', async () => {
    expect(isLoggedIn({ edge: undefined })).toBe(false);
    expect(isLoggedIn({ edge: operator })).toBe(true);
    saveCredentials(file, login);
    expect(isLoggedIn({ edge: undefined })).toBe(true);
    expect(isLoggedIn({ edge: undefined, edgeUrl: 'https://byway.example.com/' })).toBe(true);
    expect(isLoggedIn({ edge: undefined, edgeUrl: 'https://other.example.com' })).toBe(false);
    expect(currentLogin({ edge: operator })).toBeUndefined();
    const access = new CurrentAccess({ edge: operator }).get()!;
    expect(access.source).toBe('operator_token');
    await expect(access.bearer()).resolves.toBe(operator.token);
  });

  it('is seen at once by who runs already', () => {
    const current = new CurrentAccess({ edge: undefined });
    expect(current.get()).toBeUndefined();
    expect(current.view()).toBeNull();
    saveCredentials(file, login);
    expect(current.get()?.source).toBe('login');
    expect(current.get()).toBe(current.get());
    expect(current.view()).toEqual({
      edge_url: login.edge_url,
      organisation: login.organisation,
      user: login.user,
      problem: '',
    });
    saveCredentials(file, { ...login, edge_url: 'https://other.example.com' });
    expect(current.get()?.url).toBe('https://other.example.com');
    removeCredentials(file);
    expect(current.get()).toBeUndefined();
  });

  it('is said with person and organisation', () => {
    expect(accountText(login)).toBe('alice (acme)');
    expect(accountText({ ...login, user: null })).toBe('a service (acme)');
  });
});
