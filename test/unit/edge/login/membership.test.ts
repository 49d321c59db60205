/** Who GitHub says is a member, and what a person hears who is not let in. */
import { describe, expect, it } from 'vitest';
import { Browser } from './browser.ts';
import { appOrigin, label, organisationId, origin, otherOrigin } from './login-stack.ts';
import { browser, codeOf, deepLink, session, stack, useLogin } from './use-login.ts';

useLogin();

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
