/** Addresses of GitHub: one rule for the flags, the form, and the edge's configuration. */
import { describe, expect, it } from 'vitest';
import { placeOf as placeOfFlags } from '#cli/setup/place.ts';
import { gitHubConfigOf } from '#edge/github/config.ts';
import { wishOf } from '#edge/setup/wish.ts';
import { plainUrl, urlFault } from '#github-app/registration/place.ts';
import { goodConfig as config } from '../../edge/github/scratch-github.ts';

describe('an address of GitHub', () => {
  it.each([
    'https://github.example.com',
    'https://github.example.com:8443/api/v3/',
    'http://localhost:1',
    'http://github.localhost:1',
    'http://127.0.0.1',
    'http://127.255.255.254:1',
    'http://[::1]:1/api',
  ])('may be %s', (text) => expect(urlFault(text)).toBeUndefined());

  it.each([
    ['github.example.com', 'must be a URL, such as https://github.example.com'],
    ['', 'must be a URL'],
    ['http://github.example.com', 'must begin with https://'],
    ['http://localhost.example.com', 'must begin with https://'],
    ['http://127.0.0.1.example.com', 'must begin with https://'],
    ['http://128.0.0.1', 'must begin with https://'],
    ['http://[::2]', 'must begin with https://'],
    ['ftp://127.0.0.1', 'must begin with https://'],
    ['javascript:alert(1)', 'must begin with https://'],
    ['https://a:b@github.example.com', 'must not carry a user name or password; leave them out'],
    ['https://a@github.example.com', 'must not carry a user name or password; leave them out'],
    ['https://github.example.com?x=1', 'must not carry a query or fragment; end it before ? or #'],
    ['https://github.example.com#x', 'must not carry a query or fragment; end it before ? or #'],
  ])(
    '%j is refused with the same words everywhere, after the name of what was given',
    (text, words) => {
      const fault = urlFault(text);
      expect(fault).toContain(words);
      expect(() => gitHubConfigOf({ ...config, webUrl: text })).toThrow(`webUrl: ${fault}`);
      expect(() => gitHubConfigOf({ ...config, apiUrl: text })).toThrow(`apiUrl: ${fault}`);
      expect(() => placeOfFlags(text, undefined)).toThrow(`--github-url ${text}: ${fault}`);
      expect(() => placeOfFlags('https://github.example.com', text)).toThrow(
        `--api-url ${text}: ${fault}`,
      );
      // In a form an empty field is one that was left out.
      if (text === '') return;
      const form = (web: string, api: string) =>
        wishOf(
          new URLSearchParams({ organisation: 'acme', web, api }),
          'https://byway.example.com',
        );
      expect(form(text, '')).toEqual({ faults: { web: fault } });
      expect(form('https://github.example.com', text)).toEqual({ faults: { api: fault } });
    },
  );

  it('and one of another GitHub do not go together, which names both', () => {
    const form = { organisation: 'acme', api: 'https://github.example.com/api/v3' };
    const fault = 'must belong to the same GitHub; give both, or the first alone';
    expect(wishOf(new URLSearchParams(form), 'https://byway.example.com')).toEqual({
      faults: { web: `it and the address of its API ${fault}` },
    });
    expect(() => placeOfFlags(undefined, form.api)).toThrow(`--github-url and --api-url ${fault}`);
  });

  it('has one spelling', () => {
    for (const text of [
      'https://GitHub.example.com:443/api/v3/',
      'HTTPS://github.example.com/api/v3',
    ]) {
      expect(plainUrl(text)).toBe('https://github.example.com/api/v3');
      expect(gitHubConfigOf({ ...config, apiUrl: text }).apiUrl).toBe(plainUrl(text));
    }
  });
});
