/** Workflows of GitHub Actions get tokens by their proof; only for previews of their organisation. */
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { keysLifeMs, refetchPauseMs } from '#edge/api/jwks.ts';
import { workflowEvents, workflowTokenLifeS } from '#edge/api/oidc.ts';
import { githubIssuer as issuer } from '#edge/gate/github-oidc.ts';
import { alice, appUrl, carol, FakeEdge, others, type Answer } from './fake-edge.ts';

const pair = await generateKeyPair('RS256');
const nextPair = await generateKeyPair('RS256');
const jwkOf = async (key: typeof pair.publicKey, kid: string) => ({
  ...(await exportJWK(key)),
  kid,
  alg: 'RS256',
  use: 'sig',
});

/** `undefined` takes one away. */
type Claims = Readonly<Record<string, unknown>>;

let edge: FakeEdge;
let label: string;
let foreignLabel: string;
let served: unknown;
let fetched: string[];
let count = 0;

beforeEach(async () => {
  served = { keys: [await jwkOf(pair.publicKey, 'a')] };
  fetched = [];
  const serve = (async (url: string) => {
    fetched.push(url);
    if (typeof served === 'function') return (served as () => Response)();
    return Response.json(served);
  }) as typeof fetch;
  edge = await new FakeEdge().open({
    github: { config: { webhookSecrets: [], webUrl: 'https://github.com' }, issuer, fetch: serve },
  });
  label = await edge.newPreview(await edge.newCluster(), alice, 'a');
  foreignLabel = await edge.newPreview(await edge.newCluster(others), carol, 'b');
  edge.changes.length = 0;
});

function sign(change: Claims = {}, kid = 'a', key = pair.privateKey): Promise<string> {
  const nowS = edge.nowMs / 1000;
  count += 1;
  const claims = {
    iss: issuer,
    aud: appUrl,
    iat: nowS,
    exp: nowS + 300,
    jti: `job-${count}`,
    repository_id: '74',
    repository_owner_id: '77',
    event_name: 'pull_request',
    actor_id: '1001',
    ...change,
  };
  return new SignJWT(claims as JWTPayload)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
    .sign(key);
}

const swap = (token: string, more: object = {}): Promise<Answer> =>
  edge.call('POST', '/api/v1/oidc', '', { token, label, repository_id: 74, ...more });

it('gives a token for one preview, to look, for 15 minutes', async () => {
  const { status, body, headers } = await swap(await sign());
  expect(status).toBe(201);
  expect(headers.get('cache-control')).toBe('no-store');
  const { token, ...row } = body;
  expect(token).toMatch(/^bws_/);
  expect(row).toMatchObject({
    kind: 'service',
    name: 'github-actions/74',
    scopes: ['view'],
    preview: label,
    creator: null,
    expires_at: new Date(edge.nowMs + workflowTokenLifeS * 1000).toISOString(),
  });
  expect((await edge.call('GET', `/api/v1/previews/${label}`, token)).status).toBe(200);
  expect((await edge.call('DELETE', `/api/v1/previews/${label}`, token)).status).toBe(403);
  expect(edge.audited().at(-1)).toMatchObject({
    actor: 'github',
    action: 'token.oidc',
    subject: row.id,
    details: { label, repository_id: 74, event: 'pull_request', user_id: 1001 },
  });
  edge.nowMs += workflowTokenLifeS * 1000;
  expect((await edge.call('GET', `/api/v1/previews/${label}`, token)).status).toBe(401);
});

it('threat 36: a preview of another organisation is as one that never was', async () => {
  const unknown = label.replace('otter', 'heron');
  const texts = await Promise.all(
    [foreignLabel, unknown, 'nothing'].map(async (of) => {
      const { status, text } = await swap(await sign(), { label: of });
      return `${status} ${text.replace(of, 'LABEL')}`;
    }),
  );
  expect(new Set(texts).size).toBe(1);
  expect(texts[0]).toMatch(/^404 /);
  expect(edge.changes).toEqual([]);
});

