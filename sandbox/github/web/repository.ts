/** `/OWNER/NAME`: pull requests, issues and branches, and the forms that make them. */
import type { Outgoing } from '../http.ts';
import { reaches, roleIn } from '../roles.ts';
import { fullNameOf, visibilityOf } from '../shapes/repositories.ts';
import type { PullRequest, Repository } from '../world.ts';
import { maySee } from './home.ts';
import { html, type Html } from './page.ts';
import { forkForm, proposeForm, pushForm } from './repository-forms.ts';
import { framed, missing, type Visit } from './visit.ts';

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
        ${capitalized(visibilityOf(repository))}${
          source === undefined ? '' : html`, a fork of ${fullNameOf(source, state)}`
        }.
        Your role: ${role}.
        ${role === 'admin' ? html`<a href="/${fullName}/settings">Settings</a>` : ''}
      </p>
      <h2>Pull requests</h2>
      ${
        pulls.length === 0
          ? html`<p class="soft">None yet. Push to a branch, then open one below.</p>`
          : html`<ul>
              ${pulls.toReversed().map((pull) => row(pull, fullName))}
            </ul>`
      }
      ${proposeForm(visit, repository, fullName)} ${forkForm(visit, repository, fullName)}
      ${reaches(role, 'write') ? pushForm(repository, fullName) : ''}`,
    { path: [[`/${fullName.split('/')[0] ?? ''}`, fullName.split('/')[0] ?? '']] },
  );
}

function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
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
