/** An app says that a commit runs somewhere, and whether it still does. */
import { newId } from '../ids.ts';
import type { Author, Deployment, DeploymentStatus, Repository } from '../world.ts';
import type { Doing } from './doing.ts';

/** The body of the request, which fits its description. */
export interface Wanted {
  readonly ref: string;
  readonly task?: string;
  readonly auto_merge?: boolean;
  readonly required_contexts?: readonly string[];
  readonly payload?: unknown;
  readonly environment?: string;
  readonly description?: string | null;
  readonly transient_environment?: boolean;
  readonly production_environment?: boolean;
}

export function createDeployment(
  { state }: Doing,
  repository: Repository,
  sha: string,
  wanted: Wanted,
  author: Author,
): Deployment {
  const environment = wanted.environment ?? 'production';
  const deployment: Deployment = {
    id: newId(),
    repository_id: repository.id,
    sha,
    ref: wanted.ref,
    task: wanted.task ?? 'deploy',
    payload: wanted.payload ?? {},
    environment,
    description: wanted.description ?? null,
    transient_environment: wanted.transient_environment ?? false,
    production_environment: wanted.production_environment ?? environment === 'production',
    created_at: state.clock.timestamp(),
    statuses: [],
    user_id: author.user_id,
    app_id: author.app_id,
  };
  state.world.deployments.push(deployment);
  return deployment;
}

export function setDeploymentStatus(
  { state }: Doing,
  deployment: Deployment,
  wanted: Partial<DeploymentStatus> & { state: string; auto_inactive?: boolean },
  author: Author,
): DeploymentStatus {
  const status: DeploymentStatus = {
    id: newId(),
    state: wanted.state,
    description: wanted.description ?? '',
    target_url: wanted.target_url ?? wanted.log_url ?? '',
    log_url: wanted.log_url ?? wanted.target_url ?? '',
    environment: wanted.environment ?? deployment.environment,
    environment_url: wanted.environment_url ?? '',
    created_at: state.clock.timestamp(),
    user_id: author.user_id,
    app_id: author.app_id,
  };
  if (wanted.state === 'success' && wanted.auto_inactive !== false) {
    for (const earlier of supersededBy(state.world.deployments, deployment)) {
      earlier.statuses.push({ ...status, id: newId(), state: 'inactive' });
    }
  }
  deployment.statuses.push(status);
  return status;
}

/**
 * "all prior non-transient, non-production environment deployments with the same repository and
 * environment name": one environment for several pull requests ends all but the last of them.
 */
function supersededBy(all: readonly Deployment[], deployment: Deployment): Deployment[] {
  return all.filter(
    (each) =>
      each.id < deployment.id &&
      each.repository_id === deployment.repository_id &&
      each.environment === deployment.environment &&
      !each.transient_environment &&
      !each.production_environment &&
      each.statuses.at(-1)?.state !== 'inactive',
  );
}
