import { describe, expect, it } from 'vitest';
import { gitHubConfigOf } from '#edge/github/config.ts';
import { ConfigError } from '#protocol/config.ts';
import { goodConfig as good } from './scratch-github.ts';

describe('the configuration of the GitHub App', () => {
  it('gets a key that Web Crypto can import and URLs without a slash at the end', () => {
    const config = gitHubConfigOf({ ...good, apiUrl: 'https://github.example.com/api/v3/' });
    expect(config.privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(config.apiUrl).toBe('https://github.example.com/api/v3');
  });

  it.each([
    { webUrl: 'http://127.0.0.1:4010' },
    { webUrl: 'http://[::1]:4010' },
    { webUrl: 'http://github.localhost:4010' },
    { apiUrl: 'https://api.octo.ghe.com' },
    { clientId: 'Iv1.8a61f9b3a7aba766' },
    { webhookSecrets: ['0123456789abcdef', 'fedcba9876543210'] },
  ])('may say %o', (part) => {
    expect(gitHubConfigOf({ ...good, ...part })).toMatchObject(part);
  });

  it.each([
    ['webUrl', 'github.com', 'must be a URL'],
    ['webUrl', 'http://github.com', 'https://'],
    ['webUrl', 'http://localhost.example.com', 'https://'],
    ['webUrl', 'http://127.0.0.1.example.com', 'https://'],
    ['apiUrl', 'ftp://127.0.0.1', 'https://'],
    ['apiUrl', 'https://user:pass@api.github.com', 'password'],
    ['apiUrl', 'https://api.github.com?x=1', 'query'],
    ['appId', 0, 'App ID'],
    ['appId', Number.NaN, 'App ID'],
    ['appId', 1.5, 'App ID'],
    ['clientId', '', 'Client ID'],
    ['clientId', 'a b', 'Client ID'],
    ['clientSecret', '', 'empty'],
    ['privateKey', 'hunter2', 'PEM'],
    ['webhookSecrets', [], 'at least one'],
    ['webhookSecrets', ['0123456789abcdef', '0123456789abcde'], '16 characters'],
    ['slug', 'Byway', 'apps/'],
    ['slug', 'byway/../x', 'apps/'],
  ])('%s: %o is refused', (key, value, reason) => {
    const act = () => gitHubConfigOf({ ...good, [key]: value });
    expect(act).toThrow(ConfigError);
    expect(act).toThrow(new RegExp(`^${key}: .*${reason}`));
  });

  it('names all faults at once, and no secret', () => {
    const bad = { ...good, slug: 'X', privateKey: 'hunter2', webhookSecrets: ['swordfish'] };
    try {
      gitHubConfigOf(bad);
    } catch (error) {
      const message = String(error);
      expect(message.split('\n')).toHaveLength(3);
      expect(message).not.toMatch(/hunter2|swordfish/);
    }
    expect.assertions(2);
  });
});
