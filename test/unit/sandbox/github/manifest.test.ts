/** docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest */
import { createPrivateKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useGitHub } from './client.ts';

const client = useGitHub();
const manifest = {
  name: 'Byway (sandbox org)',
  url: 'http://byway.localhost',
  hook_attributes: { url: 'http://byway.localhost/github/webhooks' },
  redirect_url: 'http://127.0.0.1:1/setup?from=cli',
  callback_urls: ['http://byway.localhost/github/callback'],
  setup_url: 'http://byway.localhost/installed',
  public: false,
  default_permissions: { pull_requests: 'write', issues: 'write', members: 'read' },
  default_events: ['issue_comment', 'pull_request'],
};
const post = (path: string, fields: Record<string, string>, login = 'alice', site?: string) =>
  client.fetch(path, {
    method: 'POST',
    headers: {
      cookie: `acting_as=${login}`,
      ...(site === undefined ? {} : { 'sec-fetch-site': site }),
    },
    body: new URLSearchParams(fields),
  });
const show = (value: unknown, site?: string) =>
  post(
    '/organizations/sandbox/settings/apps/new?state=abc',
    { manifest: typeof value === 'string' ? value : JSON.stringify(value) },
    'alice',
    site,
  );
const create = (name: string, login = 'alice', value: object = manifest) =>
  post(
    '/organizations/sandbox/settings/apps',
    { manifest: JSON.stringify(value), name, state: 'abc' },
    login,
  );
const codeOf = (answer: { headers: Headers }) =>
  new URL(answer.headers.get('location')!).searchParams.get('code')!;
const convert = (code: string) =>
  client.api(`/app-manifests/${code}/conversions`, { method: 'POST' });

it('an app is made after the person has seen it, and its secrets are told once', async () => {
  const shown = await show(manifest, 'cross-site');
  expect(shown.status).toBe(200);
  expect(shown.body).toContain('pull requests');
  expect(shown.body).toContain('http://byway.localhost/github/webhooks');
  expect(client.github.state.world.apps).toHaveLength(1);
  const made = await create('Byway of mine');
  const back = new URL(made.headers.get('location')!);
  expect([made.status, back.origin, back.searchParams.get('state')]).toEqual([
    302,
    'http://127.0.0.1:1',
    'abc',
  ]);
  expect(back.searchParams.get('from')).toBe('cli');
  const { status, body } = await convert(codeOf(made));
  expect(status).toBe(201);
  expect(body).toMatchObject({
    slug: 'byway-of-mine',
    name: 'Byway of mine',
    owner: { login: 'sandbox' },
    client_secret: expect.any(String),
    webhook_secret: expect.any(String),
    permissions: { pull_requests: 'write', metadata: 'read' },
    events: ['issue_comment', 'pull_request'],
  });
  expect(body.pem).toContain('BEGIN RSA PRIVATE KEY');
  expect(createPrivateKey(body.pem).asymmetricKeyType).toBe('rsa');
  expect((await convert(codeOf(made))).status).toBe(404);
  const key = { alg: 'RS256', key: body.pem };
  const own = await client.api('/app', { as: client.jwt({ iss: body.client_id }, key) });
  expect(own.body.id).toBe(body.id);
});

it('the code is good for an hour', async () => {
  const [late, early] = [codeOf(await create('One')), codeOf(await create('Two'))];
  client.github.state.clock.advance(3_599_000);
  expect((await convert(early)).status).toBe(201);
  client.github.state.clock.advance(2_000);
  expect((await convert(late)).status).toBe(404);
  expect((await convert('0'.repeat(40))).status).toBe(404);
});

it('nobody else makes one, and not from another site', async () => {
  expect((await create('Mine', 'bob')).status).toBe(422);
  const fields = { manifest: JSON.stringify(manifest), name: 'Mine', state: '' };
  const forged = await post('/organizations/sandbox/settings/apps', fields, 'alice', 'cross-site');
  expect(forged.status).toBe(403);
  expect(client.github.state.world.apps).toHaveLength(1);
});

