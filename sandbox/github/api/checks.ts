/** Check runs: https://docs.github.com/en/rest/checks/runs */
import type { InstallationActor, UserActor } from '../actor.ts';
import { resolveRef } from '../commits.ts';
import { newId } from '../ids.ts';
import { pageOf } from '../paging.ts';
import { ApiError, notFound, ok } from '../reply.ts';
import { checkRunShape } from '../shapes/checks.ts';
import type { CheckRun, Repository } from '../world.ts';
import { asReader, numberParam, param, type Call, type Operations } from './call.ts';
import { requireInRepository, visibleRepository } from './repository-access.ts';

type Wanted = Partial<Omit<CheckRun, 'output'>> & { readonly output?: Partial<CheckRun['output']> };

export const checkOperations: Operations = {
  'checks/create': asReader((call, actor) => {
    const repository = repositoryOf(call, actor);
    const { app } = installationOf(actor);
    const wanted = call.body as Wanted & { name: string; head_sha: string };
    const sha = resolveRef(call.state, repository, wanted.head_sha);
    if (sha === undefined) throw new ApiError(422, `No commit found for SHA: ${wanted.head_sha}`);
    const run: CheckRun = {
      id: newId(),
      repository_id: repository.id,
      app_id: app.id,
      head_sha: sha,
      name: wanted.name,
      details_url: wanted.details_url ?? `${call.addresses.web}/apps/${app.slug}`,
      external_id: '',
      status: 'queued',
      conclusion: null,
      started_at: call.state.clock.timestamp(),
      completed_at: null,
      output: { title: null, summary: null, text: null },
      actions: [],
    };
    change(run, wanted, call);
    call.state.world.check_runs.push(run);
    return { status: 201, body: shapeOf(call, repository, run) };
  }),

  'checks/get': asReader((call, actor) => {
    const repository = repositoryOf(call, actor);
    return ok(shapeOf(call, repository, runOf(call, repository)));
  }),

  'checks/update': asReader((call, actor) => {
    const repository = repositoryOf(call, actor);
    const run = runOf(call, repository);
    if (run.app_id !== installationOf(actor).app.id) {
      const reason = 'check run can only be modified by the GitHub App that created it.';
      throw new ApiError(403, `Invalid app_id \`${actor.app.id}\` - ${reason}`);
    }
    change(run, call.body as Wanted, call);
    return ok(shapeOf(call, repository, run));
  }),

  'checks/list-for-ref': asReader((call, actor) => {
    const repository = repositoryOf(call, actor);
    const sha = resolveRef(call.state, repository, param(call, 'ref'));
    if (sha === undefined)
      throw new ApiError(422, `No commit found for SHA: ${param(call, 'ref')}`);
    const name = call.url.searchParams.get('check_name');
    const found = call.state.world.check_runs.filter(
      (run) =>
        run.repository_id === repository.id &&
        run.head_sha === sha &&
        (name === null || run.name === name),
    );
    const { items, headers } = pageOf(found.toReversed(), call.url);
    const check_runs = items.map((run) => shapeOf(call, repository, run));
    return ok({ total_count: found.length, check_runs }, headers);
  }),
};

/** "Providing `conclusion` will automatically set the `status` parameter to `completed`." */
function change(run: CheckRun, { output, ...wanted }: Wanted, { state }: Call): void {
  const { head_sha: _sha, ...values } = wanted;
  Object.assign(run, values);
  if (output !== undefined) run.output = { ...run.output, ...output };
  if (wanted.conclusion !== undefined) run.status = 'completed';
  if (run.status === 'completed') run.completed_at ??= state.clock.timestamp();
  else {
    run.completed_at = null;
    run.conclusion = null;
  }
}

function repositoryOf(call: Call, actor: InstallationActor | UserActor): Repository {
  const repository = visibleRepository(call, actor);
  requireInRepository(call, actor, repository);
  return repository;
}

/** "Write permission for the REST API to interact with checks is only available to GitHub Apps." */
function installationOf(actor: InstallationActor | UserActor): InstallationActor {
  if (actor.kind !== 'installation') {
    throw new ApiError(403, 'You must authenticate via a GitHub App.');
  }
  return actor;
}

function runOf(call: Call, repository: Repository): CheckRun {
  const id = numberParam(call, 'check_run_id');
  const found = call.state.world.check_runs.find(
    (run) => run.id === id && run.repository_id === repository.id,
  );
  if (found === undefined) throw notFound();
  return found;
}

function shapeOf(call: Call, repository: Repository, run: CheckRun) {
  return checkRunShape(run, repository, call.state, call.addresses);
}
