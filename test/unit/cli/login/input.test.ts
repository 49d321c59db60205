import { PassThrough, Readable } from 'node:stream';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDuration } from '#cli/arguments.ts';
import { newTokenOf, tokensText, type CreateOptions } from '#cli/commands/token.ts';
import { ExitCode, Failure } from '#cli/failure.ts';
import { openerOf } from '#cli/login/browser.ts';
import { parseEdgeUrl, sameEdge } from '#cli/login/edge-url.ts';
import { parseToken, readToken } from '#cli/login/given-token.ts';
import { discover, printable } from '#cli/login/metadata.ts';
import {
  chooseOrganisation,
  organisationList,
  parseOrganisation,
} from '#cli/login/organisation.ts';
import { challengeOf, randomSecret } from '#cli/login/proof.ts';
import { requestGrant, revoke } from '#cli/login/token-endpoint.ts';
import { StrictEdge, tokenLike } from './strict-edge.ts';

function failureOf(act: () => unknown): Failure {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('--edge', () => {
  it.each([
    ['https://byway.example.com', 'https://byway.example.com'],
    ['https://BYWAY.example.com:443/', 'https://byway.example.com'],
    ['http://byway.localhost:8080', 'http://byway.localhost:8080'],
    ['http://localhost', 'http://localhost'],
    ['http://127.0.0.1:1', 'http://127.0.0.1:1'],
    ['http://[::1]:1', 'http://[::1]:1'],
  ])('%s', (text, origin) => expect(parseEdgeUrl('--edge', text)).toBe(origin));

  it.each([
    ['byway.example.com', 'must be an https URL'],
    ['ftp://byway.example.com', 'must be an https URL'],
    ['', 'must be an https URL'],
    ['http://byway.example.com', 'must be https; http is for localhost only'],
    ['http://localhost.example.com', 'must be https; http is for localhost only'],
    ['http://127.0.0.1.example.com', 'must be https; http is for localhost only'],
    ['http://notlocalhost', 'must be https; http is for localhost only'],
    ['https://alice:secret@byway.example.com', 'must have no user or password'],
    ['https://byway.example.com/path', 'scheme, host and port only'],
    ['https://byway.example.com/?a=b', 'scheme, host and port only'],
    ['https://byway.example.com/#a', 'scheme, host and port only'],
  ])('%j is wrong', (text, words) => {
    const { exitCode, message } = failureOf(() => parseEdgeUrl('--edge', text));
    expect(exitCode).toBe(ExitCode.usage);
    expect(message).toContain('--edge');
    expect(message).toContain(words);
    expect(message).not.toContain('secret');
  });

  it('is compared by origin', () => {
    expect(sameEdge('https://a.example', 'https://a.example:443/')).toBe(true);
    expect(sameEdge('https://a.example', 'http://a.example')).toBe(false);
    expect(sameEdge('https://a.example', 'nonsense')).toBe(false);
  });
});

describe('--token', () => {
  it.each(['bwu', 'bws'] as const)('takes a %s_ token', (prefix) => {
    const token = tokenLike(prefix);
    expect(parseToken(token)).toBe(token);
  });

  it.each([
    tokenLike('bwu').slice(1),
    `${tokenLike('bwu')}x`,
    tokenLike('bwu').slice(0, -1),
    tokenLike('bwr'),
    tokenLike('bwc'),
    `ghp_${'secret'.repeat(6)}`,
    `${tokenLike('bwu')}\n`,
    '',
  ])('%j is wrong, is not repeated and goes nowhere', (text) => {
    const { exitCode, message } = failureOf(() => parseToken(text));
    expect(exitCode).toBe(ExitCode.usage);
    expect(message).toContain('--token: ');
    if (text !== '') expect(message).not.toContain(text.trim());
  });

  it('reads one line of standard input, with or without its end', async () => {
    const token = tokenLike('bws');
    for (const text of [token, `${token}\n`, `  ${token}\r\n`]) {
      await expect(readToken(Readable.from([text.slice(0, 9), text.slice(9)]))).resolves.toBe(
        token,
      );
    }
    await expect(readToken(Readable.from([]))).rejects.toThrow('standard input is empty');
    await expect(readToken(Readable.from(['\n']))).rejects.toThrow('standard input is empty');
    await expect(readToken(Readable.from([`${token}\n${token}`]))).rejects.toThrow('complete');
    const endless = new Readable({ read: () => void endless.push('x'.repeat(1000)) });
    await expect(readToken(endless)).rejects.toThrow('--token: must be');
  });
});

describe('--organisation', () => {
  it.each(['acme', 'Acme-1', 'a', 'a'.repeat(39)])('%s', (text) =>
    expect(parseOrganisation(text)).toBe(text),
  );
  it.each(['', '-a', 'a-', 'a--b', 'a b', 'a/b', 'a'.repeat(40), 'é'])('%j is wrong', (text) => {
    expect(failureOf(() => parseOrganisation(text)).message).toContain(
      `--organisation ${text}: must be the login`,
    );
  });

  it('is offered as the edge lists it, without what is no login', () => {
    expect(organisationList('acme globex')).toEqual(['acme', 'globex']);
    expect(organisationList(['acme', '\u001b[2J', 'globex'])).toEqual(['acme', 'globex']);
    expect(organisationList(undefined)).toEqual([]);
  });

  it('is asked on a terminal only; otherwise the error lists them', async () => {
    const choose = chooseOrganisation(['acme', 'globex'], undefined);
    await expect(choose).rejects.toMatchObject({
      exitCode: ExitCode.usage,
      message:
        'you belong to several organisations; choose one with --organisation LOGIN:\n  --organisation acme\n  --organisation globex',
    });
    await expect(chooseOrganisation([], undefined)).rejects.toThrow('--organisation LOGIN');
  });

  it.each([
    ['down and Enter', ['\u001b[B', '\r'], 'globex'],
    ['Enter', ['\r'], 'acme'],
  ])('is chosen by %s', async (_name, keys, chosen) => {
    const input = new PassThrough();
    const output = new PassThrough();
    output.resume();
    const answer = chooseOrganisation(['acme', 'globex'], { input, output });
    for (const key of keys) input.write(key);
    await expect(answer).resolves.toBe(chosen);
  });

  it('is not chosen by Ctrl-C', async () => {
    const input = new PassThrough();
    const output = new PassThrough();
    output.resume();
    const answer = chooseOrganisation(['acme', 'globex'], { input, output });
    input.write('\u0003');
    await expect(answer).rejects.toMatchObject({ exitCode: ExitCode.interrupted });
  });
});

describe('byway token create', () => {
  const create = (options: Partial<CreateOptions>) =>
    newTokenOf({ config: 'c', output: 'text', kind: 'service', name: 'ci', ...options });

  it.each<[Partial<CreateOptions>, object]>([
    [{}, { kind: 'service', name: 'ci' }],
    [{ scope: 'view,intercept' }, { kind: 'service', name: 'ci', scopes: ['view', 'intercept'] }],
    [{ cluster: 'abcdefgh' }, { kind: 'service', name: 'ci', cluster: 'abcdefgh' }],
    [{ preview: 'amber-otter' }, { kind: 'service', name: 'ci', preview: 'amber-otter' }],
    [
      { kind: 'connector', cluster: 'abcdefgh' },
      { kind: 'connector', name: 'ci', cluster: 'abcdefgh' },
    ],
    [
      { kind: 'personal', expires: '30d' },
      { kind: 'personal', name: 'ci', expires_in_s: 2_592_000 },
    ],
  ])('%j', (options, wanted) => expect(create(options)).toEqual(wanted));

  it.each<[Partial<CreateOptions>, string]>([
    [{ name: '' }, '--name: must be'],
    [{ name: 'x'.repeat(101) }, '--name: must be'],
    [{ name: 'a\nb' }, '--name: must be'],
    [{ scope: 'admin' }, '--scope admin: must be of view, intercept'],
    [{ scope: '' }, '--scope'],
    [{ scope: 'view,' }, '--scope view,'],
    [{ kind: 'connector', cluster: 'abcdefgh', scope: 'view' }, '--scope goes with'],
    [{ preview: 'A.b' }, '--preview A.b: must be the label'],
    [{ kind: 'personal', preview: 'a' }, '--preview goes with --kind service'],
    [{ kind: 'connector', cluster: 'abcdefgh', preview: 'a' }, '--preview goes with'],
    [{ cluster: 'abcdefgh', preview: 'a' }, '--preview and --cluster exclude each other'],
    [{ kind: 'personal', cluster: 'abcdefgh' }, '--cluster goes with'],
    [{ kind: 'connector' }, '--kind connector needs --cluster KEY'],
    [{ kind: 'connector', cluster: 'abc/efgh' }, '--cluster abc/efgh: must be the key'],
    [{ expires: '30' }, '--expires 30: must be a number and a unit'],
    [{ expires: '0d' }, '--expires 0d: must be from 60s to 366d'],
  ])('%j is wrong', (options, words) => {
    const { exitCode, message } = failureOf(() => create(options));
    expect(exitCode).toBe(ExitCode.usage);
    expect(message).toContain(words);
  });

  it('counts durations in seconds', () => {
    const durations = ['0s', '90s', '2m', '24h', '30d', '1w'].map((text) =>
      parseDuration('-', text),
    );
    expect(durations).toEqual([0, 90, 120, 86_400, 2_592_000, 604_800]);
    for (const text of ['', 'd', '-1d', '1.5h', '1y', '1 d', '1D', '1234567d']) {
      expect(failureOf(() => parseDuration('--grace', text)).message).toContain(`--grace ${text}:`);
    }
  });

  it('lists in columns, and draws nothing on the terminal that a name says', () => {
    const text = tokensText([
      {
        id: 'ABCDEFGHJKLM',
        kind: 'service',
        name: '\u001b[2Jevil',
        scopes: ['view'],
        preview: 'amber-otter',
        expires_at: 1_800_000_000_000,
        last_used_at: null,
      },
    ]);
    expect(text.split('\n')[0]).toMatch(/^ID +KIND +NAME +SCOPES +FOR +EXPIRES +LAST USED$/);
    expect(text).toContain('view    amber-otter  2027-01-15T08:00:00.000Z  never\n');
    expect(text).not.toContain('\u001b');
    expect(tokensText([])).toBe('No tokens\n');
  });
});

describe('threat 4: the proof', () => {
  it('is S256 of a verifier of 256 random bits (RFC 7636, appendix B)', () => {
    expect(challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    );
    expect(randomSecret()).toMatch(/^[\w-]{43}$/);
    expect(randomSecret()).not.toBe(randomSecret());
  });
});

describe('the edge’s description of itself', () => {
  let edge: StrictEdge;
  beforeEach(async () => {
    edge = new StrictEdge();
    await edge.start();
  });
  afterEach(() => edge.stop());

  it('must be its own (RFC 8414 §3.3)', async () => {
    await expect(discover(edge.url)).resolves.toMatchObject({ issuer: edge.url });
    edge.metadata = { issuer: 'https://evil.example.com' };
    await expect(discover(edge.url)).rejects.toThrow('calls itself https://evil.example.com');
  });

  it.each([
    'authorization_endpoint',
    'token_endpoint',
    'device_authorization_endpoint',
    'revocation_endpoint',
  ])('must have its %s at home', async (name) => {
    edge.metadata = { [name]: 'https://evil.example.com/' };
    await expect(discover(edge.url)).rejects.toThrow(`${name} at another host`);
  });

  it('must offer S256 and be complete', async () => {
    edge.metadata = { code_challenge_methods_supported: ['plain'] };
    await expect(discover(edge.url)).rejects.toThrow('PKCE with S256');
    edge.metadata = { token_endpoint: undefined };
    await expect(discover(edge.url)).rejects.toMatchObject({ exitCode: ExitCode.unreachable });
  });

  it.each([
    { access_token: 'x'.repeat(20), token_type: 'mac', expires_in: 1 },
    { access_token: 'a b', token_type: 'Bearer', expires_in: 1 },
    { access_token: 'x'.repeat(20), token_type: 'Bearer', expires_in: 0 },
    { access_token: 'x'.repeat(20), token_type: 'Bearer' },
    'text',
  ])('and no grant is %j', async (body) => {
    edge.tokenAnswers = [{ status: 200, body }];
    const server = await discover(edge.url);
    await expect(requestGrant(server, { grant_type: 'refresh_token' })).rejects.toMatchObject({
      code: 'refused',
    });
  });

  it('a revocation that fails is told', async () => {
    const server = await discover(edge.url);
    await edge.stop();
    await expect(revoke(server, 'x')).rejects.toThrow('cannot be reached');
  });

  it('is missing where the edge has no GitHub App, and it is said who can help', async () => {
    const bare = createServer((_request, response) => {
      response.writeHead(404).end(JSON.stringify({ error: { code: 'BW-1005', status: 404 } }));
    });
    await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve));
    const url = `http://localhost:${(bare.address() as AddressInfo).port}`;
    await expect(discover(url)).rejects.toMatchObject({
      exitCode: ExitCode.notConfigured,
      message: expect.stringContaining('has no GitHub App yet'),
    });
    bare.close();
  });

  it('is something else’s where no edge is', async () => {
    const other = createServer((_request, response) => response.end('<html>'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const url = `http://localhost:${(other.address() as AddressInfo).port}`;
    await expect(discover(url)).rejects.toThrow('its answer is not JSON');
    other.close();
  });
});

it('text of others is harmless on a terminal', () => {
  expect(printable('a\u001b[31m\r\nb\u202ec')).toBe('a\ufffd[31m\ufffd\ufffdb\ufffdc');
  expect(printable('x'.repeat(1000))).toHaveLength(300);
});

it('the browser gets the address as one argument, past every shell', () => {
  const url = 'https://byway.example.com/?a=1&b=$(x)';
  expect(openerOf(url, 'linux')).toEqual(['xdg-open', [url]]);
  expect(openerOf(url, 'darwin')).toEqual(['open', [url]]);
  expect(openerOf(url, 'win32')).toEqual(['rundll32', ['url.dll,FileProtocolHandler', url]]);
});
