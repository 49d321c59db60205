/** Login with a code that a person types elsewhere (RFC 8628). */
import { describe, expect, it } from 'vitest';
import { Browser, type Seen } from './browser.ts';
import { appOrigin, origin } from './login-stack.ts';
import { browser, stack, useLogin } from './use-login.ts';

useLogin();

interface Started {
  device_code: string;
  user_code: string;
  verification_uri: string;
  interval: number;
  expires_in: number;
}

async function send(path: string, fields: Record<string, string>) {
  const terminal = new Browser(stack);
  terminal.headers = { 'x-test-address': '198.51.100.9' };
  const body = new URLSearchParams({ client_id: 'byway-cli', ...fields }).toString();
  return terminal.send(`${appOrigin}${path}`, { method: 'POST', body, headers: {} });
}

async function start(fields = {}): Promise<Started> {
  const answer = await send('/oauth/device_authorization', { device: 'build machine', ...fields });
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text) as Started;
}

/** As a device that keeps to the interval. */
async function poll(code: string): Promise<Record<string, string>> {
  stack.aheadMs += 10_000;
  return pollAtOnce(code);
}

async function pollAtOnce(device_code: string): Promise<Record<string, string>> {
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
  const answer = await send('/oauth/token', { grant_type, device_code });
  return JSON.parse(answer.text) as Record<string, string>;
}

const type = async (user_code: string, page?: Seen) =>
  browser.submit(page ?? (await browser.open(`${appOrigin}/device`, 'bob')), { user_code });

describe('a device', () => {
  it('gets tokens when its person types the code and confirms', async () => {
    const started = await start();
    expect(started).toMatchObject({ interval: 5, expires_in: 600 });
    expect(started.verification_uri).toBe(`${appOrigin}/device`);
    expect(await poll(started.device_code)).toMatchObject({ error: 'authorization_pending' });
    const confirm = await type(started.user_code.toLowerCase().replace('-', ' '));
    expect(await poll(started.device_code)).toMatchObject({ error: 'authorization_pending' });
    const done = await browser.submit(confirm, { decision: 'allow' });
    expect(done.text).toContain('build machine may now act for you in sandbox');
    expect(await poll(started.device_code)).toMatchObject({ token_type: 'Bearer' });
    expect([...stack.port.families.values()][0]?.grant).toMatchObject({
      user: { id: 1002 },
      organisation: { id: 1 },
      device: 'build machine',
    });
  });

  it('is told when its person says no', async () => {
    const { device_code, user_code } = await start();
    await browser.submit(await type(user_code), { decision: 'deny' });
    expect(await poll(device_code)).toMatchObject({ error: 'access_denied' });
  });

  it('that asks too often is told to slow down', async () => {
    const { device_code } = await start();
    await poll(device_code);
    expect(await pollAtOnce(device_code)).toMatchObject({ error: 'slow_down' });
  });

  it('waits ten minutes', async () => {
    const { device_code, user_code } = await start();
    stack.aheadMs = 600_001;
    expect((await type(user_code)).status).toBe(400);
    expect(await pollAtOnce(device_code)).toMatchObject({ error: 'expired_token' });
  });

  it.each([
    [{ scope: 'everything' }, 'invalid_scope'],
    [{ organisation: 'a b' }, 'invalid_request'],
    [{ client_id: 'other' }, 'invalid_client'],
  ])('that asks with %j is refused', async (fields, error) => {
    const answer = await send('/oauth/device_authorization', fields);
    expect([answer.status, JSON.parse(answer.text).error]).toEqual([400, error]);
  });

  it('for an organisation that its person is not in is refused', async () => {
    const { device_code, user_code } = await start({ organisation: 'others' });
    expect((await type(user_code)).status).toBe(404);
    expect(await poll(device_code)).toMatchObject({ error: 'authorization_pending' });
  });
});

