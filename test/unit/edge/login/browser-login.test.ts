/** The login of a browser, from a deep link back to it, with the GitHub sandbox as GitHub. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginTransaction } from '#edge/gate/transaction.ts';
import { maxReturnPathCharacters } from '#edge/gate/return-path.ts';
import { KeyRing } from '#edge/gate/signing.ts';
import { Browser, byScript, type Seen } from './browser.ts';
import {
  appOrigin,
  label,
  LoginStack,
  organisationId,
  origin,
  otherLabel,
  otherOrigin,
  random,
} from './login-stack.ts';
import { sidOf } from './memory-port.ts';

const session = '__Host-byway_session';
const sso = '__Host-byway_sso';
const deepLink = `${origin}/cart/7?size=xl&q=%2F%2Fevil.example`;

let stack: LoginStack;
let browser: Browser;

beforeEach(async () => {
  stack = await LoginStack.start();
  browser = new Browser(stack);
});
afterEach(async () => {
  await stack.stop();
  expect(stack.gitHub.journal.violations).toEqual([]);
});

const codeOf = ({ text }: Seen) => /BW-60\d\d/.exec(text)?.[0];

/** Up to the callback of GitHub, which is not sent yet. */
async function toGitHubAndBack(as: string, from = deepLink): Promise<URL> {
  const atGitHub = await browser.open(from);
  const back = await browser.send(atGitHub.url, { method: 'POST', body: `login=${as}` });
  return new URL(back.headers.get('location')!);
}

/** Up to the callback of the preview, which is not sent yet. */
async function toPreviewCallback(as: string, from = deepLink): Promise<URL> {
  const answer = await browser.send(await toGitHubAndBack(as, from));
  return new URL(answer.headers.get('location')!);
}

