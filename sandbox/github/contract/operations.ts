/**
 * The operations of GitHub's API that the sandbox speaks: `METHOD path`, as GitHub's description
 * spells them. A request for anything else is a violation, so nothing is used here by accident.
 */

/** Who somebody is, whether an app is installed, and who belongs to an organisation. */
const gate = [
  'GET /user',
  'GET /user/installations',
  'GET /user/memberships/orgs/{org}',
  'GET /user/{account_id}',
  'GET /users/{username}',
  'GET /app',
  'GET /app/installations',
  'GET /app/installations/{installation_id}',
  'POST /app/installations/{installation_id}/access_tokens',
  'GET /app/hook/deliveries',
  'GET /app/hook/deliveries/{delivery_id}',
  'POST /app/hook/deliveries/{delivery_id}/attempts',
  'DELETE /applications/{client_id}/token',
  'DELETE /applications/{client_id}/grant',
  'GET /orgs/{org}',
  'GET /orgs/{org}/installation',
  'GET /orgs/{org}/members',
  'GET /orgs/{org}/members/{username}',
  'GET /orgs/{org}/memberships/{username}',
  'GET /orgs/{org}/public_members/{username}',
  'GET /repos/{owner}/{repo}',
  'GET /repos/{owner}/{repo}/installation',
  'GET /repos/{owner}/{repo}/collaborators/{username}',
  'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
] as const;

/** Where an app finds pull requests, and what it leaves on them. */
const pullRequests = [
  'GET /installation/repositories',
  'GET /repos/{owner}/{repo}/pulls',
  'GET /repos/{owner}/{repo}/pulls/{pull_number}',
  'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls',
  'GET /repos/{owner}/{repo}/issues/{issue_number}',
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
  'GET /repos/{owner}/{repo}/issues/comments/{comment_id}',
  'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
  'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}',
  'GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
  'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
  'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions/{reaction_id}',
  'GET /repos/{owner}/{repo}/issues/{issue_number}/reactions',
  'POST /repos/{owner}/{repo}/issues/{issue_number}/reactions',
  'DELETE /repos/{owner}/{repo}/issues/{issue_number}/reactions/{reaction_id}',
] as const;

/** What a pull request shows besides its comments. */
const states = [
  'GET /repos/{owner}/{repo}/deployments',
  'POST /repos/{owner}/{repo}/deployments',
  'GET /repos/{owner}/{repo}/deployments/{deployment_id}',
  'DELETE /repos/{owner}/{repo}/deployments/{deployment_id}',
  'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
  'POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
  'POST /repos/{owner}/{repo}/check-runs',
  'GET /repos/{owner}/{repo}/check-runs/{check_run_id}',
  'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}',
  'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
] as const;

/** Setting an app up. */
const setUp = [
  'POST /app-manifests/{code}/conversions',
  'GET /app/hook/config',
  'PATCH /app/hook/config',
] as const;

export const operations: readonly string[] = [...gate, ...pullRequests, ...states, ...setUp];

/** The events that the sandbox sends, as GitHub's description spells them: `event-action`. */
export const webhooks: readonly string[] = [
  'check-run-requested-action',
  'github-app-authorization-revoked',
  'installation-created',
  'installation-deleted',
  'installation-repositories-added',
  'installation-repositories-removed',
  'installation-suspend',
  'installation-unsuspend',
  'issue-comment-created',
  'issue-comment-deleted',
  'issue-comment-edited',
  'member-added',
  'member-edited',
  'member-removed',
  'membership-added',
  'membership-removed',
  'organization-member-added',
  'organization-member-removed',
  'organization-renamed',
  'pull-request-closed',
  'pull-request-edited',
  'pull-request-opened',
  'pull-request-reopened',
  'pull-request-synchronize',
  'push',
  'repository-created',
  'repository-deleted',
  'repository-privatized',
  'repository-publicized',
  'repository-renamed',
  'repository-transferred',
];
