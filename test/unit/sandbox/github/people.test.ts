import { describe, expect, it } from 'vitest';
import { useGitHub } from './client.ts';

const client = useGitHub();
const change = (fields: Record<string, string>) =>
  client.fetch('/orgs/sandbox/people', { method: 'POST', body: new URLSearchParams(fields) });

describe('/orgs/ORG/people', () => {
  it('lists the people, with a button for each', async () => {
    const { body } = await client.fetch('/orgs/sandbox/people');
    for (const login of ['alice', 'bob', 'pat'])
      expect(body).toContain(`aria-label="Remove ${login}"`);
    expect(body).toContain('invited, has not joined');
    expect(body).not.toContain('Remove mallory');
    expect(body).toContain('prefers-color-scheme: dark');
  });

  it('removes somebody and comes back', async () => {
    const answer = await change({ do: 'remove', login: 'bob' });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/orgs/sandbox/people');
    const as = await client.installationToken();
    expect((await client.api('/orgs/sandbox/memberships/bob', { as })).status).toBe(404);
    expect((await client.fetch('/orgs/sandbox/people')).body).not.toContain('Remove bob');
  });

  it('adds somebody', async () => {
    expect((await change({ do: 'add', login: 'mallory' })).status).toBe(303);
    const as = await client.installationToken();
    expect((await client.api('/orgs/sandbox/members/mallory', { as })).status).toBe(204);
  });

  it('says what did not work, and escapes it', async () => {
    const { status, body } = await change({ do: 'remove', login: '<b>' });
    expect(status).toBe(400);
    expect(body).toContain('there is nobody called &lt;b&gt;');
    expect((await client.fetch('/orgs/nothing/people')).status).toBe(404);
  });

  it('is found from the first page', async () => {
    expect((await client.fetch('/')).body).toContain('href="/orgs/sandbox/people"');
    expect((await client.fetch('/nothing')).status).toBe(404);
  });
});
