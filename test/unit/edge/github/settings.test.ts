import { describe, expect, it } from 'vitest';
import { gitHubSettingsOf, type GitHubNames, type GitHubTexts } from '#edge/github/settings.ts';
import { privateKeyFor } from '#sandbox/github/keys.ts';

const names: GitHubNames = {
  webUrl: 'WEB',
  apiUrl: 'API',
  appId: 'ID',
  clientId: 'CLIENT',
  clientSecret: 'CLIENT_SECRET',
  privateKey: 'KEY',
  webhookSecrets: 'HOOKS',
  slug: 'SLUG',
  actionsIssuer: 'ISSUER',
  deployments: 'DEPLOYMENTS',
};

const texts: GitHubTexts = {
  appId: ' 77\n',
  clientId: 'Iv23liExample',
  clientSecret: '0123456789abcdef\n',
  privateKey: privateKeyFor('settings'),
  webhookSecrets: 'webhook-secret-2, webhook-secret-1\n',
  slug: 'byway-example',
};

const read = (change: Partial<GitHubTexts>) =>
  gitHubSettingsOf({ ...texts, ...change }, names, /[\n,]/);

describe('settings of the GitHub App', () => {
  it('are for github.com when no URL is given, or an empty one', () => {
    for (const change of [{}, { webUrl: '', apiUrl: ' ', actionsIssuer: '' }]) {
      const { github, actionsIssuer } = read(change);
      expect(github).toMatchObject({
        webUrl: 'https://github.com',
        apiUrl: 'https://api.github.com',
        appId: 77,
        clientSecret: '0123456789abcdef',
        webhookSecrets: ['webhook-secret-2', 'webhook-secret-1'],
      });
      expect(actionsIssuer).toBe('https://token.actions.githubusercontent.com');
    }
  });

  it('of another GitHub take its Actions for the issuer, not those of github.com (threat 34)', () => {
    const urls = { webUrl: 'https://git.example.com/', apiUrl: 'https://git.example.com/api/v3/' };
    const { github, actionsIssuer } = read(urls);
    expect(github.webUrl).toBe('https://git.example.com');
    expect(github.apiUrl).toBe('https://git.example.com/api/v3');
    expect(actionsIssuer).toBe('https://git.example.com/_services/token');
    const given = read({ ...urls, actionsIssuer: 'https://token.actions.acme.ghe.com/' });
    expect(given.actionsIssuer).toBe('https://token.actions.acme.ghe.com');
  });

  it('take no issuer of another GitHub, where the same numbers are other repositories (threat 34)', () => {
    const urls = { webUrl: 'https://git.example.com', apiUrl: 'https://git.example.com/api/v3' };
    const dotCom = 'https://token.actions.githubusercontent.com';
    const words = 'ISSUER: must be of the GitHub that WEB names';
    expect(() => read({ ...urls, actionsIssuer: dotCom })).toThrow(words);
    expect(() => read({ actionsIssuer: 'https://git.example.com/_services/token' })).toThrow(words);
    // An enterprise on github.com may have an issuer of its own.
    expect(read({ actionsIssuer: `${dotCom}/acme` }).actionsIssuer).toBe(`${dotCom}/acme`);
  });

  it.each([
    [{ webUrl: 'https://git.example.com' }],
    [{ apiUrl: 'https://git.example.com/api/v3' }],
    [{ webUrl: 'https://github.com', apiUrl: 'https://git.example.com/api/v3' }],
    [{ webUrl: 'https://git.example.com', apiUrl: 'https://api.github.com/' }],
  ])('that would send the client secret of one GitHub to another are refused: %j', (change) => {
    expect(() => read(change)).toThrow('WEB, API: must belong to the same GitHub');
  });

  it.each([
    [{ appId: '' }, 'ID: must be the numeric App ID'],
    [{ appId: '7.5' }, 'ID: must be'],
    [{ appId: '0' }, 'ID: must be'],
    [{ appId: 'Iv23li' }, 'ID: must be'],
    [{ clientId: '' }, 'CLIENT: must be'],
    [{ clientSecret: ' ' }, 'CLIENT_SECRET: is empty'],
    [{ clientSecret: 'two words' }, 'CLIENT_SECRET: must be one word'],
    [{ privateKey: 'x' }, 'KEY: '],
    [{ webhookSecrets: ' ,\n' }, 'HOOKS: must hold at least one'],
    [{ webhookSecrets: 'webhook-secret-1,short' }, 'HOOKS: each must have at least 16'],
    [{ slug: 'Byway' }, 'SLUG: must be'],
    [{ actionsIssuer: 'http://token.example.com' }, 'ISSUER: must begin with https://'],
    [{ webUrl: 'http://git.example.com', apiUrl: 'https://x.example.com' }, 'WEB: must begin with'],
  ])('with a fault name it in the operator’s words: %j', (change, words) => {
    expect(() => read(change)).toThrow(words);
  });

  it('name all faults at once', () => {
    const lines = /^ISSUER: .*\nID: .*\nSLUG: .*$/;
    expect(() => read({ appId: '', slug: '', actionsIssuer: 'x' })).toThrow(lines);
  });
});

describe('deployments', () => {
  it('are off unless they are asked for', () => {
    const of = (deployments: string | undefined) =>
      gitHubSettingsOf({ ...texts, deployments }, names, /[,\n]/).github.deployments;
    expect([of(undefined), of(''), of('false'), of(' true ')]).toEqual([
      ...[undefined, undefined, undefined, true],
    ]);
    expect(() => of('yes')).toThrow('DEPLOYMENTS: must be true or false');
  });
});