describe('a member', () => {
  it('comes back to the very page', async () => {
    const page = await browser.open(deepLink, 'bob');
    expect(page.text).toBe('the app, to bob');
    expect(page.url.href).toBe(deepLink);
    expect([...browser.cookies(origin).keys()].sort()).toEqual([
      session,
      '__Host-byway_tx_landings',
    ]);
    expect([...browser.cookies(appOrigin).keys()]).toEqual([sso]);
  });

  it('needs GitHub once for all previews, and for each a session of its own', async () => {
    await browser.open(deepLink, 'bob');
    const before = stack.gitHub.journal.requests.length;
    const page = await browser.open(`${otherOrigin}/`);
    expect(page.text).toBe('the app, to bob');
    const asked = stack.gitHub.journal.requests.slice(before).map(({ path }) => path);
    expect(asked.filter((path) => path.includes('/login/oauth'))).toEqual([]);
    expect(browser.cookies(origin).get(session)).not.toBe(
      browser.cookies(otherOrigin).get(session),
    );
  });

  it('sends the whole way with 303 and without a Referer', async () => {
    await browser.open(deepLink, 'bob');
    const own = browser.seen.filter(({ url }) => url.origin !== stack.gitHub.url);
    for (const { status, headers } of own.slice(0, -1)) {
      expect(status).toBe(303);
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  it('with the longest return path there is', async () => {
    const path = `/${'a'.repeat(maxReturnPathCharacters - 1)}`;
    expect((await browser.open(origin + path, 'bob')).url.href).toBe(origin + path);
  });

  it('may switch the account', async () => {
    await browser.open(deepLink, 'mallory');
    const denied = browser.seen.at(-1)!;
    const link = /href="([^"]+account=choose)"/.exec(denied.text)?.[1]?.replaceAll('&amp;', '&');
    const chooser = await browser.open(new URL(link!, appOrigin));
    expect(chooser.url.searchParams.get('prompt')).toBe('select_account');
    expect((await browser.follow(chooser, 'bob')).text).toBe('the app, to bob');
  });

  it('threat 14: has nothing in the session that opens the app host', async () => {
    await browser.open(deepLink, 'bob');
    const [, claims = ''] = browser.cookies(origin).get(session)!.split('.');
    expect(Buffer.from(claims, 'base64url').toString()).not.toContain(
      browser.cookies(appOrigin).get(sso),
    );
  });

  it('keeps no token of GitHub', async () => {
    await browser.open(deepLink, 'bob');
    const everything = JSON.stringify([
      [...stack.port.logins.values()],
      stack.logged,
      browser.seen.map(({ headers, text }) => [[...headers], text]),
    ]);
    expect(everything).not.toMatch(/gh[ousr]_/);
  });
});

describe('threat 1: the way back', () => {
  it.each(['//evil.example', '/\\evil.example', '/.byway/callback?code=a'])(
    '%s does not lead away',
    async (path) => {
      // Past the URL parser of a browser, which would not send some of these.
      const { token } = await beginTransaction(
        stack.ring,
        random,
        { label, returnPath: path },
        { appOrigin, nowMs: stack.nowMs() },
      );
      const answer = await browser.open(`${appOrigin}/authorize?tx=${token}`, 'bob');
      expect(answer.url.origin).toBe(origin);
      for (const { headers } of browser.seen) {
        const to = headers.get('location');
        expect(to ?? '').not.toContain('//evil');
      }
    },
  );
});

describe('threat 2: a transaction', () => {
  const time = () => ({ appOrigin, nowMs: stack.nowMs() });
  const refused = async (tx: string) => {
    const answer = await browser.send(`${appOrigin}/authorize?tx=${encodeURIComponent(tx)}`);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBeNull();
    expect(codeOf(answer)).toBe('BW-6010');
    expect(answer.headers.getSetCookie()).toEqual([]);
  };
  const begin = (ring = stack.ring, at = time()) =>
    beginTransaction(ring, random, { label, returnPath: '/' }, at).then(({ token }) => token);

  it('that somebody else signed is refused', async () => {
    await refused(await begin(await KeyRing.from([{ kid: 'a', seed: new Uint8Array(32) }])));
  });
  it('that has expired or is from the future is refused', async () => {
    await refused(await begin(stack.ring, { appOrigin, nowMs: stack.nowMs() - 600_001 }));
    await refused(await begin(stack.ring, { appOrigin, nowMs: stack.nowMs() + 60_000 }));
  });
  it('of another edge is refused', async () => {
    await refused(await begin(stack.ring, { ...time(), appOrigin: 'https://evil.example' }));
  });
  it.each(['', 'x', 'a.b.c'])('%j is refused', (text) => refused(text));

  it('is not taken twice over, and no host is read from elsewhere', async () => {
    const tx = await begin();
    const twice = await browser.send(`${appOrigin}/authorize?tx=${tx}&tx=${tx}`);
    expect(twice.status).toBe(400);
    const page = await browser.open(
      `${appOrigin}/authorize?tx=${tx}&rd=//evil.example&host=evil.example`,
      'bob',
    );
    expect(page.url.origin).toBe(origin);
  });

  it('of one preview does not end on another', async () => {
    const callback = await toPreviewCallback('bob');
    const there = new URL(callback.href.replace(origin, otherOrigin));
    const answer = await browser.send(there);
    expect(answer.status).toBe(400);
    expect(browser.cookies(otherOrigin).has(session)).toBe(false);
  });
});

describe('threat 3: the callback of GitHub', () => {
  const refused = (answer: Seen) => {
    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBeNull();
    expect(stack.port.logins.size).toBe(0);
    expect(browser.cookies(appOrigin).has(sso)).toBe(false);
  };
  const name = () => [...browser.cookies(appOrigin).keys()].find((each) => /gh_tx/.test(each))!;

  it('without the cookie makes no login', async () => {
    const callback = await toGitHubAndBack('bob');
    browser.cookies(appOrigin).clear();
    refused(await browser.send(callback));
  });

  it('with the cookie of another login makes none', async () => {
    const callback = await toGitHubAndBack('bob');
    const mine = name();
    const other = new Browser(stack);
    await other.open(deepLink);
    const [theirs] = [...other.cookies(appOrigin).values()];
    browser.cookies(appOrigin).set(mine, theirs!);
    refused(await browser.send(callback));
  });

  it('with another state makes none', async () => {
    const callback = await toGitHubAndBack('bob');
    const state = callback.searchParams.get('state')!;
    const [id, goal] = state.split(/\.(.*)/);
    callback.searchParams.set('state', `${id!.slice(0, 8)}${'A'.repeat(14)}.${goal}`);
    refused(await browser.send(callback));
  });

  it('with the goal of another login makes none', async () => {
    const callback = await toGitHubAndBack('bob');
    const other = await new Browser(stack).open(`${otherOrigin}/`);
    const [, theirs] = other.url.searchParams.get('state')!.split(/\.(.*)/);
    const [id] = callback.searchParams.get('state')!.split('.');
    for (const state of [`${id}.${theirs}`, id!, `${id}.x`]) {
      const again = new Browser(stack);
      for (const [n, v] of browser.cookies(appOrigin)) again.cookies(appOrigin).set(n, v);
      callback.searchParams.set('state', state);
      refused(await again.send(callback));
    }
  });

  it.each(['', 'x', 'A'.repeat(23), '../../x'])('with the state %j makes none', async (state) => {
    refused(await browser.send(`${appOrigin}/auth/github/callback?code=a&state=${state}`));
  });

  it('is good once', async () => {
    const callback = await toGitHubAndBack('bob');
    const [jar] = [new Map(browser.cookies(appOrigin))];
    await browser.send(callback);
    expect(stack.port.logins.size).toBe(1);
    const thief = new Browser(stack);
    for (const [key, value] of jar) thief.cookies(appOrigin).set(key, value);
    const answer = await thief.send(callback);
    expect(answer.status).toBe(400);
    expect(thief.cookies(appOrigin).has(sso)).toBe(false);
    // In the browser that is signed in by now it only leads on.
    const again = await browser.send(callback);
    expect(new URL(again.headers.get('location')!, appOrigin).pathname).toBe('/authorize');
    expect(stack.port.logins.size).toBe(1);
  });

  it('is too late after ten minutes', async () => {
    const callback = await toGitHubAndBack('bob');
    stack.aheadMs = 600_001;
    refused(await browser.send(callback));
  });

  it('with a changed cookie makes none, and nobody reads what is in it', async () => {
    const callback = await toGitHubAndBack('bob');
    const value = browser.cookies(appOrigin).get(name())!;
    expect(atob(value.split('.')[3]!.replaceAll('-', '+').replaceAll('_', '/'))).not.toContain(
      label,
    );
    const middle = Math.floor(value.length / 2);
    const changed = value.slice(0, middle) + (value[middle] === 'A' ? 'B' : 'A');
    browser.cookies(appOrigin).set(name(), changed + value.slice(middle + 1));
    refused(await browser.send(callback));
  });

  it('asks for a challenge that only the cookie has the verifier of', async () => {
    const page = await browser.open(deepLink);
    expect(page.url.searchParams.get('code_challenge_method')).toBe('S256');
    expect(page.url.searchParams.get('code_challenge')).toMatch(/^[\w-]{43}$/);
    expect(page.url.searchParams.get('allow_signup')).toBe('false');
  });
});

describe('the callback of the preview', () => {
  it('threat 5: of two redemptions at once one wins', async () => {
    const callback = await toPreviewCallback('bob');
    const jar = new Map(browser.cookies(origin));
    const twins = [new Browser(stack), new Browser(stack)];
    for (const twin of twins) for (const [n, v] of jar) twin.cookies(origin).set(n, v);
    const answers = await Promise.all(twins.map((twin) => twin.send(callback)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 400]);
    expect(twins.filter((twin) => twin.cookies(origin).has(session))).toHaveLength(1);
  });

  it('threat 5: a code is too old after a minute', async () => {
    const callback = await toPreviewCallback('bob');
    stack.aheadMs = 60_001;
    const answer = await browser.send(callback);
    expect(answer.status).toBe(400);
    expect(browser.cookies(origin).has(session)).toBe(false);
  });

  it('threat 6: a stolen code opens nothing in a clean browser, and stays good for its owner', async () => {
    const callback = await toPreviewCallback('bob');
    const thief = new Browser(stack);
    const stolen = await thief.send(callback);
    expect(stolen.status).toBe(400);
    expect(stolen.headers.getSetCookie()).toEqual([]);
    expect(stolen.text).not.toContain(callback.searchParams.get('code'));
    expect((await browser.follow(await browser.send(callback))).text).toBe('the app, to bob');
  });

  it('threat 6: nor with a nonce of another login', async () => {
    const callback = await toPreviewCallback('bob');
    const name = [...browser.cookies(origin).keys()].find((each) => /_tx_/.test(each))!;
    const thief = new Browser(stack);
    await thief.open(deepLink);
    thief.cookies(origin).set(name, [...thief.cookies(origin).values()][0]!);
    expect((await thief.send(callback)).status).toBe(400);
    expect(thief.cookies(origin).has(session)).toBe(false);
  });

  it('is for GET only', async () => {
    const callback = await toPreviewCallback('bob');
    const answer = await browser.send(callback, { method: 'POST', body: 'a=b' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET']);
    expect((await browser.follow(await browser.send(callback))).text).toBe('the app, to bob');
  });

  it('threat 13: the session of one preview is none on another', async () => {
    await browser.open(deepLink, 'bob');
    browser.cookies(otherOrigin).set(session, browser.cookies(origin).get(session)!);
    const answer = await browser.send(`${otherOrigin}/`, { headers: byScript });
    expect(answer.status).toBe(401);
  });

  it('access that was taken away since the code was made stays away', async () => {
    const callback = await toPreviewCallback('bob');
    stack.port.previews.get(label)!.epoch += 1;
    await browser.send(callback);
    expect((await browser.send(`${origin}/`, { headers: byScript })).status).toBe(401);
  });
});

describe('threat 7: a sid that was planted', () => {
  it('is replaced at login, and dead', async () => {
    const attacker = new Browser(stack);
    await attacker.open(deepLink, 'alice');
    const planted = attacker.cookies(appOrigin).get(sso)!;
    browser.cookies(appOrigin).set(sso, planted);
    const page = await browser.open(await choose(), 'bob');
    expect(page.text).toBe('the app, to bob');
    expect(browser.cookies(appOrigin).get(sso)).not.toBe(planted);
    expect(stack.port.logins.has(sidOf(planted))).toBe(false);
    expect((await attacker.send(`${origin}/`, { headers: byScript })).status).toBe(401);
  });

  it('is replaced also for the same person', async () => {
    await browser.open(deepLink, 'bob');
    const before = browser.cookies(appOrigin).get(sso)!;
    await browser.open(await choose(), 'bob');
    expect(browser.cookies(appOrigin).get(sso)).not.toBe(before);
    expect([...stack.port.logins.keys()]).toEqual([sidOf(browser.cookies(appOrigin).get(sso))]);
  });

  it('that was never given out counts as none', async () => {
    browser.cookies(appOrigin).set(sso, 'chosen-by-somebody');
    await browser.open(deepLink, 'bob');
    expect(browser.cookies(appOrigin).get(sso)).not.toBe('chosen-by-somebody');
  });

  async function choose(): Promise<string> {
    const begun = await browser.send(`${origin}/begin`, {});
    const location = begun.headers.get('location');
    if (location?.startsWith(appOrigin)) return `${location}&account=choose`;
    browser.cookies(origin).delete(session);
    return choose();
  }
});

describe('threat 8: many tabs', () => {
  it('ten at once all land', async () => {
    const tabs = Array.from({ length: 10 }, (_, index) => `${origin}/tab/${index}`);
    const begun = await Promise.all(tabs.map((tab) => browser.open(tab)));
    const landed = await Promise.all(begun.map((tab) => landing(tab)));
    expect(landed.map(({ url }) => url.href).sort()).toEqual(tabs);
    for (const { text } of landed) expect(text).toBe('the app, to bob');
  });

  it('ten one after the other, of which the first lost their nonce, all land', async () => {
    const tabs = Array.from({ length: 10 }, (_, index) => `${origin}/tab/${index}`);
    const begun: Seen[] = [];
    for (const tab of tabs) begun.push(await browser.open(tab));
    const pending = [...browser.cookies(origin).keys()].filter((name) => /_tx_/.test(name));
    expect(pending).toHaveLength(3);
    const landed: Seen[] = [];
    for (const tab of begun.toReversed()) landed.push(await landing(tab));
    expect(landed.map(({ url }) => url.href)).toEqual(tabs.toReversed());
    for (const { text } of landed) expect(text).toBe('the app, to bob');
  });

  it('a tab that lost its cookie and whose person is not signed in may try again', async () => {
    const callback = await toGitHubAndBack('bob');
    browser.cookies(appOrigin).clear();
    const page = await browser.send(callback);
    expect(page.status).toBe(400);
    const link = /href="(\/authorize[^"]+)">Try again/.exec(page.text)![1]!;
    expect((await browser.open(new URL(link, appOrigin), 'bob')).text).toBe('the app, to bob');
  });

  it('and of two logins at once none ends the other', async () => {
    const [one, two] = [await browser.open(`${origin}/1`), await browser.open(`${otherOrigin}/2`)];
    await landing(one);
    await landing(two);
    expect(stack.port.logins.size).toBe(1);
    expect((await browser.send(`${origin}/`)).status).toBe(200);
    expect((await browser.send(`${otherOrigin}/`)).status).toBe(200);
  });

  it('at most three logins at GitHub are kept', async () => {
    for (let index = 0; index < 6; index += 1) await browser.open(deepLink);
    expect(browser.cookies(appOrigin).size).toBe(3);
    for (const value of browser.cookies(appOrigin).values()) {
      expect(value.length).toBeLessThan(400);
    }
  });

  it('a valid session wins over a nonce that is gone', async () => {
    const callback = await toPreviewCallback('bob');
    await browser.send(callback);
    const again = await browser.send(callback);
    expect([again.status, again.headers.get('location')]).toEqual([
      303,
      deepLink.slice(origin.length),
    ]);
  });

  it('50 requests by script create no cookies', async () => {
    for (let index = 0; index < 50; index += 1) {
      const answer = await browser.send(`${origin}/${index}`, { headers: byScript });
      expect(answer.status).toBe(401);
    }
    expect(browser.cookies(origin).size).toBe(0);
  });

  /** Goes on as a browser does, waiting pages included. */
  async function landing(tab: Seen): Promise<Seen> {
    let now =
      tab.status === 200 && tab.url.origin === origin ? tab : await browser.follow(tab, 'bob');
    for (let wait = 0; wait < 20; wait += 1) {
      const next =
        /http-equiv="refresh" content="1; url=([^"]+)"/.exec(now.text)?.[1] ??
        (now.status === 400
          ? /<a href="(\/[^"]*)">Open the preview again/.exec(now.text)?.[1]
          : undefined);
      if (next === undefined) return now;
      await new Promise((resolve) => setImmediate(resolve));
      now = await browser.open(new URL(next.replaceAll('&amp;', '&'), now.url), 'bob');
    }
    return now;
  }
});