it.each<[string, unknown, string]>([
  ['is no JSON', '{', 'the manifest is no JSON'],
  ['has no url', { name: 'x' }, 'url'],
  // vikasprogrammer/agentric#317, alp82/curia#933
  [
    'has a hook without an address',
    { ...manifest, hook_attributes: { active: false } },
    'hook_attributes.url',
  ],
  ['has a field that does not exist', { ...manifest, webhook: 'x' }, 'webhook'],
  ['has a name that is too long', { ...manifest, name: 'x'.repeat(35) }, 'name'],
])('a manifest that %s', async (_what, value, why) => {
  const { status, body } = await show(value);
  expect(status).toBe(422);
  expect(body).toContain(why);
});

it.each([
  ['', 422],
  ['x'.repeat(34), 302],
  ['x'.repeat(35), 422],
  ['Byway sandbox', 422],
  ['---', 422],
])('the name %j: %i', async (name, status) => {
  expect((await create(name)).status).toBe(status);
});

it('without a hook it has no secret for one', async () => {
  const { hook_attributes: _hook, default_events: _events, ...rest } = manifest;
  const { body } = await convert(codeOf(await create('Quiet', 'alice', rest)));
  expect(body).toMatchObject({ webhook_secret: null, events: [] });
});

describe('the address of events', () => {
  it('is told and changed by the app itself', async () => {
    const as = client.jwt();
    const url = 'http://byway.localhost/hooks';
    const body = { url, secret: 'another', content_type: 'json' };
    const changed = await client.api('/app/hook/config', { method: 'PATCH', as, body });
    expect(changed.body).toMatchObject({ url, content_type: 'json', secret: '********' });
    expect((await client.api('/app/hook/config', { as })).body).toEqual(changed.body);
    expect(client.app.webhook_secret).toBe('another');
  });
});

describe('an installation', () => {
  const there = '/apps/byway-sandbox/installations/new';
  const setUp = () => {
    client.github.actions.act({ action: 'uninstall', installation_id: 501, webhook: false });
    const setup_url = 'http://byway.localhost/installed?x=1';
    client.github.actions.act({ action: 'configure_app', app_id: 77, setup_url });
  };

  it('is made by an administrator, who is sent to the app', async () => {
    setUp();
    expect((await client.fetch(`${there}?state=abc`)).body).toContain('Install in sandbox');
    const made = await post(there, { org: 'sandbox', state: 'abc' });
    const back = new URL(made.headers.get('location')!);
    expect(made.status).toBe(302);
    expect(Object.fromEntries(back.searchParams)).toEqual({
      x: '1',
      installation_id: String(client.github.state.world.installations[0]!.id),
      setup_action: 'install',
      state: 'abc',
    });
    expect((await post(there, { org: 'sandbox' })).status).toBe(400);
  });

  it('is not made by others', async () => {
    setUp();
    expect((await post(there, { org: 'sandbox' }, 'bob')).status).toBe(400);
    expect((await post(there, { org: 'nobody' })).status).toBe(404);
    expect(client.github.state.world.installations).toEqual([]);
  });

  it('is narrowed, suspended and removed on its page, by an administrator', async () => {
    const page = '/organizations/sandbox/settings/installations/501';
    expect((await client.fetch(page)).body).toContain('All repositories');
    const [installation] = client.github.state.world.installations;
    expect((await post(page, { do: 'suspend' }, 'bob')).status).toBe(400);
    await post(page, { do: 'choose', 'repository-2001': 'yes' });
    expect(installation!.repository_ids).toEqual([2001]);
    await post(page, { do: 'choose', all: 'yes' });
    expect(installation!.repository_ids).toBeNull();
    await post(page, { do: 'suspend' });
    expect((await client.fetch(page)).body).toContain('Allow again');
    await post(page, { do: 'unsuspend' });
    expect(installation!.suspended_at).toBeNull();
    expect((await post(page, { do: 'uninstall' })).headers.get('location')).toBe('/sandbox');
    expect((await client.fetch(page)).status).toBe(404);
    expect((await client.fetch('/organizations/sandbox/settings/installations/1')).status).toBe(
      404,
    );
  });
});
