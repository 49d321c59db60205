import { describe, expect, it } from 'vitest';
import { ExitCode } from '#cli/failure.ts';
import { nameOf } from '#cli/setup/app-name.ts';
import { checkReach, placeOf } from '#cli/setup/place.ts';
import { manifestOf, permissionsOf } from '#github-app/registration/manifest.ts';

describe('which GitHub', () => {
  it.each([
    [undefined, undefined, 'https://github.com', 'https://api.github.com'],
    ['https://github.com/', undefined, 'https://github.com', 'https://api.github.com'],
    [
      'https://github.example.com/',
      undefined,
      'https://github.example.com',
      'https://github.example.com/api/v3',
    ],
    ['https://acme.ghe.com', undefined, 'https://acme.ghe.com', 'https://api.acme.ghe.com'],
    ['http://127.0.0.1:8080', 'http://[::1]:9/x/', 'http://127.0.0.1:8080', 'http://[::1]:9/x'],
  ])('--github-url %s --api-url %s', (web, api, webUrl, apiUrl) => {
    expect(placeOf(web, api)).toMatchObject({ webUrl, apiUrl });
  });

  it('knows the issuer of Actions where it does not follow from the URL', () => {
    expect(placeOf('https://acme.ghe.com', undefined).actionsIssuer).toBe(
      'https://token.actions.acme.ghe.com',
    );
    expect(placeOf('https://github.example.com', undefined).actionsIssuer).toBeUndefined();
  });

  it.each([
    ['github.example.com', undefined, '--github-url github.example.com: must be a URL'],
    ['http://github.example.com', undefined, 'must begin with https://'],
    ['https://a:b@github.example.com', undefined, 'must not carry a user name'],
    ['https://github.example.com?x', undefined, 'must not carry a query'],
    ['https://github.example.com', 'ftp://x', '--api-url ftp://x: must begin with https://'],
    ['https://github.example.com', 'https://api.github.com', 'must belong to the same GitHub'],
    [undefined, 'https://github.example.com/api/v3', 'must belong to the same GitHub'],
  ])('refuses --github-url %s --api-url %s', (web, api, text) => {
    expect(() => placeOf(web, api)).toThrow(text);
  });

  it('has to reach the edge', () => {
    const dotCom = placeOf(undefined, undefined);
    const local = placeOf('http://127.0.0.1:8080', undefined);
    const check =
      (url: string, place = dotCom) =>
      () =>
        checkReach(url, 'app_url', place);
    expect(check('https://byway.example.com')).not.toThrow();
    expect(check('http://byway.localhost:8080', local)).not.toThrow();
    expect(check('http://byway.example.com')).toThrow('cannot send webhooks to');
    expect(check('https://byway.localhost')).toThrow('cannot send webhooks to');
    expect(check('https://127.0.0.1')).toThrow('cannot send webhooks to');
  });
});

describe('the manifest', () => {
  it('asks for the least that works', () => {
    const redirectUrl = 'http://127.0.0.1:1/x';
    const appUrl = 'https://byway.example.com';
    const manifest = manifestOf({ name: 'Byway', appUrl, redirectUrl, deployments: false });
    expect(manifest).toMatchObject({
      url: appUrl,
      public: false,
      hook_attributes: { url: `${appUrl}/webhooks/github`, active: true },
      redirect_url: redirectUrl,
      callback_urls: [`${appUrl}/auth/github/callback`],
      default_permissions: {
        metadata: 'read',
        members: 'read',
        pull_requests: 'write',
        issues: 'write',
      },
    });
    expect(Object.keys(manifest.default_permissions)).toHaveLength(4);
    expect(permissionsOf(true)).toEqual({
      ...manifest.default_permissions,
      deployments: 'write',
    });
  });

  it('has a name that GitHub takes', () => {
    expect(nameOf(undefined, 'acme')).toBe('Byway acme');
    expect(nameOf(undefined, 'a'.repeat(39))).toHaveLength(34);
    expect(nameOf('n'.repeat(34), 'acme')).toHaveLength(34);
    for (const bad of ['n'.repeat(35), ' ', '–', 'a\u0007b']) {
      expect(() => nameOf(bad, 'acme')).toThrow(
        expect.objectContaining({ exitCode: ExitCode.usage }),
      );
    }
  });
});
