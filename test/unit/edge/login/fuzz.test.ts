/** Whatever comes to the login's addresses: nobody is signed in, sent away, or let down by a fault. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { Browser } from './browser.ts';
import { appOrigin, label, LoginStack, origin } from './login-stack.ts';

let stack: LoginStack;
beforeAll(async () => {
  stack = await LoginStack.start();
});
afterAll(async () => {
  await stack.stop();
  expect(stack.gitHub.journal.violations).toEqual([]);
});

const addresses = [
  `${appOrigin}/authorize`,
  `${appOrigin}/auth/github/callback`,
  `${appOrigin}/logout`,
  `${appOrigin}/oauth/authorize`,
  `${appOrigin}/oauth/token`,
  `${appOrigin}/oauth/device_authorization`,
  `${appOrigin}/oauth/revoke`,
  `${appOrigin}/device`,
  `${origin}/.byway/callback`,
  `${origin}/.byway/session`,
  `${origin}/.byway/logout`,
  `${origin}/.byway/seen`,
];
const names = [
  'tx',
  'code',
  'state',
  'error',
  'account',
  'wait',
  'client_id',
  'redirect_uri',
  'to',
];
const values = [
  '',
  'choose',
  'byway-cli',
  'A'.repeat(22),
  `${'A'.repeat(22)}.a.b.c.d.e`,
  'A'.repeat(43),
  'a.b.c',
  'https://evil.example/aaaaaaaa',
  '//evil.example',
  'http://127.0.0.1:1/aaaaaaaa@evil.example',
  '\r\nset-cookie: a=b',
  '<svg onload=alert(1)>',
];
const value = fc.oneof(fc.constantFrom(...values), fc.string({ unit: 'binary', maxLength: 60 }));
const pairs = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 6 });
const cookies = fc.dictionary(
  fc.constantFrom(
    '__Host-byway_sso',
    '__Host-byway_session',
    '__Host-byway_gh_tx_AAAAAAAA',
    '__Host-byway_tx_AAAAAAAA',
    '__Host-byway_tx_landings',
  ),
  fc.oneof(
    fc.constantFrom('1', '9', 'A'.repeat(43), 'a.b.c', 'eyJhbGciOiJkaXIifQ..A.A.A', '%00'),
    fc.string({ maxLength: 40 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, '')),
  ),
);

it('threat 24: nothing that was not given out opens anything', async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...addresses),
      fc.constantFrom('GET', 'POST'),
      pairs,
      cookies,
      async (address, method, parameters, jar) => {
        const browser = new Browser(stack);
        // Each from its own address, or the limits answer most of them.
        browser.headers = {
          'x-test-address': String((count += 1)),
          cookie: Object.entries(jar)
            .map((pair) => pair.join('='))
            .join('; '),
          origin: new URL(address).origin,
          'x-byway-token': parameters[0]?.[1].replaceAll(/[^\x21-\x7e]/g, '') ?? '',
        };
        const query = new URLSearchParams(parameters).toString();
        const answer =
          method === 'GET'
            ? await browser.send(`${address}?${query}`)
            : await browser.send(address, { method, body: query, headers: {} });
        expect(answer.status).toBeLessThan(500);
        expect(answer.text).not.toMatch(/<svg/);
        const set = answer.headers.getSetCookie().join('\n');
        expect(set).not.toMatch(/^__Host-byway_(?:sso|session)=[^;]/m);
        expect(set).not.toMatch(/^a=b/m);
        const location = answer.headers.get('location');
        if (location !== null) {
          const to = new URL(location, address).origin;
          expect([appOrigin, origin, stack.gitHub.url]).toContain(to);
        }
        expect(stack.port.logins.size + stack.port.codes.size + stack.port.families.size).toBe(0);
      },
    ),
    { numRuns: fuzzRuns(500) },
  );
  expect(stack.port.previews.get(label)?.ended).toBe(false);
});
