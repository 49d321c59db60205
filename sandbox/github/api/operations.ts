/** What the sandbox does for each operation that it speaks. */
import type { Operations } from './call.ts';
import { accessTokenOperations } from './access-tokens.ts';
import { checkOperations } from './checks.ts';
import { collaboratorOperations } from './collaborators.ts';
import { commentOperations } from './comments.ts';
import { deploymentOperations } from './deployments.ts';
import { deliveryOperations } from './deliveries.ts';
import { hookConfigOperations } from './hook-config.ts';
import { installationOperations } from './installations.ts';
import { manifestOperations } from './manifests.ts';
import { membershipOperations } from './memberships.ts';
import { pullRequestOperations } from './pull-requests.ts';
import { reactionOperations } from './reactions.ts';
import { repositoryOperations } from './repositories.ts';
import { userOperations } from './users.ts';

/** By the operationId of GitHub's description. */
export const operations: Operations = {
  ...userOperations,
  ...membershipOperations,
  ...installationOperations,
  ...accessTokenOperations,
  ...repositoryOperations,
  ...collaboratorOperations,
  ...pullRequestOperations,
  ...commentOperations,
  ...reactionOperations,
  ...deploymentOperations,
  ...checkOperations,
  ...hookConfigOperations,
  ...manifestOperations,
  ...deliveryOperations,
};
