/** `POST /api/v1/oidc`: a job of GitHub Actions gets a token for one preview by the proof of its issuer. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Workflow } from '#sandbox/github/oidc.ts';
import { byScript, Visitor } from '#sandbox/visitor.ts';
import { GateScene } from './scene.ts';
import { addRivals, callApi, type ApiAnswer } from './terminal.ts';

// Several commands each, which take their time where cores are few.
vi.setConfig({ testTimeout: 120_000 });

const scene = new GateScene();
let origin: string;
let label: string;
let other: string;

beforeAll(async () => {
  await scene.start();
  addRivals(scene);
  origin = await scene.preview();
  label = scene.labelOf(origin);
  other = await scene.preview();
}, 60_000);
afterAll(() => scene.stop());

const repositoryId = 2001;

/** What GitHub gives to a job of the organisation’s repository. */
async function proof(workflow: Partial<Workflow> = {}): Promise<string> {
  const { loopbackUrl } = scene.github;
  const asked = { repository: 'sandbox/shop', audience: scene.appUrl, ...workflow };
  const seen = await new Visitor().send(`${loopbackUrl}/_sandbox/oidc/token`, {
    method: 'POST',
    body: JSON.stringify(asked),
    headers: { 'content-type': 'application/json' },
  });
  return (JSON.parse(seen.text) as { value: string }).value;
}

function exchange(token: string, more: Record<string, unknown> = {}): Promise<ApiAnswer> {
  const payload = { token, label, repository_id: repositoryId, ...more };
  return callApi(scene, undefined, 'POST', '/oidc', payload);
}

async function statusBy(token: string, at: string): Promise<number> {
  const headers = { ...byScript, 'x-byway-token': token };
  return (await new Visitor().send(`${at}/`, { headers })).status;
}

describe('a job of GitHub Actions', () => {
  it.each(['push', 'pull_request', 'workflow_dispatch', 'schedule', 'deployment_status'])(
    'that runs for %s gets a token of 15 minutes that opens that preview alone',
    async (event) => {
      const began = Date.now();
      const { status, body } = await exchange(await proof({ event_name: event }));
      expect(status).toBe(201);
      expect(body).toMatchObject({
        kind: 'service',
        name: `github-actions/${repositoryId}`,
        scopes: ['view'],
        preview: label,
        creator: null,
      });
      const lifeMs = Date.parse(String(body.expires_at)) - began;
      expect(lifeMs).toBeGreaterThan(14 * 60_000);
      expect(lifeMs).toBeLessThan(16 * 60_000);
      const token = String(body.token);
      expect(token).toMatch(/^bws_/);
      expect(await statusBy(token, origin)).toBe(200);
      expect(await statusBy(token, other)).toBe(401);
      expect((await callApi(scene, token, 'GET', `/previews/${label}`)).status).toBe(200);
      const foreign = await callApi(scene, token, 'GET', `/previews/${scene.labelOf(other)}`);
      expect(foreign.status).toBe(404);
      const change = { access: 'public' };
      const changed = await callApi(scene, token, 'PATCH', `/previews/${label}`, change);
      expect(changed.status).toBe(403);
    },
  );

  it('is in the audit log, without its token', async () => {
    const token = await proof({ actor: 'bob' });
    const { body } = await exchange(token);
    const path = '/audit?organisation=1&action=token.oidc';
    const audit = await callApi(scene, scene.stack.operatorToken, 'GET', path);
    expect((audit.body.entries as unknown[])[0]).toMatchObject({
      actor: 'github',
      subject: body.id,
      details: { label, repository_id: repositoryId, event: 'push', user_id: 1002 },
    });
    expect(audit.text).not.toContain(token);
    expect(audit.text).not.toContain(String(body.token));
  });
});

