/** Why GitHub makes no deployment although it is asked to: https://docs.github.com/en/rest/deployments/deployments#create-a-deployment */
import { branchOf, commitsBetween } from '../commits.ts';
import type { Wanted } from '../deeds/deployments.ts';
import { ApiError, type Reply } from '../reply.ts';
import type { GitHubState } from '../state.ts';
import type { Repository } from '../world.ts';

/**
 * @returns 202 when the default branch was merged into the ref instead of deploying it
 * @throws ApiError 409 when a check is not green: all count unless `required_contexts` is empty
 */
export function obstacleTo(
  state: GitHubState,
  repository: Repository,
  sha: string,
  { ref, auto_merge, required_contexts }: Wanted,
): Reply | undefined {
  const main = branchOf(repository, repository.default_branch);
  if (auto_merge !== false && main !== undefined) {
    const behind = commitsBetween(state, sha, main.sha).length > 0;
    const message = `Auto-merged ${main.name} into ${ref} on deployment.`;
    if (behind) return { status: 202, body: { message } };
  }
  const failed = state.world.check_runs.some(
    ({ repository_id, head_sha, name, conclusion }) =>
      repository_id === repository.id &&
      head_sha === sha &&
      (required_contexts === undefined || required_contexts.includes(name)) &&
      conclusion !== 'success',
  );
  if (failed) throw new ApiError(409, `Conflict: Commit status checks failed for ${ref}.`);
  return undefined;
}
