import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCliConfig } from '#cli/config.ts';
import { ExitCode, Failure } from '#cli/failure.ts';

const dir = mkdtempSync(join(tmpdir(), 'byway-cli-config-'));
afterAll(() => rmSync(dir, { recursive: true }));

const token = 'a-token-of-24-characters';
const file = join(dir, 'config.yaml');

function load(text: string): ReturnType<typeof loadCliConfig> {
  writeFileSync(file, text);
  return loadCliConfig(file);
}

function faultOf(text: string): string {
  try {
    load(text);
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).exitCode).toBe(ExitCode.notConfigured);
    return (error as Failure).message.replaceAll(file, 'FILE');
  }
  throw new Error('it loads');
}

const least = `connector_url: http://127.0.0.1:7000\nlaptop_token: ${token}\n`;

describe('the configuration', () => {
  it('is logged in with edge and operator token only', () => {
    expect(load(least).edge).toBeUndefined();
    expect(load(`${least}edge_url: http://byway.localhost\n`).edge).toBeUndefined();
    const all = `${least}edge_url: http://byway.localhost\noperator_token: ${token}\n`;
    expect(load(all).edge).toEqual({ url: 'http://byway.localhost', token });
  });

  it('names key and line of what is wrong', () => {
    expect(faultOf(`${least}colour: red\n`)).toBe(
      'FILE:3: colour: unknown key; see docs/configuration.md',
    );
    expect(faultOf(`laptop_token: ${token}\n`)).toContain('connector_url: ');
    expect(faultOf(`${least}edge_url: ftp://x\n`)).toBe('FILE:3: edge_url: must be an http(s) URL');
    expect(faultOf(`connector_url: nonsense\nlaptop_token: ${token}\n`)).toBe(
      'FILE:1: connector_url: must be an http(s) URL',
    );
    expect(faultOf('connector_url: http://x\nlaptop_token: short\n')).toBe(
      'FILE:2: laptop_token: must be 16 to 512 visible characters',
    );
    expect(faultOf(`${least}operator_token: ${token}\n`)).toBe(
      'FILE:3: operator_token: needs edge_url, the edge that it is for',
    );
  });

  it('says what to do where there is no file, or none that can be read', () => {
    const missing = join(dir, 'missing.yaml');
    expect(() => loadCliConfig(missing)).toThrow(`${missing} does not exist. Write connector_url`);
    expect(() => loadCliConfig(dir)).toThrow('cannot be read');
  });

  it('has the fingerprint of its values, not of its text', () => {
    const { fingerprint } = load(least);
    expect(load(`# a remark\n${least}`).fingerprint).toBe(fingerprint);
    expect(load(least.replace('7000', '7001')).fingerprint).not.toBe(fingerprint);
  });
});
