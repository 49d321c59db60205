import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { membersOf } from '#edge/github/members.ts';
import { answers, at, installationId, ScratchGitHub, type Told } from './scratch-github.ts';

let gitHub: ScratchGitHub;
beforeEach(async () => {
  gitHub = (await new ScratchGitHub().start()).withInstallation();
});
afterEach(() => gitHub.stop());

const route = 'GET /api/orgs/acme/members';
const people = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: from + index,
    login: `user-${from + index}`,
    type: 'User',
    site_admin: false,
  }));

describe('the members of an organisation', () => {
  it('are those of all pages', async () => {
    gitHub.on(route, (_asked, url) => {
      const page = Number(url.searchParams.get('page') ?? 1);
      expect(url.searchParams.get('per_page')).toBe('100');
      if (page === 3) return { body: people(201, 5) };
      const next = `${gitHub.url}/api/organizations/77/members?per_page=100&page=${page + 1}`;
      return {
        body: people(1 + (page - 1) * 100, 100),
        headers: { link: `<${next}>; rel="next"` },
      };
    });
    gitHub.on('GET /api/organizations/77/members', (asked) => gitHub.tell(route, asked));
    const given = await membersOf(gitHub.installations(), at);
    if (given.kind !== 'members') throw new Error(given.kind);
    expect(given.members).toHaveLength(205);
    expect(given.members[204]).toEqual({ id: 205, login: 'user-205' });
    expect(gitHub.askedOf('/members').map(({ headers }) => headers.authorization)).toEqual(
      Array.from({ length: 3 }, () => 'Bearer ghs_1'),
    );
  });

  it.each<[string, Told]>([
    ['fails', { status: 500 }],
    ['is limited', { status: 429, headers: { 'retry-after': '3' } }],
    ['is refused', { status: 403, body: { message: 'x' } }],
    ['has another shape', { body: [{ id: 1 }] }],
    ['breaks off', { body: '[{"id":1,' }],
  ])('are none at all when a later page %s', async (_what, told) => {
    const next = `${gitHub.url}/api/organizations/77/members?page=2`;
    gitHub
      .on(route, { body: people(1, 100), headers: { link: `<${next}>; rel="next"` } })
      .on('GET /api/organizations/77/members', told);
    expect(await membersOf(gitHub.installations(), at)).toMatchObject({ kind: 'unavailable' });
  });

  it('are none at all when the next page has no address', async () => {
    const headers = { link: '<http://[>; rel="next"' };
    gitHub.on(route, { body: people(1, 100), headers });
    expect(await membersOf(gitHub.installations(), at)).toMatchObject({ kind: 'unavailable' });
  });

  it('are not asked for once the permission is gone: GitHub would name the public ones only', async () => {
    const installations = gitHub.installations();
    await installations.tokenOf(at);
    gitHub.on(route, { body: people(1, 1) }).on(`GET /api/app/installations/${installationId}`, {
      body: { ...answers.installation, permissions: { metadata: 'read' } },
    });
    expect(await membersOf(installations, at)).toEqual({ kind: 'no-permission' });
    expect(gitHub.askedOf('/members')).toEqual([]);
  });
});