describe('threat 51', () => {
  it.each<[string, Claims, object?]>([
    ['for another audience', { aud: 'https://evil.example' }],
    ['for several audiences', { aud: [appUrl, 'https://evil.example'] }],
    ['of another issuer', { iss: 'https://evil.example' }],
    ['without an end', { exp: undefined }],
    ['that has expired', { exp: Date.UTC(2025, 11, 31) / 1000 }],
    ['of another repository', { repository_id: '75' }],
    ['with another repository asked for', {}, { repository_id: 75 }],
    ['without an owner', { repository_owner_id: undefined }],
    ['without jti', { jti: undefined }],
  ])('a token %s is refused', async (_what, change, more) => {
    const { status, body } = await swap(await sign(change), more);
    expect([status, body.error.code]).toEqual([403, 'BW-5012']);
    expect(edge.changes).toEqual([]);
  });

  it('a token that somebody else signed is refused', async () => {
    expect((await swap(await sign({}, 'a', nextPair.privateKey))).status).toBe(403);
    for (const text of ['x', 'a.b.c', 'x'.repeat(16 * 1024)]) {
      expect((await swap(text)).status).toBe(403);
    }
    expect((await swap('x'.repeat(16 * 1024 + 1))).status).toBe(400);
  });
});

it('events that run with a stranger’s words are not accepted', async () => {
  for (const event of workflowEvents) {
    expect((await swap(await sign({ event_name: event }))).status).toBe(201);
  }
  for (const event of ['pull_request_target', 'issue_comment', 'workflow_run', 'release', '']) {
    expect((await swap(await sign({ event_name: event }))).status, event).toBe(403);
  }
});

it('threat 5: a token is used once, for as long as it could be used', async () => {
  const token = await sign({ exp: edge.nowMs / 1000 + 3600 });
  const [first, second] = await Promise.all([swap(token), swap(token)]);
  expect([first.status, second.status].sort()).toEqual([201, 403]);
  for (let minute = 1; minute <= 11; minute += 1) {
    edge.nowMs += 60_000;
    expect((await swap(token)).status).toBe(403);
  }
});

describe('GitHub’s keys', () => {
  it('are fetched once, and again after an hour', async () => {
    await swap(await sign());
    await swap(await sign());
    expect(fetched).toEqual([`${issuer}/.well-known/jwks`]);
    edge.nowMs += keysLifeMs;
    expect((await swap(await sign())).status).toBe(201);
    expect(fetched).toHaveLength(2);
  });

  it('are fetched anew for an unknown one, but not more often than every 30 s', async () => {
    await swap(await sign());
    served = { keys: [await jwkOf(nextPair.publicKey, 'b')] };
    const fromNext = (): Promise<string> => sign({}, 'b', nextPair.privateKey);
    edge.nowMs += refetchPauseMs - 1;
    expect((await swap(await fromNext())).status).toBe(403);
    expect(fetched).toHaveLength(1);
    edge.nowMs += 1;
    expect((await swap(await fromNext())).status).toBe(201);
    expect(fetched).toHaveLength(2);
    expect((await swap(await sign())).status).toBe(403);
    expect(fetched).toHaveLength(2);
  });

  it.each<[string, () => unknown]>([
    ['an error', () => () => new Response('', { status: 500 })],
    ['a redirect', () => () => new Response('', { status: 302, headers: { location: '/x' } })],
    ['no JSON', () => () => new Response('<html>')],
    ['no keys', () => ({ keys: [] })],
    ['too much', () => () => new Response('x'.repeat(256 * 1024 + 1))],
  ])('that come as %s fail closed, and are asked for anew', async (_what, answer) => {
    const good = served;
    served = answer();
    const { status, body, headers } = await swap(await sign());
    expect([status, body.error.code]).toEqual([503, 'BW-5013']);
    expect(headers.get('retry-after')).toBe('5');
    served = good;
    expect((await swap(await sign())).status).toBe(201);
  });
});

it('threat 60: an address tries only so often', async () => {
  const statuses = new Set<number>();
  for (let tries = 0; tries < 121; tries += 1) statuses.add((await swap('x')).status);
  expect([...statuses]).toEqual([403, 429]);
});

it('is an unknown path where no GitHub App is configured', async () => {
  await edge.open();
  expect((await swap(await sign())).status).toBe(401);
});
