/** `check-run`. */
import type { Addresses } from '../addresses.ts';
import type { GitHubState } from '../state.ts';
import type { CheckRun, PullRequest, Repository } from '../world.ts';
import { nodeId } from './accounts.ts';
import { appShape } from './apps.ts';
import { fullNameOf } from './repositories.ts';

export function checkRunShape(
  run: CheckRun,
  repository: Repository,
  state: GitHubState,
  addresses: Addresses,
) {
  const { repository_id: _repository, app_id, actions: _actions, output, ...own } = run;
  const fullName = fullNameOf(repository, state);
  const url = `${addresses.api}/repos/${fullName}/check-runs/${run.id}`;
  const app = state.app(app_id);
  const owner = app && state.organization(app.owner_id);
  return {
    ...own,
    node_id: nodeId('CheckRun', run.id),
    url,
    html_url: `${addresses.web}/${fullName}/runs/${run.id}`,
    output: { ...output, annotations_count: 0, annotations_url: `${url}/annotations` },
    check_suite: { id: run.id + 1 },
    app: app === undefined || owner === undefined ? null : appShape(app, owner, 1, addresses),
    pull_requests: state.world.pull_requests
      .filter((pull) => isAt(pull, run))
      .map((pull) => minimalShape(pull, repository, state, addresses)),
  };
}

/** Pull requests from forks are not named. */
function isAt({ state, repository_id, head }: PullRequest, run: CheckRun): boolean {
  const here = run.repository_id;
  const same = repository_id === here && head.repository_id === here;
  return state === 'open' && same && head.sha === run.head_sha;
}

function minimalShape(
  { id, number, head, base }: PullRequest,
  { id: repositoryId, name, ...rest }: Repository,
  state: GitHubState,
  { api }: Addresses,
) {
  const url = `${api}/repos/${fullNameOf({ id: repositoryId, name, ...rest }, state)}`;
  const repo = { id: repositoryId, url, name };
  return {
    id,
    number,
    url: `${url}/pulls/${number}`,
    head: { ref: head.ref, sha: head.sha, repo },
    base: { ref: base.ref, sha: base.sha, repo },
  };
}
