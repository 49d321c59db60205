/** From GitHub's code to a stored app at the edge: which faults its operator reads. */
import { beforeEach, describe, expect, it } from 'vitest';
import { placeOf } from '#github-app/registration/place.ts';
import type { SetupServices } from '#edge/setup/ports.ts';
import { register } from '#edge/setup/register.ts';
import { pkcs1Pem } from '../github/scratch-github.ts';
import { scratchApp } from '../../github-app/registration/scratch-app.ts';

const found = placeOf('https://github.example.com', undefined);
if ('fault' in found) throw new Error(found.fault);
const wish = { ...found, organisation: 'acme', name: 'Byway acme', deployments: false };
const permissions = {
  metadata: 'read',
  members: 'read',
  pull_requests: 'write',
  issues: 'write',
};
const app = { ...scratchApp, permissions, pem: pkcs1Pem };
const self = { id: 5, slug: 'byway-acme', permissions };

let seen: string[];
let answers: [status: number, body: unknown][];
beforeEach(() => {
  seen = [];
  answers = [];
});

const services = {
  retryDelayMs: 0,
  clock: { nowMs: () => Date.now() },
  log: { info() {}, warn() {} },
  fetch: async (url: string, { method }: RequestInit) => {
    seen.push(`${method} ${new URL(url).pathname}`);
    const [status, body] = answers.shift() ?? [404, {}];
    const headers = { 'content-type': 'application/json' };
    return new Response(JSON.stringify(body), { status, headers });
  },
} as unknown as SetupServices;

/** As often as GitHub is asked about the app until this is its last word. */
function asked(answer: [number, unknown] | undefined): [number, unknown][] {
  if (!answer) return [];
  return answer[0] === 200 ? [answer] : [answer, answer, answer];
}

describe('a registration', () => {
  it('is one POST with the code, and one question with the new key', async () => {
    answers = [
      [201, app],
      [200, self],
    ];
    expect(await register(services, wish, 'the-code')).toMatchObject({
      ok: true,
      app: { id: 5 },
      texts: { apiUrl: 'https://github.example.com/api/v3', appId: '5', slug: 'byway-acme' },
    });
    expect(seen).toEqual(['POST /api/v3/app-manifests/the-code/conversions', 'GET /api/v3/app']);
  });

  it('asks again about an app that GitHub does not know everywhere yet', async () => {
    answers = [
      [201, app],
      [404, {}],
      [401, {}],
      [200, self],
    ];
    expect(await register(services, wish, 'the-code')).toMatchObject({ ok: true });
  });

  it.each<[string, [number, unknown], string]>([
    ['a code that GitHub does not know', [404, {}], 'GitHub does not know the code'],
    ['a redirect', [302, {}], 'answers 302'],
    ['a GitHub that wants to be left alone', [429, {}], 'does not answer'],
    ['half an app', [201, { ...app, webhook_secret: null }], 'as expected: webhook_secret'],
  ])('ends with %s, and no app is known', async (_what, answer, words) => {
    answers = [answer];
    const fault = expect.stringContaining(words) as string;
    expect(await register(services, wish, 'c')).toEqual({ ok: false, fault });
    expect(seen).toHaveLength(1);
  });

  it.each<[string, object, [number, unknown] | undefined, string]>([
    ['of another owner', { owner: { login: 'evil' } }, undefined, 'belongs to evil, not to acme'],
    ['without an RSA key', { pem: 'swordfish' }, undefined, 'a private key that is no RSA key'],
    ['whose key is not taken', {}, [401, {}], 'is the clock of the edge right?'],
    ['that GitHub does not know', {}, [404, {}], 'answers 404'],
    ['that is another one', {}, [200, { ...self, id: 6 }], 'another app’s'],
    ['of which little is told', {}, [200, { id: 5 }], 'as expected: slug, permissions'],
    ['that may too little', {}, [200, { ...self, permissions: {} }], 'issues: write'],
  ])(
    'threat 61: names an app %s, which is there, and no secret',
    async (_w, change, answer, words) => {
      answers = [[201, { ...app, ...change }], ...asked(answer)];
      const made = await register(services, wish, 'c');
      expect(made).toMatchObject({ ok: false, app: { id: 5 } });
      const fault = made.ok ? '' : made.fault;
      expect(fault).toContain(words);
      expect(fault).not.toMatch(/cccc|wwww|swordfish|BEGIN/);
      expect(answers).toEqual([]);
    },
  );
});
