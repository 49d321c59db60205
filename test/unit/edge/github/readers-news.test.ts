import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { newsOf } from '#edge/github/news.ts';

const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as {
  name: string;
  examples: Record<string, unknown>[];
}[];
const installation = { id: 5 };
const repository = { id: 2001, name: 'shop', owner: { id: 77, login: 'acme' } };
const organization = { id: 77, login: 'acme' };
const sender = { id: 9, login: 'owner' };
const member = { id: 1003, login: 'mallory' };
const whole = { ...installation, account: organization, target_type: 'Organization' };
const about = { repository, organization, installation, sender };
const changed = (of: object) => ({
  organisationId: 77,
  news: { kind: 'readers-changed', installationId: 5, of },
});

describe('threat 32: after which deliveries readers are asked about anew', () => {
  it.each(['added', 'edited', 'removed'])('member.%s', (action) => {
    expect(newsOf({ ...about, action, member })).toEqual(
      changed({ userId: 1003, repositoryId: 2001 }),
    );
  });

  it.each(['added', 'removed'])('membership.%s', (action) => {
    const payload = { action, scope: 'team', member, team: { id: 1 }, organization };
    expect(newsOf({ ...payload, installation, sender })).toEqual(
      changed({ userId: 1003, repositoryId: undefined }),
    );
  });

  it.each(['added_to_repository', 'removed_from_repository', 'edited', 'deleted'])(
    'team.%s',
    (action) => {
      const payload = { action, team: { id: 1 }, organization, installation, sender };
      expect(newsOf(payload)).toEqual(changed({ repositoryIds: 'all' }));
      expect(newsOf({ ...payload, repository })).toEqual(changed({ repositoryIds: [2001] }));
    },
  );

  it.each(['privatized', 'publicized', 'transferred', 'deleted'])('repository.%s', (action) => {
    expect(newsOf({ ...about, action })).toEqual(changed({ repositoryIds: [2001] }));
  });

  it('repository.transferred is told to whom it was taken from', () => {
    const changes = { owner: { from: { organization: { id: 76, login: 'before' } } } };
    expect(newsOf({ ...about, action: 'transferred', changes })).toMatchObject({
      organisationId: 76,
    });
  });

  it('installation_repositories.removed', () => {
    const payload = { installation: whole, repositories_removed: [{ id: 1 }, { id: 2 }], sender };
    expect(newsOf({ ...payload, action: 'removed' })).toEqual(changed({ repositoryIds: [1, 2] }));
    expect(newsOf({ ...payload, action: 'added' })).toBeUndefined();
  });
});

describe('threat 44: the shape of what is signed decides', () => {
  it.each([
    ['issue_comment.deleted', { ...about, action: 'deleted', issue: {}, comment: {} }],
    ['repository.archived', { ...about, action: 'archived' }],
    ['team.created', { action: 'created', team: { id: 1 }, organization, installation }],
    ['without an installation', { ...about, installation: undefined, action: 'removed', member }],
    ['an id that is none', { ...about, action: 'removed', member: { id: '1003' } }],
  ])('%s tells nothing', (_name, payload) => {
    expect(newsOf(payload)).toBeUndefined();
  });

  it('of GitHub’s own examples these events and no others tell of readers', () => {
    const telling = new Set<string>();
    for (const { name, examples: payloads } of examples) {
      for (const payload of payloads) {
        const told = newsOf({ ...payload, installation: whole });
        if (told && 'news' in told && told.news.kind === 'readers-changed') telling.add(name);
      }
    }
    expect([...telling].sort()).toEqual([
      'installation_repositories',
      'member',
      'membership',
      'repository',
      'team',
    ]);
  });
});
