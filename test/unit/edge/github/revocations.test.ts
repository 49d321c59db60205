import { describe, expect, it } from 'vitest';
import { revocationOf } from '#edge/github/revocations.ts';

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

describe('what takes access away', () => {
  it('organization.member_removed', () => {
    expect(revocationOf(removed)).toEqual({
      kind: 'member-removed',
      organisationId: 77,
      userId: 1001,
      installationId: 5,
    });
  });

  it.each(['deleted', 'suspend'])('installation.%s', (action) => {
    expect(revocationOf({ ...deleted, action })).toEqual({
      kind: 'installation-gone',
      installationId: 5,
      organisationId: 77,
    });
  });

  it('github_app_authorization.revoked', () => {
    expect(revocationOf(revoked)).toEqual({ kind: 'authorization-revoked', userId: 9 });
  });
});

describe('row 44: the shape of what is signed decides', () => {
  const comment = { issue: { id: 1 }, comment: { id: 2 }, repository: { id: 3 } };
  it.each([
    ['organization.member_added', { ...removed, action: 'member_added' }],
    ['organization.member_invited', { action: 'member_invited', organization, sender }],
    ['organization.renamed', { action: 'renamed', organization, installation: simple, sender }],
    ['organization.deleted', { ...removed, action: 'deleted' }],
    ['member.removed', { action: 'removed', member: sender, installation: simple, sender }],
    ['membership.removed', { action: 'removed', team: { id: 1 }, organization, sender }],
    ['installation.created', { ...deleted, action: 'created' }],
    ['installation.unsuspend', { ...deleted, action: 'unsuspend' }],
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
  ])('%s takes nothing away', (_event, payload) => {
    expect(revocationOf(payload)).toBeUndefined();
  });

  it('an app that leaves a personal account is no organisation’s', () => {
    const account = { id: 77, login: 'alice', type: 'User' };
    const installation = { ...whole, account, target_type: 'User' };
    expect(revocationOf({ ...deleted, installation })).toBeUndefined();
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
    { ...revoked, sender: { id: -1 } },
    { ...revoked, sender: undefined },
  ])('%j says nothing', (payload) => {
    expect(revocationOf(payload)).toBeUndefined();
  });
});
