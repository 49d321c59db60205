/** `/OWNER/NAME`: pull requests, issues and branches, and the forms that make them. */
import type { Outgoing } from '../http.ts';
import { reaches, roleIn } from '../roles.ts';
import { fullNameOf } from '../shapes/repositories.ts';
import type { PullRequest, Repository } from '../world.ts';
import { maySee } from './home.ts';
import { html, type Html } from './page.ts';
import { attempt, backTo, framed, missing, type Visit } from './visit.ts';

/** What the person may see under a name; a response when it is elsewhere or not there. */
export function foundRepository(visit: Visit, owner: string, name: string): Repository | Outgoing {
  const { state, user, incoming } = visit;
  const repository = state.repositoryByName(owner, name);
  if (repository !== undefined) {
    return maySee(repository, user, state) ? repository : missing(visit);
  }
  const moved = state.repositoryByFormerName(owner, name);
  if (moved === undefined || !maySee(moved, user, state)) return missing(visit);
  const rest = incoming.url.pathname.split('/').slice(3).join('/');
  const location = `/${[fullNameOf(moved, state), rest].filter((part) => part !== '').join('/')}`;
  return { status: 301, headers: { location }, body: '' };
}

export function repositoryPage(visit: Visit, repository: Repository): Outgoing {
  const { state, user } = visit;
  const fullName = fullNameOf(repository, state);
  const pulls = state.world.pull_requests.filter((pull) => pull.repository_id === repository.id);
  const source = repository.fork_of === null ? undefined : state.repository(repository.fork_of);
  const role = user === undefined ? 'none' : roleIn(repository, user.id, state);
  return framed(
    visit,
    fullName,
    html`<h1>${fullName}</h1>
      <p class="soft">
        ${repository.private ? 'Private' : 'Public'}${
          source === undefined ? '' : html`, a fork of ${fullNameOf(source, state)}`
        }.
        Your role: ${role}.
      </p>
      <h2>Pull requests</h2>
      ${
        pulls.length === 0
          ? html`<p class="soft">None yet. Push to a branch, then open one below.</p>`
          : html`<ul>
              ${pulls.toReversed().map((pull) => row(pull, fullName))}
            </ul>`
      }
      ${proposeForm(visit, repository, fullName)}
      ${reaches(role, 'write') ? pushForm(repository, fullName) : ''}`,
    { path: [[`/${fullName.split('/')[0] ?? ''}`, fullName.split('/')[0] ?? '']] },
  );
}

function row(pull: PullRequest, fullName: string): Html {
  const { number, title, head, base } = pull;
  return html`<li>
    <span
      ><a href="/${fullName}/pull/${number}">${title}</a> <span class="soft">#${number}</span></span
    >
    <span class="soft">${head.ref} into ${base.ref} ${badge(pull)}</span>
  </li>`;
}

export function badge({ state, merged_at }: Pick<PullRequest, 'state' | 'merged_at'>): Html {
  if (merged_at !== null) return html`<span class="badge merged">Merged</span>`;
  return state === 'open'
    ? html`<span class="badge open">Open</span>`
    : html`<span class="badge closed">Closed</span>`;
}

/** From this repository's branches and those of its forks that the person may see. */
function proposeForm(visit: Visit, repository: Repository, fullName: string): Html {
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

function pushForm({ branches }: Repository, fullName: string): Html {
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
