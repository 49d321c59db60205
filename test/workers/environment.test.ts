import { beforeAll, describe, expect, it } from 'vitest';
import { EnvironmentFault, keysOf, settingsOf } from './engine.ts';

const good = {
  APP_URL: 'https://byway.example.com',
  PREVIEW_DOMAIN: 'preview.example.dev',
  OPERATOR_TOKEN: 'operator-token-of-the-test',
  EDGE_SECRET: '0123456789abcdefABCDEF0123456789'.repeat(2),
};

describe('the environment', () => {
  it('gives hosts, origins and the secret’s bytes', () => {
    const settings = settingsOf(good);
    expect(settings).toMatchObject({
      hosts: { appHost: 'byway.example.com', previewDomain: 'preview.example.dev' },
      appUrl: 'https://byway.example.com',
      operatorToken: good.OPERATOR_TOKEN,
      operatorTokens: [good.OPERATOR_TOKEN],
      keys: '',
      github: undefined,
    });
    expect(settings.originOf('x')).toBe('https://x.preview.example.dev');
    expect(settings.secret).toHaveLength(32);
    expect([...settings.secret.subarray(0, 11)]).toEqual([
      0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xab, 0xcd, 0xef,
    ]);
  });

  it('carries the port of the app host over to previews', () => {
    const { appUrl, originOf } = settingsOf({ ...good, APP_URL: 'http://byway.localhost:8080/' });
    expect(appUrl).toBe('http://byway.localhost:8080');
    expect(originOf('x')).toBe('http://x.preview.example.dev:8080');
  });

  it.each([
    ['OPERATOR_TOKEN', 'x'.repeat(16)],
    ['OPERATOR_TOKEN', 'x'.repeat(512)],
    ['OPERATOR_TOKEN', `${'x'.repeat(512)},${'y'.repeat(16)}`],
    ['EDGE_SECRET', 'f'.repeat(64)],
    ['EDGE_KEYS', ''],
    ['EDGE_KEYS', `# newest first\nk1 ${'f'.repeat(64)}\n`],
  ])('takes %s at its limits', (name, value) => {
    expect(() => settingsOf({ ...good, [name]: value })).not.toThrow();
  });

  it.each([
    ['APP_URL', ''],
    ['APP_URL', 'byway.example.com'],
    ['APP_URL', 'ftp://byway.example.com'],
    ['APP_URL', 'https://byway.example.com/path'],
    ['APP_URL', 'https://byway.example.com/?a'],
    ['APP_URL', 'https://byway.example.com/#a'],
    ['APP_URL', 'https://user@byway.example.com'],
    ['PREVIEW_DOMAIN', ''],
    ['PREVIEW_DOMAIN', 'https://preview.example.dev'],
    ['PREVIEW_DOMAIN', 'byway.example.com'],
    ['OPERATOR_TOKEN', ''],
    ['OPERATOR_TOKEN', 'x'.repeat(15)],
    ['OPERATOR_TOKEN', 'x'.repeat(513)],
    ['OPERATOR_TOKEN', `${'x'.repeat(20)} `],
    ['OPERATOR_TOKEN', `${'x'.repeat(20)}ä`],
    ['OPERATOR_TOKEN', `${'x'.repeat(20)},`],
    ['OPERATOR_TOKEN', `${'x'.repeat(20)}, ${'y'.repeat(20)}`],
    ['OPERATOR_TOKEN', `${'x'.repeat(20)},${'x'.repeat(20)}`],
    ['EDGE_KEYS', `k1 ${'f'.repeat(63)}`],
    ['EDGE_KEYS', `k1 ${good.EDGE_SECRET}`],
    ['EDGE_SECRET', ''],
    ['EDGE_SECRET', 'f'.repeat(63)],
    ['EDGE_SECRET', 'f'.repeat(65)],
    ['EDGE_SECRET', 'g'.repeat(64)],
    ['EDGE_SECRET', `${'f'.repeat(64)}\n`],
  ])('with %s as %j is refused, and the message names it but not a secret', (name, value) => {
    let fault: unknown;
    try {
      settingsOf({ ...good, [name]: value });
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(EnvironmentFault);
    const { message } = fault as Error;
    expect(message).toContain(name);
    expect(message).not.toContain(good.OPERATOR_TOKEN);
    expect(message).not.toContain(good.EDGE_SECRET);
    if (/TOKEN|SECRET|KEYS/.test(name) && value.length > 1) expect(message).not.toContain(value);
  });

  it.each(Object.keys(good))('without %s is refused by its name', (name) => {
    const { [name as keyof typeof good]: _, ...rest } = good;
    expect(() => settingsOf(rest)).toThrow(name);
  });
});

describe('keys of the environment', () => {
  it('are made once, and anew for others', async () => {
    const { secret } = settingsOf(good);
    const keys = await keysOf(secret, '');
    expect(await keysOf(secret)).toBe(keys);
    const rotated = await keysOf(secret, `k1 ${'f'.repeat(64)}`);
    expect(rotated).not.toBe(keys);
    expect(rotated.formerTokenHash).toBeDefined();
    expect((await keysOf(secret.with(0, 0xff))).checkKey).not.toEqual(keys.checkKey);
  });
});

describe('the GitHub App in the environment', () => {
  const urls = {
    GITHUB_WEB_URL: 'https://github.com',
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_ACTIONS_ISSUER: 'https://token.actions.githubusercontent.com',
  };
  const app: Record<string, string> = {
    GITHUB_APP_ID: '77',
    GITHUB_CLIENT_ID: 'Iv23liExample',
    GITHUB_SLUG: 'byway-example',
    GITHUB_CLIENT_SECRET: 'client-secret-of-the-test\n',
    GITHUB_PRIVATE_KEY: '',
    GITHUB_WEBHOOK_SECRETS: 'webhook-secret-2,webhook-secret-1\n',
  };
  beforeAll(async () => {
    const made = await crypto.subtle.generateKey(
      {
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-256',
        modulusLength: 2048,
        publicExponent: Uint8Array.of(1, 0, 1),
      },
      true,
      ['sign', 'verify'],
    );
    const der = new Uint8Array(await crypto.subtle.exportKey('pkcs8', made.privateKey));
    const base64 = btoa(String.fromCharCode(...der));
    app.GITHUB_PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`;
  });

  it('is there with all of its values; those of github.com need not be named', () => {
    for (const env of [{ ...app }, { ...app, ...urls }]) {
      const { github, actionsIssuer } = settingsOf({ ...good, ...env });
      expect(github).toMatchObject({
        webUrl: 'https://github.com',
        apiUrl: 'https://api.github.com',
        appId: 77,
        clientId: 'Iv23liExample',
        clientSecret: 'client-secret-of-the-test',
        webhookSecrets: ['webhook-secret-2', 'webhook-secret-1'],
        slug: 'byway-example',
      });
      expect(actionsIssuer).toBe('https://token.actions.githubusercontent.com');
    }
  });

  it('is not there when only URLs are, as wrangler.toml comes, or empty values', () => {
    const empty = Object.fromEntries(Object.keys(app).map((name) => [name, ' ']));
    expect(settingsOf({ ...good, ...urls }).github).toBeUndefined();
    expect(settingsOf({ ...good, ...urls, ...empty }).github).toBeUndefined();
  });

  it.each(Object.keys(app))('without %s alone is refused by its name', (name) => {
    const rest = { ...good, ...app, [name]: '' };
    expect(() => settingsOf(rest)).toThrow(EnvironmentFault);
    expect(() => settingsOf(rest)).toThrow(`${name}: missing`);
  });

  it('names everything that is missing', () => {
    expect(() => settingsOf({ ...good, GITHUB_APP_ID: '77' })).toThrow(
      'GITHUB_CLIENT_ID, GITHUB_SLUG, GITHUB_CLIENT_SECRET, GITHUB_PRIVATE_KEY, GITHUB_WEBHOOK_SECRETS: missing',
    );
  });

  it.each([
    ['GITHUB_WEB_URL', 'http://github.example.com'],
    ['GITHUB_API_URL', 'https://github.example.com/api/v3'],
    ['GITHUB_ACTIONS_ISSUER', 'token.example.com'],
    ['GITHUB_APP_ID', 'Iv23liExample'],
    ['GITHUB_CLIENT_SECRET', 'two words'],
    ['GITHUB_PRIVATE_KEY', '-----BEGIN CERTIFICATE-----'],
    ['GITHUB_WEBHOOK_SECRETS', 'webhook-secret-1,short'],
    ['GITHUB_SLUG', 'Byway!'],
  ])('with %s as %j is refused by its name', (name, value) => {
    const env = { ...good, ...app, [name]: value };
    expect(() => settingsOf(env)).toThrow(EnvironmentFault);
    expect(() => settingsOf(env)).toThrow(name);
  });
});
