import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExitCode } from '#cli/failure.ts';
import { listenForCode, type SetupListener } from '#cli/setup/listener.ts';
import { donePage, failedPage } from '#cli/setup/page.ts';
import { Visitor } from '#sandbox/visitor.ts';

const action = 'https://github.example.com/organizations/acme/settings/apps/new';
let listener: SetupListener;
let ignored: string[];
let redirectUrl: string;
beforeEach(async () => {
  [ignored, redirectUrl] = [[], ''];
  listener = await listenForCode({
    action,
    manifest(url) {
      redirectUrl = url;
      return JSON.stringify({ name: `<"'&>`, redirect_url: url });
    },
    onForeign: (reason) => ignored.push(reason),
  });
});
afterEach(() => listener.close());

async function stateOf(person: Visitor): Promise<string> {
  const { text } = await person.send(listener.pageUrl);
  return /[?]state=([\w-]+)"/.exec(text)?.[1] ?? '';
}

function callback(parameters: Record<string, string>): string {
  return `${redirectUrl}?${new URLSearchParams(parameters)}`;
}

describe('threat 53: the page of a set-up', () => {
  it('is on 127.0.0.1 at a path of 128 random bits, and comes back to another one', async () => {
    await stateOf(new Visitor());
    const pattern = /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}$/;
    expect(listener.pageUrl).toMatch(pattern);
    expect(redirectUrl).toMatch(pattern);
    expect(redirectUrl).not.toBe(listener.pageUrl);
  });

  it('is for the browser that opened it first', async () => {
    const first = new Visitor();
    expect(await stateOf(first)).toMatch(/^[\w-]{43}$/);
    expect(await stateOf(first)).toMatch(/^[\w-]{43}$/);
    const second = await new Visitor().send(listener.pageUrl);
    expect(second.status).toBe(410);
    expect(second.text).not.toContain('state=');
    expect(ignored).toEqual(['another browser has opened the page before']);
  });

  it('is no page for a name that has been rebound to it', async () => {
    const { port, pathname } = new URL(listener.pageUrl);
    const status = await new Promise((resolve) => {
      const headers = { Host: `evil.example.com:${port}` };
      const call = request({ host: '127.0.0.1', port, path: pathname, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.end();
    });
    expect(status).toBe(400);
  });

  it.each<[string, (state: string) => Record<string, string>]>([
    ['another state', () => ({ code: 'c', state: 'x'.repeat(43) })],
    ['no state', () => ({ code: 'c' })],
    ['no code', (state) => ({ state })],
    ['an endless code', (state) => ({ code: 'c'.repeat(256), state })],
    ['a code with a path in it', (state) => ({ code: '../x', state })],
  ])('gives 400 to a callback with %s, and goes on waiting', async (_what, parameters) => {
    const state = await stateOf(new Visitor());
    const person = new Visitor();
    expect((await person.send(callback(parameters(state)))).status).toBe(400);
    expect((await person.send(callback({ code: 'c', state }), { method: 'POST' })).status).toBe(
      400,
    );
    const right = person.send(callback({ code: 'right', state }));
    const { code, show } = await listener.answer;
    expect(code).toBe('right');
    await show(failedPage);
    expect((await right).status).toBe(500);
    expect(ignored).toHaveLength(1);
  });

  it('takes one answer', async () => {
    const state = await stateOf(new Visitor());
    const person = new Visitor();
    const first = person.send(callback({ code: 'first', state }));
    const { show } = await listener.answer;
    expect((await person.send(callback({ code: 'second', state }))).status).toBe(400);
    await show(donePage('slug', 'acme', 'https://github.example.com/"><script>'));
    const { status, text } = await first;
    expect(status).toBe(200);
    expect(text).toContain('href="https://github.example.com/&quot;&gt;&lt;script&gt;"');
    expect((await listener.answer).code).toBe('first');
  });

  it('runs its own script only, and text in it is text', async () => {
    const { text, headers } = await new Visitor().send(listener.pageUrl);
    const script = /<script>(.*)<\/script>/.exec(text)?.[1] ?? '';
    const hash = createHash('sha256').update(script).digest('base64');
    expect(headers['content-security-policy']).toContain(`script-src 'sha256-${hash}'`);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict$/);
    expect(text).toContain('&lt;\\&quot;&#39;&amp;&gt;');
  });
});

it('gives up after its limit, and says what to do', async () => {
  const short = await listenForCode({ action, manifest: () => '', onForeign() {}, limitMs: 1 });
  await expect(short.answer).rejects.toMatchObject({
    exitCode: ExitCode.notConfigured,
    message: expect.stringContaining('run byway setup github again') as string,
  });
  await short.close();
});

it('lets a browser that has gone not hold it up', async () => {
  const state = await stateOf(new Visitor());
  const gone = request(callback({ code: 'c', state }));
  gone.on('error', () => {});
  gone.end();
  const { show } = await listener.answer;
  gone.destroy();
  await listener.close();
  await show(failedPage);
});