describe('threat 54: phishing with a device code', () => {
  it('the page says what asks, from where, and as whom', async () => {
    const { user_code } = await start();
    const confirm = await type(user_code);
    for (const text of ['build machine', '198.51.100.9', 'bob (GitHub)', '192.0.2.1']) {
      expect(confirm.text).toContain(text);
    }
  });

  it('no link types the code: not in the answer, and not in the address', async () => {
    const started = await start();
    expect(started).not.toHaveProperty('verification_uri_complete');
    await browser.open(`${origin}/`, 'bob');
    const page = await browser.open(
      `${appOrigin}/device?user_code=${started.user_code}&decision=allow&user=1002`,
    );
    expect(page.text).not.toContain(started.user_code);
    expect(await poll(started.device_code)).toMatchObject({ error: 'authorization_pending' });
  });

  it.each(['https://evil.example', origin, 'null', undefined])(
    'a login in the browser and a form from %s are no approval',
    async (from) => {
      const { device_code, user_code } = await start();
      await browser.open(`${origin}/`, 'bob');
      const answer = await browser.send(`${appOrigin}/device`, {
        method: 'POST',
        body: `user_code=${user_code}&decision=allow&user=1002&organisation_id=1`,
        headers: from === undefined ? {} : { origin: from },
      });
      expect(answer.status).toBe(403);
      expect(await poll(device_code)).toMatchObject({ error: 'authorization_pending' });
    },
  );

  it('without a login nothing is approved', async () => {
    const { device_code, user_code } = await start();
    const answer = await browser.send(`${appOrigin}/device`, {
      method: 'POST',
      body: `user_code=${user_code}&decision=allow&user=1002&organisation_id=1`,
      headers: { origin: appOrigin },
    });
    expect(answer.status).toBe(400);
    expect(await poll(device_code)).toMatchObject({ error: 'authorization_pending' });
  });

  it('an answer is given once, and tokens are too', async () => {
    const { device_code, user_code } = await start();
    const confirm = await type(user_code);
    await browser.submit(confirm, { decision: 'allow' });
    expect((await browser.submit(confirm, { decision: 'allow' })).status).toBe(400);
    expect(await poll(device_code)).toHaveProperty('access_token');
    expect(await poll(device_code)).toMatchObject({ error: 'expired_token' });
  });

  it('a member who was removed approves nothing', async () => {
    const { device_code, user_code } = await start();
    const confirm = await type(user_code);
    stack.gitHub.actions.act({ action: 'remove_member', org: 'sandbox', login: 'bob' });
    expect((await browser.submit(confirm, { decision: 'allow' })).status).toBe(404);
    expect(await poll(device_code)).toMatchObject({ error: 'authorization_pending' });
  });
});

describe('threat 60: guessing user codes', () => {
  it('the sixth guess of a person is not looked at, wherever it comes from', async () => {
    const page = await browser.open(`${appOrigin}/device`, 'bob');
    for (let guess = 0; guess < 5; guess += 1) {
      browser.headers = { 'x-test-address': `203.0.113.${guess}` };
      expect((await type('BCDF-BCDF', page)).status).toBe(400);
    }
    const lookups = stack.port.calls.filter((call) => call === 'findDevice').length;
    browser.headers = { 'x-test-address': '203.0.113.77' };
    const { user_code } = await start();
    const sixth = await type(user_code, page);
    expect([sixth.status, sixth.headers.get('retry-after')]).toEqual([429, '60']);
    expect(stack.port.calls.filter((call) => call === 'findDevice')).toHaveLength(lookups);
    stack.aheadMs += 60_000;
    expect((await type(user_code, page)).text).toContain('build machine');
  });

  it('the confirmation is no way round it', async () => {
    const page = await browser.open(`${appOrigin}/device`, 'bob');
    const statuses = [];
    for (let guess = 0; guess < 6; guess += 1) {
      const fields = { user_code: 'BCDF-BCDF', decision: 'allow', user: '1002' };
      statuses.push((await browser.submit(page, fields)).status);
    }
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429]);
  });

  it('many people behind one address have one more limit', async () => {
    const { port } = stack;
    const page = await browser.open(`${appOrigin}/device`, 'bob');
    for (let other = 0; other < 20; other += 1) {
      await port.take('userCodeAddress:192.0.2.1', { burst: 20, perMinute: 5 });
    }
    expect((await type('BCDF-BCDF', page)).status).toBe(429);
  });

  it('devices that begin are counted by address', async () => {
    for (let index = 0; index < 10; index += 1) await start();
    expect((await send('/oauth/device_authorization', {})).status).toBe(429);
  });
});
