/** Codes and tokens of the CLI: how often and how long they are good. */
import { describe, expect, it } from 'vitest';
import { Browser } from './browser.ts';
import { codeFor, invalidGrant, post, redeem, refresh, tokenUrl } from './cli.ts';
import { appOrigin } from './login-stack.ts';
import { browser, stack, useLogin } from './use-login.ts';

useLogin();

describe('threat 5: a code', () => {
  it('of two redemptions at once at most one wins, and the second ends what the first got', async () => {
    const code = await codeFor('bob');
    const answers = await Promise.all([redeem(code), redeem(code)]);
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(stack.port.families.size).toBe(0);
    for (const answer of answers) {
      const token = 'refresh_token' in answer ? String(answer.refresh_token) : undefined;
      if (token) expect(await refresh(token)).toMatchObject(invalidGrant);
    }
  });

  it('that comes again later ends the tokens', async () => {
    const code = await codeFor('bob');
    const { refresh_token: token } = (await redeem(code)) as { refresh_token?: string };
    expect(await redeem(code)).toMatchObject(invalidGrant);
    expect(await refresh(token!)).toMatchObject(invalidGrant);
  });

  it('is good for a minute', async () => {
    const code = await codeFor('bob');
    stack.aheadMs = 60_001;
    expect(await redeem(code)).toMatchObject(invalidGrant);
  });

  it.each(['', 'x', 'A'.repeat(43), 'A'.repeat(10_000)])('%j is none', async (code) => {
    expect(await redeem(code)).toMatchObject(invalidGrant);
  });
});

describe('refreshing', () => {
  const start = async () =>
    ((await redeem(await codeFor('bob'))) as { refresh_token?: string }).refresh_token!;

  it('gives the next pair', async () => {
    const next = await refresh(await start());
    expect(next).toMatchObject({ status: 200, token_type: 'Bearer' });
  });

  it('ends when the person is no longer a member', async () => {
    const token = await start();
    stack.gitHub.actions.act({ action: 'remove_member', org: 'sandbox', login: 'bob' });
    expect(await refresh(token)).toMatchObject(invalidGrant);
  });

  it('waits while GitHub is away, and goes on after', async () => {
    const token = await start();
    const match = { path: '/memberships/' };
    stack.gitHub.faults.arm({ match, fault: { kind: 'status', status: 502 } });
    expect(await refresh(token)).toMatchObject({ status: 503, error: 'temporarily_unavailable' });
    stack.aheadMs = 10_000;
    expect(await refresh(token)).toMatchObject({ status: 200 });
  });

  it('ends with a revocation, which always succeeds', async () => {
    const token = await start();
    const url = `${appOrigin}/oauth/revoke`;
    expect((await post(url, { client_id: 'byway-cli', token: 'unknown' })).status).toBe(200);
    expect((await post(url, { client_id: 'byway-cli', token })).status).toBe(200);
    expect(await refresh(token)).toMatchObject(invalidGrant);
    expect((await post(url, { client_id: 'byway-cli' })).status).toBe(400);
    expect((await post(url, { token })).status).toBe(400);
  });

  it.each([
    [{}, 'invalid_request'],
    [{ grant_type: 'password' }, 'unsupported_grant_type'],
    [{ grant_type: 'refresh_token' }, 'invalid_grant'],
    [{ grant_type: 'refresh_token', refresh_token: 'x'.repeat(513) }, 'invalid_grant'],
  ])('with %j is refused', async (fields, error) => {
    const answer = await post(tokenUrl, { client_id: 'byway-cli', ...fields });
    expect(answer).toMatchObject({ status: 400, error });
  });

  it('with a body that is no form, or too large, is refused', async () => {
    const send = (body: string, type?: string) =>
      new Browser(stack).send(tokenUrl, {
        method: 'POST',
        body,
        headers: type ? { 'content-type': type } : {},
      });
    browser.headers = {};
    const tooLarge = await send(`client_id=byway-cli&x=${'y'.repeat(16 * 1024)}`);
    expect([tooLarge.status, JSON.parse(tooLarge.text).error]).toEqual([400, 'invalid_request']);
    const twice = await send('client_id=byway-cli&client_id=byway-cli');
    expect(JSON.parse(twice.text).error).toBe('invalid_request');
    const json = await send('{}', 'application/json');
    expect(JSON.parse(json.text).error).toBe('invalid_request');
  });
});

it('threat 60: requests for tokens are counted by address', async () => {
  const statuses = [];
  for (let index = 0; index < 121; index += 1) statuses.push((await redeem('x')).status);
  expect(statuses.slice(0, 120)).toEqual(Array(120).fill(400));
  expect(statuses.at(-1)).toBe(429);
  expect(await redeem('x')).toMatchObject({ error: 'slow_down' });
});
