import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPublicKey } from 'node:crypto';
import { jwtVerify } from 'jose';
import { ExitCode } from '#cli/failure.ts';
import { appJwt, pkcs8PemOf } from '#cli/setup/app-key.ts';
import { checkOrganisation, convert, verifyApp } from '#cli/setup/github-api.ts';
import { placeOf } from '#cli/setup/place.ts';
import type { GitHubPlace } from '#github-app/registration/place.ts';
import { pkcs8PemOf as pkcs8PemOfEdge } from '#edge/github/private-key.ts';
import { privateKeyFor } from '#sandbox/github/keys.ts';
import { scratchApp } from '../../github-app/registration/scratch-app.ts';

const pem = privateKeyFor('set-up test');
const app = { ...scratchApp, pem };
const now = { retryDelayMs: 0 };

let server: Server;
let place: GitHubPlace;
let seen: { line: string; headers: NodeJS.Dict<string | string[]> }[];
let answers: [status: number, body: unknown][];
beforeEach(async () => {
  [seen, answers] = [[], []];
  server = createServer((request, response) => {
    seen.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    const [status, body] = answers.shift() ?? [500, {}];
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  place = placeOf(`http://github.localhost:${(server.address() as AddressInfo).port}`, undefined);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('the conversion of a code', () => {
  it('is one POST without a bearer', async () => {
    answers = [[201, app]];
    expect(await convert(place, 'the-code')).toEqual(app);
    expect(seen).toHaveLength(1);
    expect(seen[0]?.line).toBe('POST /api/v3/app-manifests/the-code/conversions');
    expect(seen[0]?.headers['user-agent']).toMatch(/^byway\//);
    expect(seen[0]?.headers.authorization).toBeUndefined();
  });

  it('is tried again when GitHub has a moment of weakness, three times in all', async () => {
    answers = [
      [502, {}],
      [503, {}],
      [201, app],
    ];
    expect((await convert(place, 'c', now)).id).toBe(5);
    answers = [
      [502, {}],
      [502, {}],
      [502, { message: 'Bad\u001b[31m gateway' }],
      [201, app],
    ];
    await expect(convert(place, 'c', now)).rejects.toMatchObject({
      exitCode: ExitCode.unreachable,
      message: expect.stringContaining('answers 502: Bad\u{fffd}[31m gateway') as string,
    });
  });

  it('of a code that is too old is refused', async () => {
    answers = [[404, { message: 'Not Found' }]];
    await expect(convert(place, 'c', now)).rejects.toMatchObject({ exitCode: ExitCode.refused });
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['no webhook secret', { webhook_secret: null }, 'webhook_secret'],
    ['a short webhook secret', { webhook_secret: 'short' }, 'webhook_secret'],
    ['a secret with a line end', { client_secret: `${'c'.repeat(20)}\nx` }, 'client_secret'],
    ['a slug that is none', { slug: '../x' }, 'slug'],
    ['no owner', { owner: {} }, 'owner.login'],
  ])(
    'threat 61: of an answer with %s names the field and quotes nothing',
    async (_w, change, field) => {
      answers = [[201, { ...app, ...change }]];
      const error = await convert(place, 'c', now).catch((reason: unknown) => reason as Error);
      expect(error).toMatchObject({ message: expect.stringContaining(field) as string });
      for (const secret of ['cccccccc', 'wwwwwwww', 'PRIVATE KEY']) {
        expect(String(error)).not.toContain(secret);
      }
    },
  );

  it('follows no redirect and reads no endless answer', async () => {
    answers = [[302, {}]];
    await expect(convert(place, 'c', now)).rejects.toThrow('answers 302');
    answers = Array.from({ length: 3 }, () => [201, ' '.repeat(1024 * 1024 + 1)]);
    await expect(convert(place, 'c', now)).rejects.toThrow('its answer is too long');
  });
});

describe('the check of the app', () => {
  const needed = { metadata: 'read', members: 'read' } as const;
  const self = { id: 5, slug: 'byway-acme', permissions: app.permissions };

  it('shows GitHub a statement that the key has signed', async () => {
    answers = [[200, self]];
    await verifyApp(place, app, needed, now);
    expect(seen[0]?.line).toBe('GET /api/v3/app');
    const token = String(seen[0]?.headers.authorization).replace('Bearer ', '');
    const { payload } = await jwtVerify(token, createPublicKey(pem), { issuer: '5' });
    expect(Number(payload.exp) - Number(payload.iat)).toBeLessThanOrEqual(600);
  });

  it('waits until GitHub knows the new app', async () => {
    answers = [
      [401, {}],
      [404, {}],
      [200, self],
    ];
    await expect(verifyApp(place, app, needed, now)).resolves.toBeUndefined();
  });

  it.each([
    ['a key that GitHub does not take', [401, {}], 'is the clock of this machine right?'],
    ['another app', [200, { ...self, id: 6 }], 'another app’s'],
    ['an app that may too little', [200, { ...self, permissions: {} }], 'members: read'],
  ] as const)('refuses %s', async (_what, answer, text) => {
    answers = Array.from({ length: 3 }, () => [...answer]);
    await expect(verifyApp(place, app, needed, now)).rejects.toMatchObject({
      exitCode: ExitCode.refused,
      message: expect.stringContaining(text) as string,
    });
  });

  it('takes more for less', async () => {
    answers = [[200, { ...self, permissions: { metadata: 'read', members: 'write' } }]];
    await expect(verifyApp(place, app, needed, now)).resolves.toBeUndefined();
  });
});

describe('the organisation', () => {
  it.each([200, 401, 403, 429])('is taken as given when GitHub answers %i', async (status) => {
    answers = [[status, {}]];
    await expect(checkOrganisation(place, 'acme')).resolves.toBeUndefined();
  });

  it('that GitHub does not know is refused', async () => {
    answers = [[404, {}]];
    await expect(checkOrganisation(place, 'acme')).rejects.toMatchObject({
      exitCode: ExitCode.refused,
    });
  });

  it('at something that is no GitHub is said to be out of reach', async () => {
    answers = [[200, '<html>']];
    await expect(checkOrganisation(place, 'acme')).rejects.toMatchObject({
      exitCode: ExitCode.unreachable,
      message: expect.stringContaining('its answer is not JSON') as string,
    });
  });
});

describe('the key', () => {
  it('becomes PKCS#8, the same as the edge makes of it', () => {
    expect(pem).toMatch(/^-----BEGIN RSA PRIVATE KEY-----/);
    expect(pkcs8PemOf(pem)).toBe(pkcs8PemOfEdge(pem));
    expect(pkcs8PemOf(pkcs8PemOf(pem))).toBe(pkcs8PemOf(pem));
  });

  it('threat 61: that is none is not quoted', async () => {
    expect(() => pkcs8PemOf('-----BEGIN nonsense')).toThrow(
      /^GitHub gave a private key that is no RSA/,
    );
    await expect(async () => appJwt(1, 'nonsense', 0)).rejects.not.toThrow('nonsense');
  });
});
