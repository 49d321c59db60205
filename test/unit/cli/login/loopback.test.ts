import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExitCode } from '#cli/failure.ts';
import { listenForAnswer, type Loopback } from '#cli/login/loopback.ts';
import { visit } from './strict-edge.ts';

const issuer = 'https://byway.example.com';
const state = 's'.repeat(43);
let loopback: Loopback;
let ignored: string[];
beforeEach(async () => {
  ignored = [];
  loopback = await listenForAnswer({ state, issuer }, (reason) => ignored.push(reason));
});
afterEach(() => loopback.close());

function callback(parameters: Record<string, string> = {}): string {
  const url = new URL(loopback.redirectUri);
  const all = { state, iss: issuer, code: 'the-code', ...parameters };
  for (const [name, value] of Object.entries(all)) {
    if (value !== '') url.searchParams.set(name, value);
  }
  return url.href;
}

/** Nothing that came so far has changed anything: the right answer still counts. */
async function stillWaits(): Promise<void> {
  expect((await visit(callback())).status).toBe(200);
  await expect(loopback.answer).resolves.toEqual({ kind: 'code', code: 'the-code' });
}

describe('threat 53: the loopback listener', () => {
  it('is on 127.0.0.1 by its number, with a path of 128 random bits, another one each time', async () => {
    expect(loopback.redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/cb\/[\w-]{22}$/);
    const other = await listenForAnswer({ state, issuer });
    const path = (uri: string): string => new URL(uri).pathname;
    expect(path(other.redirectUri)).not.toBe(path(loopback.redirectUri));
    await other.close();
  });

  it.each<[string, Record<string, string>]>([
    ['another state', { state: 't'.repeat(43) }],
    ['no state', { state: '' }],
    ['a state that only begins right', { state: state.slice(0, -1) }],
    ['another issuer (RFC 9207)', { iss: 'https://evil.example.com' }],
    ['no issuer', { iss: '' }],
    ['an issuer that only looks the same', { iss: `${issuer}/` }],
    ['no code', { code: '' }],
    ['an endless code', { code: 'c'.repeat(513) }],
    ['a code and an error', { error: 'access_denied' }],
    [
      'error= first, with another state',
      { state: 't'.repeat(43), code: '', error: 'access_denied' },
    ],
    ['error= first, without a state', { state: '', code: '', error: 'access_denied' }],
    ['error= from another issuer', { iss: 'https://evil.example.com', code: '', error: 'x' }],
  ])('gives 400 to a callback with %s, and goes on waiting', async (_name, parameters) => {
    expect((await visit(callback(parameters))).status).toBe(400);
    expect(ignored).toHaveLength(1);
    await stillWaits();
  });

  it.each(['state', 'iss', 'code'])('gives 400 to a callback with %s twice', async (name) => {
    const right = new URL(callback());
    right.searchParams.append(name, right.searchParams.get(name)!);
    expect((await visit(right.href)).status).toBe(400);
    await stillWaits();
  });

  it('gives 400 to other paths, methods and hosts, without a word', async () => {
    const { origin, search } = new URL(callback());
    expect((await visit(`${origin}/favicon.ico`)).status).toBe(400);
    expect((await visit(`${origin}/cb/${'A'.repeat(22)}${search}`)).status).toBe(400);
    expect((await visit(`${loopback.redirectUri}/more${search}`)).status).toBe(400);
    for (const method of ['POST', 'PUT', 'OPTIONS', 'HEAD']) {
      expect((await visit(callback(), { method })).status).toBe(400);
    }
    // A page that has rebound its own name to 127.0.0.1.
    const host = `evil.example.com:${new URL(callback()).port}`;
    expect((await visit(callback(), { headers: { Host: host } })).status).toBe(400);
    expect(ignored).toEqual([]);
    await stillWaits();
  });

  it('takes one answer; repeated and later ones get 400 and change nothing', async () => {
    expect((await visit(callback())).status).toBe(200);
    expect((await visit(callback())).status).toBe(400);
    expect((await visit(callback({ code: 'another' }))).status).toBe(400);
    expect((await visit(callback({ code: '', error: 'access_denied' }))).status).toBe(400);
    await expect(loopback.answer).resolves.toEqual({ kind: 'code', code: 'the-code' });
  });

  it('takes exactly one of two that come at once', async () => {
    const codes = ['one', 'two'];
    const pages = await Promise.all(codes.map((code) => visit(callback({ code }))));
    expect(pages.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400]);
    const code = codes[pages.findIndex(({ status }) => status === 200)];
    await expect(loopback.answer).resolves.toEqual({ kind: 'code', code });
  });

  it('hands on an error with the right state and issuer', async () => {
    const error = { code: '', error: 'organisation_required', organisations: 'acme two-words <x>' };
    const page = await visit(callback(error));
    expect(page.text).toContain('Not logged in');
    await expect(loopback.answer).resolves.toEqual({
      kind: 'error',
      error: 'organisation_required',
      description: '',
      organisations: ['acme', 'two-words'],
    });
  });
});

it('threats 6, 10: its pages hold nothing of the request, load nothing, and tell nobody', async () => {
  const foreign = await visit(
    callback({ state: '<svg onload=alert(1)>', error: '<svg>', error_description: '<svg>' }),
  );
  const done = await visit(callback());
  expect(done.text).toContain('Go back to the terminal');
  for (const { headers, text } of [foreign, done]) {
    for (const secret of [state, 'the-code', issuer, 'svg']) expect(text).not.toContain(secret);
    expect(text).not.toMatch(/https?:|src=|href=/);
    expect(headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  }
});

it('gives up after its limit, and says what to do', async () => {
  const short = await listenForAnswer({ state, issuer }, undefined, 1);
  await expect(short.answer).rejects.toMatchObject({
    exitCode: ExitCode.notConfigured,
    message: expect.stringContaining('--device'),
  });
  await short.close();
});

it('is gone after its end, whoever is still connected', async () => {
  const port = Number(new URL(loopback.redirectUri).port);
  const idle = connect(port, '127.0.0.1');
  await new Promise((resolve) => idle.once('connect', resolve));
  await loopback.close();
  idle.destroy();
  await expect(visit(callback())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
