import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadEdgeConfig } from '#edge/node/config.ts';
import { ConfigError } from '#protocol/config.ts';

const dir = mkdtempSync(join(tmpdir(), 'byway-edge-config-'));
afterAll(() => rmSync(dir, { recursive: true }));

const good = `app_url: http://byway.localhost:0
preview_domain: preview.localhost
listen: { port: 0 }
data_dir: data
operator_token_file: operator.token
`;

function load(text: string) {
  const file = join(dir, 'edge.yaml');
  writeFileSync(file, text);
  return loadEdgeConfig(file);
}

describe('edge.yaml', () => {
  it('needs little, and listens on loopback by itself', () => {
    const config = load(good);
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 0 });
    expect(config.hosts).toEqual({
      appHost: 'byway.localhost',
      previewDomain: 'preview.localhost',
    });
    expect(config.tls).toBeUndefined();
  });

  it('has paths relative to itself', () => {
    expect(load(good).data_dir).toBe(join(dir, 'data'));
    expect(load(good).operator_token_file).toBe(join(dir, 'operator.token'));
    expect(load(good.replace('data_dir: data', 'data_dir: /srv/byway')).data_dir).toBe(
      '/srv/byway',
    );
  });

  it.each([
    [
      'app_url: http://byway.localhost:0',
      'app_url: byway.localhost',
      ':1: app_url: must be an http',
    ],
    ['app_url: http://byway.localhost:0', 'app_url: ftp://byway.localhost', ':1: app_url: must be'],
    [
      'byway.localhost:0',
      'byway.localhost/path',
      ':1: app_url: must be scheme, host and port only',
    ],
    ['byway.localhost:0', 'byway.localhost/?x=1', 'scheme, host and port only'],
    ['byway.localhost:0', 'me:pw@byway.localhost', 'scheme, host and port only'],
    ['http://byway', 'https://byway', 'is that of tls, which is missing'],
    ['listen: { port: 0 }', 'listen: { port: 65536 }', ':3: listen.port: '],
    ['listen: { port: 0 }', 'listen: { port: -1 }', ':3: listen.port: '],
    ['listen: { port: 0 }', 'listen: { port: 0, hots: x }', ':3: listen.hots: unknown key'],
    ['data_dir: data\n', '', ': data_dir: '],
    ['preview.localhost', 'localhost', 'one below the other'],
    ['preview.localhost', '"*.localhost"', 'no host name'],
  ])('with %j as %j is refused', (was, is, words) => {
    expect(() => load(good.replace(was, is))).toThrow(ConfigError);
    expect(() => load(good.replace(was, is))).toThrow(words);
  });

  it('names all its faults at once', () => {
    const text = `${good.replace('data_dir: data\n', '')}one: 1\ntwo: 2\n`;
    expect(() => load(text)).toThrow(/data_dir[\s\S]*one: unknown key[\s\S]*two: unknown key/);
  });

  it('that is empty says what is missing', () => {
    expect(() => load('')).toThrow('app_url');
  });
});