describe('threat 51: a proof is refused', () => {
  it.each<[string, Partial<Workflow>, RegExp]>([
    ['for another audience', { audience: 'https://other.example.com' }, /audience/],
    ['with GitHub’s own audience', { audience: 'https://github.com/sandbox' }, /audience/],
    ['for several audiences', { claims: { aud: ['AUD', 'https://x.example.com'] } }, /aud must be/],
    ['of another issuer', { claims: { iss: 'https://evil.example.com' } }, /issuer/],
    ['that has ended', { expires_in: -60 }, /time/],
    ['that claims to live for ever', { claims: { iat: 1 } }, /time/],
    ['without a name', { claims: { jti: '' } }, /jti/],
    ['of another repository', { repository_id: '2002' }, /repository_id is not 2001/],
    ['for pull_request_target', { event_name: 'pull_request_target' }, /event_name must be one of/],
    ['for issue_comment', { event_name: 'issue_comment' }, /event_name must be one of/],
    ['for workflow_run', { event_name: 'workflow_run' }, /event_name must be one of/],
  ])('%s', async (_what, workflow, why) => {
    const { aud } = workflow.claims ?? {};
    const claims = Array.isArray(aud) ? { aud: [scene.appUrl, ...aud.slice(1)] } : undefined;
    const answer = await exchange(await proof({ ...workflow, ...(claims ? { claims } : {}) }));
    expect(answer).toMatchObject({ status: 403, code: 'BW-5012' });
    expect(answer.detail).toMatch(why);
    expect(answer.body).not.toHaveProperty('token');
  });

  it('for another repository’s number, of its own owner or not', async () => {
    const wrong = await exchange(await proof(), { repository_id: 2002 });
    expect(wrong.detail).toContain('repository_id is not 2002');
    // Somebody else’s repository says who owns it: what is ours is not there for it.
    const foreign = await exchange(await proof({ repository_owner_id: 2 }));
    expect(foreign).toMatchObject({ status: 404, code: 'BW-5003' });
    const unknown = await exchange(await proof(), {
      label: label.replace(/.$/, (last) => (last === '2' ? '3' : '2')),
    });
    expect(unknown.status).toBe(404);
    expect(unknown.detail.replace(/“.*”/, '')).toBe(foreign.detail.replace(/“.*”/, ''));
  });

  it('that was used', async () => {
    const token = await proof();
    expect((await exchange(token)).status).toBe(201);
    const again = await exchange(token);
    expect(again).toMatchObject({ status: 403, code: 'BW-5012' });
    expect(again.detail).toContain('it was used before');
  });

  it('that GitHub’s key has not signed', async () => {
    const [, claims = '', signature = ''] = (await proof()).split('.');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const part = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = (header: object): string => {
      const text = `${part(header)}.${claims}`;
      return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
    };
    const jwks = await new Visitor().send(
      `${scene.github.loopbackUrl}/_sandbox/oidc/.well-known/jwks`,
    );
    const hs = `${part({ typ: 'JWT', alg: 'HS256', kid: 'sandbox-1' })}.${claims}`;
    const mac = createHmac('sha256', jwks.text).update(hs).digest('base64url');
    for (const token of [
      signed({ typ: 'JWT', alg: 'RS256', kid: 'sandbox-1' }),
      signed({ typ: 'JWT', alg: 'RS256', kid: 'unknown' }),
      signed({ typ: 'JWT', alg: 'RS256' }),
      `${part({ typ: 'JWT', alg: 'none' })}.${claims}.`,
      `${part({ typ: 'JWT', alg: 'RS256', kid: 'sandbox-1' })}.${claims}.${signature.slice(4)}`,
      `${hs}.${mac}`,
      'nonsense',
      'a.b.c',
    ]) {
      const answer = await exchange(token);
      expect(answer).toMatchObject({ status: 403, code: 'BW-5012' });
      expect(answer.detail).toContain('signature');
      expect(answer.text).not.toContain(token.length > 20 ? token : '\0');
    }
    expect((await exchange(await proof())).status).toBe(201);
  });

  it('that is no request at all', async () => {
    for (const more of [
      { token: '' },
      { label: 'Not A Label' },
      { repository_id: '2001' },
      { x: 1 },
    ]) {
      expect(await exchange('a.b.c', more)).toMatchObject({ status: 400, code: 'BW-5002' });
    }
  });
});