describe('threat 9: who looks for no page gets no redirect', () => {
  it.each([
    ['a script', 'GET', byScript],
    [
      'an image',
      'GET',
      { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image', accept: 'text/html' },
    ],
    ['a frame', 'GET', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
    ['a program', 'GET', { accept: '*/*' }],
    ['a form', 'POST', { accept: 'text/html' }],
    ['a WebSocket', 'GET', { upgrade: 'websocket', accept: 'text/html' }],
  ])('%s', async (_, method, headers) => {
    const answer = await browser.send(deepLink, { method, headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('location')).toBeNull();
    expect(answer.headers.getSetCookie()).toEqual([]);
  });
});

describe('threat 10: what GitHub or a stranger writes', () => {
  it('is not shown', async () => {
    const callback = await toGitHubAndBack('bob');
    callback.searchParams.delete('code');
    callback.searchParams.set('error', 'access_denied');
    callback.searchParams.set('error_description', '<svg onload=alert(1)>');
    const answer = await browser.send(callback);
    expect([answer.status, codeOf(answer)]).toEqual([403, 'BW-6012']);
    expect(answer.text).not.toContain('onload');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('somebody who cancels at GitHub is not signed in, and may try again', async () => {
    const page = await browser.open(deepLink, '');
    expect([page.status, codeOf(page)]).toEqual([403, 'BW-6012']);
    const link = /href="(\/authorize[^"]+)">Try again/.exec(page.text)![1]!;
    expect((await browser.open(new URL(link, appOrigin), 'bob')).text).toBe('the app, to bob');
  });
});

describe('threat 19: labels', () => {
  it('look all the same to a stranger, and nothing is looked up', async () => {
    for (const each of [label, otherLabel, 'never-issued']) {
      const stranger = new Browser(stack);
      const page = await stranger.open(`http://${each}.preview.localhost/`);
      expect(page.url.origin).toBe(stack.gitHub.url);
      expect(stranger.seen.map(({ status }) => status)).toEqual([303, 303, 200]);
    }
    expect(stack.port.calls).toEqual([]);
  });

  it('look all the same to somebody who is no member', async () => {
    const answers = [];
    for (const each of [label, 'never-issued']) {
      const outsider = new Browser(stack);
      const page = await outsider.open(`http://${each}.preview.localhost/`, 'mallory');
      const text = page.text.replaceAll(/tx=[\w.-]+/g, 'tx=…');
      answers.push([page.status, text.replace(/(name="ticket" value=)"[\w.-]+"/, '$1…')]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.[0]).toBe(404);
  });
});

describe('threat 33: who is not an active member', () => {
  it.each([
    ['an outsider of another organisation', 'mallory', 404, 'BW-6002'],
    ['somebody without an organisation', 'nobody', 404, 'BW-6001'],
    ['somebody who is invited', 'pat', 403, 'BW-6003'],
  ])('%s', async (_, login, status, code) => {
    const page = await browser.open(deepLink, login);
    expect([page.status, codeOf(page)]).toEqual([status, code]);
    expect(page.url.origin).toBe(appOrigin);
    expect(page.text).not.toContain('cart');
    expect(page.text).not.toContain('sandbox');
    expect(page.text).not.toContain(label);
    expect(browser.cookies(origin).has(session)).toBe(false);
    expect(page.text).toContain('Use another GitHub account');
  });

  it.each(['billing_manager'] as const)('a %s', async (role) => {
    stack.gitHub.actions.act({ action: 'set_member', org: 'sandbox', login: 'bob', role });
    const page = await browser.open(deepLink, 'bob');
    expect(page.status).toBe(404);
  });

  it('an outside collaborator', async () => {
    stack.gitHub.state.organization(organisationId)!.outside_collaborators.push(1005);
    const page = await browser.open(deepLink, 'nobody');
    expect([page.status, codeOf(page)]).toEqual([404, 'BW-6002']);
  });

  it('somebody who was removed while signed in', async () => {
    await browser.open(deepLink, 'bob');
    stack.gitHub.actions.act({ action: 'remove_member', org: 'sandbox', login: 'bob' });
    const page = await browser.open(`${otherOrigin}/`);
    expect([page.status, codeOf(page)]).toEqual([404, 'BW-6002']);
  });

  it('a member of an ended preview is told so', async () => {
    stack.port.previews.get(label)!.ended = true;
    const page = await browser.open(deepLink, 'bob');
    expect([page.status, codeOf(page)]).toEqual([410, 'BW-6009']);
    const outsider = await new Browser(stack).open(deepLink, 'mallory');
    expect(outsider.status).toBe(404);
  });
});

describe('somebody without an organisation', () => {
  const calls = () =>
    stack.port.calls.filter((each) => /^(?:preview|readership|membership|startLogin)$/.test(each));

  it('who is a guest gets in, and the preview is asked for once', async () => {
    stack.port.previews.get(label)!.guests = [1005];
    expect((await browser.open(deepLink, 'nobody')).text).toBe('the app, to nobody');
    expect(calls()).toEqual(['preview', 'startLogin']);
  });

  it('who may read the repository gets in, and GitHub is asked about that once', async () => {
    stack.port.previews.get(label)!.readers = { ownerId: 1001, repositories: [2001] };
    stack.port.readers.set('2001:1005', { kind: 'member', role: 'member' });
    expect((await browser.open(deepLink, 'nobody')).text).toBe('the app, to nobody');
    expect(calls()).toEqual(['preview', 'readership', 'startLogin']);
  });

  it('threat 19: whom nobody let in gets no login, and the preview is asked for once', async () => {
    expect((await browser.open(deepLink, 'nobody')).status).toBe(404);
    expect(calls()).toEqual(['preview', 'membership']);
    expect(browser.cookies(appOrigin).has(sso)).toBe(false);
  });

  it('threat 7: who is not let in ends the login that the browser had', async () => {
    await browser.open(deepLink, 'bob');
    const begun = await browser.open(await chooseAnother());
    expect((await browser.follow(begun, 'nobody')).status).toBe(404);
    expect(stack.port.logins.size).toBe(0);
  });

  async function chooseAnother(): Promise<string> {
    browser.cookies(origin).delete(session);
    const begun = await browser.send(deepLink);
    return `${begun.headers.get('location')}&account=choose`;
  }
});

describe('threat 34: names that change hands', () => {
  it('a stranger who takes the login of a member gets nothing', async () => {
    await browser.open(deepLink, 'bob');
    stack.gitHub.actions.act({ action: 'rename_user', login: 'bob', to: 'robert' });
    stack.gitHub.actions.act({ action: 'rename_user', login: 'nobody', to: 'bob' });
    expect((await new Browser(stack).open(deepLink, 'bob')).status).toBe(404);
    expect((await new Browser(stack).open(deepLink, 'robert')).text).toBe('the app, to robert');
  });

  it('an organisation that takes the name of another gets nothing', async () => {
    const { actions } = stack.gitHub;
    actions.act({ action: 'rename_organization', org: 'sandbox', to: 'sand' });
    actions.act({ action: 'rename_organization', org: 'others', to: 'sandbox' });
    expect((await browser.open(deepLink, 'mallory')).status).toBe(404);
    expect((await new Browser(stack).open(deepLink, 'bob')).text).toBe('the app, to bob');
  });
});

describe('threat 35: single sign-on', () => {
  const without = (saml: boolean) =>
    stack.gitHub.actions.act({ action: 'set_member', org: 'sandbox', login: 'bob', saml });

  it('without its session there is no way in; with it there is', async () => {
    without(true);
    const page = await browser.open(deepLink, 'bob');
    expect([page.status, codeOf(page)]).toEqual([403, 'BW-6007']);
    expect(browser.cookies(origin).has(session)).toBe(false);
    without(false);
    const link = /href="(\/authorize[^"]+)">Try again/.exec(page.text)![1]!;
    expect((await browser.open(new URL(link, appOrigin), 'bob')).text).toBe('the app, to bob');
  });

  it('an app that comes to the organisation after the login needs GitHub once more, not twice', async () => {
    stack.gitHub.actions.act({ action: 'set_member', org: 'others', login: 'bob' });
    without(true);
    await browser.open(deepLink, 'bob');
    expect(stack.port.logins.size).toBe(1);
    without(false);
    expect((await browser.open(deepLink, 'bob')).text).toBe('the app, to bob');
  });
});

describe('the organisation or GitHub in the way', () => {
  const answer = async () => {
    const page = await browser.open(deepLink, 'bob');
    expect(browser.cookies(origin).has(session)).toBe(false);
    return [page.status, codeOf(page)];
  };
  const installation_id = 501;

  it('the app is not installed', async () => {
    stack.gitHub.actions.act({ action: 'uninstall', installation_id });
    expect(await answer()).toEqual([403, 'BW-6004']);
  });
  it('the app is suspended', async () => {
    stack.gitHub.actions.act({ action: 'suspend', installation_id });
    expect(await answer()).toEqual([403, 'BW-6005']);
  });
  it('the app may not see members', async () => {
    const permissions = { metadata: 'read' } as const;
    stack.gitHub.actions.act({ action: 'set_permissions', installation_id, permissions });
    expect(await answer()).toEqual([403, 'BW-6006']);
  });
  it.each(['/login/oauth/access_token', '/user$', '/user/installations', '/memberships/'])(
    'GitHub does not answer at %s',
    async (path) => {
      stack.gitHub.faults.arm({ match: { path }, fault: { kind: 'status', status: 502 } });
      expect(await answer()).toEqual([503, 'BW-6008']);
      expect(browser.seen.at(-1)?.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    },
  );
  it('the gateway has the wrong secret', async () => {
    stack.gitHub.state.world.apps[0]!.client_secret = 'another';
    expect(await answer()).toEqual([503, 'BW-6014']);
  });
});

describe('signing out', () => {
  it('ends all previews', async () => {
    await browser.open(deepLink, 'bob');
    await browser.open(`${otherOrigin}/`);
    const done = await browser.follow(
      await browser.submit(await browser.open(`${appOrigin}/logout`)),
    );
    expect(done.text).toContain('You are signed out');
    expect(browser.cookies(appOrigin).has(sso)).toBe(false);
    for (const each of [origin, otherOrigin]) {
      expect((await browser.send(`${each}/`, { headers: byScript })).status).toBe(401);
    }
  });

  it('threat 39: not by another site, and not by looking', async () => {
    await browser.open(deepLink, 'bob');
    for (const from of ['https://evil.example', origin, 'null', undefined]) {
      const headers: Record<string, string> = from === undefined ? {} : { origin: from };
      const body = 'a=b';
      const answer = await browser.send(`${appOrigin}/logout`, { method: 'POST', body, headers });
      expect(answer.status).toBe(403);
    }
    await browser.open(`${appOrigin}/logout`);
    expect(stack.port.logins.size).toBe(1);
  });

  it('on a preview ends that session and leads to the app host', async () => {
    await browser.open(deepLink, 'bob');
    await browser.open(`${otherOrigin}/`);
    const page = await browser.follow(
      await browser.send(`${origin}/.byway/logout`, { method: 'POST', headers: { origin } }),
    );
    expect(page.url.href).toBe(`${appOrigin}/logout`);
    expect((await browser.send(`${origin}/`, { headers: byScript })).status).toBe(401);
    expect((await browser.send(`${otherOrigin}/`, { headers: byScript })).status).toBe(200);
  });
});

it('threat 60: logins from one address are counted', async () => {
  const tx = (await browser.send(deepLink)).headers.get('location')!;
  const answers = [];
  for (let index = 0; index < 121; index += 1) answers.push((await browser.send(tx)).status);
  expect(answers.slice(0, 120)).toEqual(Array(120).fill(303));
  expect(browser.seen.at(-1)?.status).toBe(429);
  expect(browser.seen.at(-1)?.headers.get('retry-after')).toBe('1');
});

it('a login on the app host ends after twelve hours', async () => {
  await browser.open(deepLink, 'bob');
  stack.aheadMs = 12 * 3600_000 + 1;
  expect((await browser.open(`${otherOrigin}/`)).url.origin).toBe(stack.gitHub.url);
});
