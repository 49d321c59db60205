import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { loadEdgeConfig } from '#edge/node/config.ts';
import { ConfigError } from '#protocol/config.ts';

const dir = mkdtempSync(join(tmpdir(), 'byway-edge-config-'));
afterAll(() => rmSync(dir, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(dir, name), text);
const operatorToken = 'operator-token-of-the-test';
beforeEach(() => write('operator.token', `${operatorToken}\n`));

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

function faultOf(text: string): string {
  try {
    load(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('it was taken');
}

describe('files that edge.yaml names', () => {
  const keys = `${good}keys_file: edge.keys\n`;
  const key = `k1 ${'ab'.repeat(32)}`;

  it('hold one operator token, or the new one and the former one', () => {
    expect(load(good).operatorTokens).toEqual([operatorToken]);
    write('operator.token', `new-${operatorToken}\r\n${operatorToken}\r\n`);
    expect(load(good).operatorTokens).toEqual([`new-${operatorToken}`, operatorToken]);
  });

  it.each([
    ['', 'must hold 16 to 512 visible characters'],
    ['short-secret\n', 'must hold 16 to 512 visible characters'],
    ['secret-one-0123456789\n\nsecret-two-0123456789', 'not 3'],
    ['secret-one-0123456789\nsecret two 0123456789', 'two tokens of 16'],
  ])('with %j as operator token are refused, without the token', (text, words) => {
    write('operator.token', text);
    const fault = faultOf(good);
    expect(fault).toContain(`edge.yaml: operator_token_file: ${join(dir, 'operator.token')}`);
    expect(fault).toContain(words);
    expect(fault).not.toContain('secret');
  });

  it('must exist', () => {
    rmSync(join(dir, 'operator.token'));
    expect(faultOf(good)).toContain(`operator.token does not exist`);
    write('operator.token', operatorToken);
    expect(faultOf(keys.replace('edge.keys', 'none.keys'))).toContain(
      `keys_file: ${join(dir, 'none.keys')} does not exist`,
    );
    expect(faultOf(keys.replace('edge.keys', '.'))).toContain('cannot be read: EISDIR');
  });

  it('hold generations of keys, or none', () => {
    expect(load(good).keys).toBe('');
    write('edge.keys', `# newest first\n${key}\n`);
    expect(load(keys).keys).toContain(key);
    expect(load(keys).keys_file).toBe(join(dir, 'edge.keys'));
  });

  it('with a fault in the keys are refused by line, without the key', () => {
    write('edge.keys', `# newest first\n${key}0\n`);
    const fault = faultOf(keys);
    expect(fault).toContain(`keys_file: ${join(dir, 'edge.keys')}: line 2: the key must be`);
    expect(fault).not.toContain('abab');
  });
});

describe('the section github', () => {
  const github = `${good}github:
  app_id: 77
  client_id: Iv23liExample
  client_secret_file: client.secret
  private_key_file: app.pem
  webhook_secret_file: webhook.secret
  slug: byway-example
`;
  const clientSecret = '0123456789abcdef0123456789abcdef01234567';
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  beforeEach(() => {
    write('client.secret', `${clientSecret}\n`);
    write('app.pem', privateKey);
    write('webhook.secret', 'webhook-secret-1\n');
  });

  it('may be missing: then nobody can log in', () => {
    const { github: none, actionsIssuer } = load(good);
    expect(none).toBeUndefined();
    expect(actionsIssuer).toBe('https://token.actions.githubusercontent.com');
  });

  it('is for github.com by itself, and reads its files', () => {
    const config = load(github);
    expect(config.github).toMatchObject({
      webUrl: 'https://github.com',
      apiUrl: 'https://api.github.com',
      appId: 77,
      clientId: 'Iv23liExample',
      clientSecret,
      webhookSecrets: ['webhook-secret-1'],
      slug: 'byway-example',
    });
    expect(config.github?.privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(config.actionsIssuer).toBe('https://token.actions.githubusercontent.com');
  });

  it('takes several webhook secrets, a line each; commas belong to them', () => {
    write('webhook.secret', 'webhook-secret-2,x\r\n\nwebhook-secret-1\n');
    expect(load(github).github?.webhookSecrets).toEqual(['webhook-secret-2,x', 'webhook-secret-1']);
  });

  it('names every fault, with key and file, and no secret', () => {
    write('client.secret', 'secret with blanks');
    write('app.pem', '-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----');
    write('webhook.secret', 'secret\n');
    const fault = faultOf(`${github.replace('byway-example', 'Byway!')}  actions_issuer: x\n`);
    const at = join(dir, 'edge.yaml');
    expect(fault.split('\n').toSorted()).toEqual([
      expect.stringContaining(`${at}: github.actions_issuer: must be a URL`),
      expect.stringContaining(
        `${at}: github.client_secret_file: ${join(dir, 'client.secret')}: must`,
      ),
      expect.stringContaining(`${at}: github.private_key_file: ${join(dir, 'app.pem')}: `),
      expect.stringContaining(`${at}: github.slug: must be`),
      expect.stringContaining(
        `${at}: github.webhook_secret_file: ${join(dir, 'webhook.secret')}: each`,
      ),
    ]);
    expect(fault).not.toContain('secret with');
    expect(fault).not.toContain('c2Vj');
  });

  it.each([
    ['app_id: 77', 'app_id: 0', ':7: github.app_id: '],
    ['app_id: 77', 'app_id: x', ':7: github.app_id: '],
    ['  client_id: Iv23liExample\n', '', 'github.client_id: '],
    ['slug:', 'sulg:', 'github.sulg: unknown key'],
    ['app.pem', 'none.pem', 'github.private_key_file: '],
    ['client_id: Iv23liExample', 'client_id: "a b"', 'edge.yaml: github.client_id: must be'],
  ])('with %j as %j is refused', (was, is, words) => {
    expect(faultOf(github.replace(was, is))).toContain(words);
  });
});
