/** `deployment` and `deployment-status`. */
import type { Addresses } from '../addresses.ts';
import type { GitHubState } from '../state.ts';
import type { Deployment, DeploymentStatus, Repository } from '../world.ts';
import { authorShape, nodeId } from './accounts.ts';
import { fullNameOf } from './repositories.ts';

export function deploymentShape(
  deployment: Deployment,
  repository: Repository,
  state: GitHubState,
  addresses: Addresses,
) {
  const { repository_id: _repository, user_id, app_id, statuses, ...own } = deployment;
  const repositoryUrl = `${addresses.api}/repos/${fullNameOf(repository, state)}`;
  const url = `${repositoryUrl}/deployments/${deployment.id}`;
  return {
    ...own,
    node_id: nodeId('Deployment', deployment.id),
    url,
    statuses_url: `${url}/statuses`,
    repository_url: repositoryUrl,
    original_environment: deployment.environment,
    creator: authorShape({ user_id, app_id }, state, addresses),
    updated_at: statuses.at(-1)?.created_at ?? deployment.created_at,
    performed_via_github_app: null,
  };
}

export function deploymentStatusShape(
  status: DeploymentStatus,
  deployment: Deployment,
  repository: Repository,
  state: GitHubState,
  addresses: Addresses,
) {
  const { user_id, app_id, ...own } = status;
  const { url, repository_url } = deploymentShape(deployment, repository, state, addresses);
  return {
    ...own,
    node_id: nodeId('DeploymentStatus', status.id),
    url: `${url}/statuses/${status.id}`,
    deployment_url: url,
    repository_url,
    creator: authorShape({ user_id, app_id }, state, addresses),
    updated_at: status.created_at,
    performed_via_github_app: null,
  };
}
