import { describe, expect, it } from 'vitest';
import { isNavigation } from '#edge/gate/navigation.ts';

const browser = ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'document'];
const html = ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'];

describe('navigations', () => {
  it.each([
    ['of a browser that says so', browser],
    ['with everything that browsers send', [...browser, ...html, 'Sec-Fetch-User', '?1']],
    ['in lower case, as over HTTP/2', ['sec-fetch-mode', 'navigate', 'sec-fetch-dest', 'document']],
    ['of an old browser', html],
    ['of a client that asks for HTML', ['accept', 'text/html']],
    ['with HTML among others', ['Accept', 'image/png, TEXT/HTML;q=0.1']],
    ['with HTML in a second field', ['Accept', 'image/png', 'Accept', 'text/html; charset=utf-8']],
    [
      'passed on by a service worker',
      ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'empty', ...html],
    ],
    ['from another site', [...browser, 'Sec-Fetch-Site', 'cross-site']],
  ])('threat 9: %s', (_, head) => expect(isNavigation('GET', head)).toBe(true));

  it.each([
    ['nothing said', []],
    ['whatever comes will do', ['Accept', '*/*']],
    ['text will do', ['Accept', 'text/*']],
    ['JSON', ['Accept', 'application/json']],
    ['no HTML, please', ['Accept', 'text/html;q=0, application/json']],
    ['no HTML, precisely', ['Accept', 'text/html; q=0.000']],
    ['a type that only begins like it', ['Accept', 'text/html5, xtext/html']],
    ['fetch()', ['Sec-Fetch-Mode', 'cors', 'Sec-Fetch-Dest', 'empty', ...html]],
    ['fetch() of the own origin', ['Sec-Fetch-Mode', 'same-origin', 'Sec-Fetch-Dest', 'empty']],
    ['an image', ['Sec-Fetch-Mode', 'no-cors', 'Sec-Fetch-Dest', 'image', ...html]],
    ['a frame', ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'iframe', ...html]],
    [
      'of no kind, without HTML',
      ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'empty', 'Accept', '*/*'],
    ],
    ['an object', ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'object', ...html]],
    ['a WebSocket', ['Sec-Fetch-Mode', 'websocket', 'Sec-Fetch-Dest', 'websocket']],
    ['a service worker', ['Sec-Fetch-Mode', 'same-origin', 'Sec-Fetch-Dest', 'serviceworker']],
    ['half of it: mode', ['Sec-Fetch-Mode', 'navigate', ...html]],
    ['half of it: destination', ['Sec-Fetch-Dest', 'document', ...html]],
    ['contradictory modes', [...browser, 'Sec-Fetch-Mode', 'cors']],
    ['contradictory destinations', [...browser, 'Sec-Fetch-Dest', 'empty']],
    ['other case of the value', ['Sec-Fetch-Mode', 'Navigate', 'Sec-Fetch-Dest', 'document']],
    ['an upgrade', [...browser, ...html, 'Upgrade', 'websocket', 'Connection', 'Upgrade']],
    ['a request by jQuery and the like', [...html, 'X-Requested-With', 'XMLHttpRequest']],
    ['a prefetch', [...browser, 'Sec-Purpose', 'prefetch']],
    ['a prerender', [...browser, 'Sec-Purpose', 'prefetch;prerender']],
    ['a prefetch of an older browser', [...html, 'Purpose', 'prefetch']],
  ])('threat 9: not %s', (_, head) => expect(isNavigation('GET', head)).toBe(false));

  it.each(['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE', 'get', ''])(
    'threat 9: not %j, whatever else it says',
    (method) => {
      expect(isNavigation(method, browser)).toBe(false);
      expect(isNavigation(method, html)).toBe(false);
    },
  );
});
