/** Deployments and what became of them: https://docs.github.com/en/rest/deployments */
import { authorOf, type InstallationActor, type UserActor } from '../actor.ts';
import { resolveRef } from '../commits.ts';
import { createDeployment, setDeploymentStatus, type Wanted } from '../deeds/deployments.ts';
import { pageOf } from '../paging.ts';
import { ApiError, notFound, ok } from '../reply.ts';
import { deploymentShape, deploymentStatusShape } from '../shapes/deployments.ts';
import type { Deployment, DeploymentStatus, Repository } from '../world.ts';
import { asReader, numberParam, type Call, type Operations } from './call.ts';
import { obstacleTo } from './deployment-obstacles.ts';
import { requireInRepository, visibleRepository } from './repository-access.ts';

const filters = ['sha', 'ref', 'task', 'environment'] as const;

export const deploymentOperations: Operations = {
  'repos/list-deployments': asReader((call, actor) => {
    const repository = repositoryOf(call, actor);
    const { searchParams } = call.url;
    const found = inRepository(call, repository).filter((deployment) =>
      filters.every((name) => {
        const asked = searchParams.get(name) ?? 'none';
        return asked === 'none' || deployment[name] === asked;
      }),
    );
    const { items, headers } = pageOf(found.toReversed(), call.url);
    return ok(
      items.map((deployment) => shapeOf(call, repository, deployment)),
      headers,
    );
  }),

  'repos/create-deployment': asReader((call, actor) => {
    const repository = repositoryOf(call, actor);
    const wanted = call.body as Wanted;
    const sha = resolveRef(call.state, repository, wanted.ref);
    if (sha === undefined) throw new ApiError(422, `No ref found for: ${wanted.ref}`);
    const obstacle = obstacleTo(call.state, repository, sha, wanted);
    if (obstacle !== undefined) return obstacle;
    const deployment = createDeployment(call, repository, sha, wanted, authorOf(actor));
    return { status: 201, body: shapeOf(call, repository, deployment) };
  }),

  'repos/get-deployment': asReader((call, actor) => {
    const repository = repositoryOf(call, actor);
    return ok(shapeOf(call, repository, deploymentOf(call, repository)));
  }),

  'repos/delete-deployment': asReader((call, actor) => {
    const repository = repositoryOf(call, actor);
    const deployment = deploymentOf(call, repository);
    const alone = inRepository(call, repository).length === 1;
    if (!alone && deployment.statuses.at(-1)?.state !== 'inactive') {
      const message = 'We cannot delete an active deployment unless it is the only deployment.';
      throw new ApiError(422, 'Validation Failed', {}, { errors: [message] });
    }
    const { world } = call.state;
    world.deployments = world.deployments.filter((each) => each !== deployment);
    return { status: 204 };
  }),

  'repos/list-deployment-statuses': asReader((call, actor) => {
    const repository = repositoryOf(call, actor);
    const deployment = deploymentOf(call, repository);
    const { items, headers } = pageOf(deployment.statuses.toReversed(), call.url);
    return ok(
      items.map((status) => statusShapeOf(call, repository, deployment, status)),
      headers,
    );
  }),

  'repos/create-deployment-status': asReader((call, actor) => {
    const repository = repositoryOf(call, actor);
    const deployment = deploymentOf(call, repository);
    const wanted = call.body as Parameters<typeof setDeploymentStatus>[2];
    const status = setDeploymentStatus(call, deployment, wanted, authorOf(actor));
    return { status: 201, body: statusShapeOf(call, repository, deployment, status) };
  }),
};

function repositoryOf(call: Call, actor: InstallationActor | UserActor): Repository {
  const repository = visibleRepository(call, actor);
  requireInRepository(call, actor, repository);
  return repository;
}

function inRepository({ state }: Call, { id }: Repository): Deployment[] {
  return state.world.deployments.filter(({ repository_id }) => repository_id === id);
}

function deploymentOf(call: Call, repository: Repository): Deployment {
  const id = numberParam(call, 'deployment_id');
  const found = inRepository(call, repository).find((deployment) => deployment.id === id);
  if (found === undefined) throw notFound();
  return found;
}

function shapeOf(call: Call, repository: Repository, deployment: Deployment) {
  return deploymentShape(deployment, repository, call.state, call.addresses);
}

function statusShapeOf(
  call: Call,
  repository: Repository,
  deployment: Deployment,
  status: DeploymentStatus,
) {
  return deploymentStatusShape(status, deployment, repository, call.state, call.addresses);
}
