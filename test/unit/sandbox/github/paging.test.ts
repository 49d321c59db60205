/** docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api */
import { beforeEach, describe, expect, it } from 'vitest';
import { useGitHub } from './client.ts';

const client = useGitHub();

beforeEach(() => {
  const { users, organizations } = client.github.state.world;
  for (let index = 0; index < 69; index += 1) {
    users.push({ id: 5000 + index, login: `member-${index}`, name: null });
    organizations[0]!.members.push({
      user_id: 5000 + index,
      role: 'member',
      state: 'active',
      public: false,
      saml: false,
    });
  }
});

const page = async (query: string) =>
  client.api(`/orgs/sandbox/members${query}`, { as: await client.installationToken() });

function relations(link: string | null): Record<string, string | null> {
  const parts = (link ?? '').split(', ').filter((part) => part !== '');
  return Object.fromEntries(
    parts.map((part) => {
      const [, url = '', relation = ''] = /^<(.+)>; rel="(\w+)"$/.exec(part)!;
      return [relation, new URL(url).searchParams.get('page')];
    }),
  );
}

it('a page has 30 unless more are asked for, at most 100', async () => {
  expect((await page('')).body).toHaveLength(30);
  expect((await page('?per_page=50')).body).toHaveLength(50);
  expect((await page('?per_page=1000')).body).toHaveLength(71);
  expect((await page('?per_page=100')).headers.get('link')).toBeNull();
});

describe('the Link header', () => {
  it.each([
    ['', { next: '2', last: '3' }, 30],
    ['?page=2', { prev: '1', next: '3', last: '3', first: '1' }, 30],
    ['?page=3', { prev: '2', first: '1' }, 11],
    ['?page=9', { prev: '8', first: '1' }, 0],
  ])('of page %s', async (query, expected, length) => {
    const answer = await page(query);
    expect(relations(answer.headers.get('link'))).toEqual(expected);
    expect(answer.body).toHaveLength(length);
  });

  it('leads through the whole list, keeping the rest of the query', async () => {
    const as = await client.installationToken();
    const seen = new Set<number>();
    let url: string | undefined = '/orgs/sandbox/members?role=member&per_page=20';
    while (url !== undefined) {
      const answer = await client.api(url, { as });
      for (const { id } of answer.body) seen.add(id);
      const next: string | undefined = /<([^>]+)>; rel="next"/.exec(
        answer.headers.get('link') ?? '',
      )?.[1];
      url = next?.slice(`${client.github.loopbackUrl}/api/v3`.length);
      if (next !== undefined) expect(next).toContain('role=member');
    }
    expect(seen.size).toBe(70);
  });
});
