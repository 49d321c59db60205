/** The login of the CLI, from the browser to its tokens. */
import { describe, expect, it } from 'vitest';
import { authorizeUrl, back, codeFor, redeem, state, tokenUrl } from './cli.ts';
import { appOrigin, origin } from './login-stack.ts';
import { browser, stack, useLogin } from './use-login.ts';

useLogin();

describe('login of the CLI', () => {
  it('from GitHub over the consent to tokens', async () => {
    const page = await browser.open(await authorizeUrl(), 'bob');
    expect(page.text).toContain('Let bob&#39;s laptop use Byway as you?');
    expect(page.text).toContain('bob (GitHub)');
    expect(page.text).toContain('<option value="1">sandbox</option>');
    const { code, ...rest } = back(await browser.submit(page, { decision: 'allow' }));
    expect(rest).toEqual({ state, iss: appOrigin });
    const tokens = await redeem(code!);
    expect(tokens).toMatchObject({
      status: 200,
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'view intercept',
    });
    const [family] = [...stack.port.families.values()];
    expect(family?.grant).toEqual({
      user: { id: 1002, login: 'bob' },
      organisation: { id: 1, login: 'sandbox' },
      scopes: ['view', 'intercept'],
      device: "bob's laptop",
    });
  });

  it('asks GitHub only without a login in the browser', async () => {
    await browser.open(`${origin}/`, 'bob');
    const before = browser.seen.length;
    await browser.open(await authorizeUrl());
    expect(browser.seen.slice(before).map(({ url }) => url.origin)).toEqual([appOrigin]);
  });

  it('for the organisation that was asked for', async () => {
    const page = await browser.open(await authorizeUrl({ organisation: 'OTHERS' }), 'alice');
    expect(page.text).not.toContain('>sandbox</option>');
    const { code } = back(await browser.submit(page, { decision: 'allow' }));
    await redeem(code!);
    expect([...stack.port.families.values()][0]?.grant.organisation.id).toBe(2);
  });

  it('with fewer scopes', async () => {
    const { scope } = (await redeem(await codeFor('bob', { scope: 'view' }))) as { scope?: string };
    expect(scope).toBe('view');
  });

  it('cancelled by the person', async () => {
    const page = await browser.open(await authorizeUrl(), 'bob');
    expect(back(await browser.submit(page, { decision: 'deny' }))).toEqual({
      error: 'access_denied',
      state,
      iss: appOrigin,
    });
  });

  it.each([
    ['nobody', {}, 404],
    ['mallory', { organisation: 'sandbox' }, 404],
    ['bob', { organisation: 'others' }, 404],
  ])('of %s with %j is refused, with a way out', async (as, change, status) => {
    const page = await browser.open(await authorizeUrl(change), as);
    expect(page.status).toBe(status);
    expect(page.text).toContain('account=choose');
  });

  it('of a member who was removed meanwhile is refused', async () => {
    const page = await browser.open(await authorizeUrl(), 'bob');
    stack.gitHub.actions.act({ action: 'remove_member', org: 'sandbox', login: 'bob' });
    expect((await browser.submit(page, { decision: 'allow' })).status).toBe(404);
  });

  it('says what the server is', async () => {
    const { text } = await browser.send(`${appOrigin}/.well-known/oauth-authorization-server`);
    expect(JSON.parse(text)).toMatchObject({
      issuer: appOrigin,
      token_endpoint: tokenUrl,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    });
  });
});
