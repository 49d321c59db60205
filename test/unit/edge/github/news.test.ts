import { describe, expect, it } from 'vitest';
import { newsOf } from '#edge/github/news.ts';

const sender = { id: 9, login: 'owner', type: 'User' };
const organization = { id: 77, login: 'acme' };
/** What every event of an app carries. */
const simple = { id: 5, node_id: 'MDIz' };
const whole = {
  id: 5,
  app_id: 42,
  app_slug: 'byway-sample',
  account: { id: 77, login: 'acme', type: 'Organization' },
  target_type: 'Organization',
  permissions: { members: 'read' },
};

const removed = {
  action: 'member_removed',
  membership: { state: 'inactive', role: 'member', user: { id: 1001, login: 'alice' } },
  organization,
  installation: simple,
  sender,
};
const deleted = { action: 'deleted', installation: whole, repositories: [], sender };
const revoked = { action: 'revoked', sender };

const ofAcme = (news: object) => ({ organisationId: 77, news });

describe('what matters to who may see what', () => {
  it('organization.member_removed', () => {
    const news = { kind: 'member-removed', userId: 1001, installationId: 5 };
    expect(newsOf(removed)).toEqual(ofAcme(news));
  });

  it.each([
    ['deleted', false],
    ['suspend', true],
  ])('installation.%s', (action, suspended) => {
    const news = { kind: 'installation-gone', installationId: 5, suspended };
    expect(newsOf({ ...deleted, action })).toEqual(ofAcme(news));
  });

  it.each(['created', 'unsuspend', 'new_permissions_accepted'])('installation.%s', (action) => {
    const news = { kind: 'installed', installationId: 5, login: 'acme' };
    expect(newsOf({ ...deleted, action })).toEqual(ofAcme(news));
  });

  it('github_app_authorization.revoked', () => {
    expect(newsOf(revoked)).toEqual({ kind: 'authorization-revoked', userId: 9 });
  });
});

it('organization.member_added tells of somebody who need not wait', () => {
  const { installation, organization, membership } = removed;
  expect(newsOf({ ...removed, action: 'member_added' })).toEqual({
    organisationId: organization.id,
    news: { kind: 'member-added', userId: membership.user.id, installationId: installation.id },
  });
});

describe('threat 44: the shape of what is signed decides', () => {
  const comment = { issue: { id: 1 }, comment: { id: 2 }, repository: { id: 3 } };
  it.each([
    ['organization.member_invited', { action: 'member_invited', organization, sender }],
    ['organization.renamed', { action: 'renamed', organization, installation: simple, sender }],
    ['organization.deleted', { ...removed, action: 'deleted' }],
    ['member.removed', { action: 'removed', member: sender, installation: simple, sender }],
    ['membership.removed', { action: 'removed', team: { id: 1 }, organization, sender }],
    ['installation.renamed', { ...deleted, action: 'renamed' }],
    ['installation_repositories.added', { ...deleted, action: 'added' }],
    ['repository.created', { ...comment, action: 'created', installation: simple, sender }],
    ['issue_comment.created', { ...comment, action: 'created', installation: simple, sender }],
    ['installation_repositories.removed', { ...deleted, action: 'removed' }],
    ['repository.deleted', { ...comment, action: 'deleted', installation: simple, sender }],
    ['issue_comment.deleted', { ...comment, action: 'deleted', installation: simple, sender }],
    [
      'secret_scanning_alert.revoked',
      { action: 'revoked', alert: { number: 1 }, repository: { id: 3 }, sender },
    ],
    ['revoked, about an alert', { ...revoked, alert: { number: 1 } }],
    ['revoked, about a repository', { ...revoked, repository: { id: 3 } }],
    ['ping', { zen: 'x', hook_id: 1, hook: {} }],
  ])('%s says nothing', (_event, payload) => {
    expect(newsOf(payload)).toBeUndefined();
  });

  it('an app that leaves a personal account is no organisation’s', () => {
    const account = { id: 77, login: 'alice', type: 'User' };
    const installation = { ...whole, account, target_type: 'User' };
    expect(newsOf({ ...deleted, installation })).toBeUndefined();
    expect(newsOf({ ...deleted, action: 'created', installation })).toBeUndefined();
  });

  it.each([
    undefined,
    null,
    'x',
    [],
    {},
    { ...removed, organization: undefined },
    { ...removed, installation: undefined },
    { ...removed, membership: { ...removed.membership, user: null } },
    { ...removed, membership: { ...removed.membership, user: { id: '1001' } } },
    { ...removed, organization: { id: 77.5 } },
    { ...deleted, installation: { ...whole, account: null } },
    { ...deleted, action: 'created', installation: { ...whole, account: { id: 77 } } },
    { ...deleted, action: 'created', installation: { ...whole, account: { id: 77, login: '' } } },
    { ...revoked, sender: { id: -1 } },
    { ...revoked, sender: undefined },
  ])('%j says nothing', (payload) => {
    expect(newsOf(payload)).toBeUndefined();
  });
});
