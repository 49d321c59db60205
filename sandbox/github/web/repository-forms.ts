/** What is done on the page of a repository: a pull request, a commit, a copy of one's own. */
import type { Outgoing } from '../http.ts';
import { reaches, roleIn } from '../roles.ts';
import { fullNameOf } from '../shapes/repositories.ts';
import type { Repository } from '../world.ts';
import { maySee } from './home.ts';
import { html, type Html } from './page.ts';
import { attempt, backTo, missing, type Visit } from './visit.ts';

/** From this repository's branches and those of its forks that the person may see. */
export function proposeForm(visit: Visit, repository: Repository, fullName: string): Html {
  const { state, user } = visit;
  const sources = state.world.repositories.filter(
    (each) =>
      (each.id === repository.id || each.fork_of === repository.id) && maySee(each, user, state),
  );
  const heads = sources.flatMap((from) =>
    from.branches
      .filter(({ name }) => from.id !== repository.id || name !== repository.default_branch)
      .map(({ name }) => `${state.account(from.owner_id)?.login ?? ''}:${name}`),
  );
  if (heads.length === 0) return html``;
  return html`<h2 id="propose">Open a pull request</h2>
    <form class="stack" method="post" action="/${fullName}/pulls" aria-labelledby="propose">
      <span class="row">
        <label for="head">From</label>
        <select id="head" name="head">
          ${heads.map((head) => html`<option>${head}</option>`)}
        </select>
        <label for="base">into</label>
        <select id="base" name="base">
          ${repository.branches.map(({ name }) => html`<option>${name}</option>`)}
        </select>
      </span>
      <label for="title">Title</label>
      <input type="text" id="title" name="title" required />
      <label for="body">Description</label>
      <textarea id="body" name="body"></textarea>
      <span><button class="go">Open pull request</button></span>
    </form>`;
}

export function pushForm({ branches }: Repository, fullName: string): Html {
  return html`<h2 id="push">Push a commit</h2>
    <form class="row" method="post" action="/${fullName}/push" aria-labelledby="push">
      <label for="branch">Branch</label>
      <input type="text" id="branch" name="branch" list="branches" required />
      <datalist id="branches">
        ${branches.map(({ name }) => html`<option>${name}</option>`)}
      </datalist>
      <button>Push a commit</button>
    </form>`;
}

/** Of what is public, to one's own account: organisations let nobody fork what is private. */
function mayFork({ user, state }: Visit, { id, owner_id, private: isPrivate }: Repository) {
  if (user === undefined || isPrivate || owner_id === user.id) return false;
  return !state.world.repositories.some((each) => each.fork_of === id && each.owner_id === user.id);
}

export function forkForm(visit: Visit, repository: Repository, fullName: string): Html {
  if (!mayFork(visit, repository)) return html``;
  return html`<h2 id="fork">A copy of your own</h2>
    <form method="post" action="/${fullName}/fork" aria-labelledby="fork">
      <button>Fork</button>
    </form>`;
}

export function fork(visit: Visit, repository: Repository): Outgoing {
  const { actions, user, state } = visit;
  const fullName = fullNameOf(repository, state);
  return attempt(visit, `/${user?.login ?? ''}/${repository.name}`, () => {
    if (user === undefined || !mayFork(visit, repository)) {
      throw new Error('You may not fork this repository, or have done so.');
    }
    const { login } = user;
    actions.act({ action: 'fork_repository', repository: fullName, owner: login, login });
  });
}

export function proposePullRequest(visit: Visit, repository: Repository): Outgoing {
  const { fields, actions, user, state } = visit;
  if (user === undefined) return missing(visit);
  const fullName = fullNameOf(repository, state);
  let number = 0;
  const answer = attempt(visit, `/${fullName}`, () => {
    const body = fields.get('body') ?? '';
    const made = actions.act({
      action: 'open_pull_request',
      repository: fullName,
      head: fields.get('head') ?? '',
      base: fields.get('base') ?? repository.default_branch,
      title: fields.get('title')?.trim() ?? '',
      body: body.trim() === '' ? null : body,
      login: user.login,
    });
    ({ number } = made as { number: number });
  });
  return answer.status === 303 ? backTo(`/${fullName}/pull/${number}`) : answer;
}

/** @param location where one comes back to */
export function pushCommit(
  visit: Visit,
  repository: Repository,
  branch: string,
  location: string,
): Outgoing {
  const { actions, user, state } = visit;
  return attempt(visit, location, () => {
    if (user === undefined || !reaches(roleIn(repository, user.id, state), 'write')) {
      throw new Error('You may not push to this repository.');
    }
    const fullName = fullNameOf(repository, state);
    actions.act({ action: 'push', repository: fullName, branch, login: user.login });
  });
}
