/** `/`: everything there is. */
import type { Outgoing } from '../http.ts';
import { roleIn } from '../roles.ts';
import { fullNameOf, visibilityOf } from '../shapes/repositories.ts';
import type { GitHubState } from '../state.ts';
import type { Repository, User } from '../world.ts';
import { html, type Html } from './page.ts';
import { framed, type Visit } from './visit.ts';

export function homePage(visit: Visit): Outgoing {
  const { state } = visit;
  const organizations = state.world.organizations.map(
    ({ login, members }) =>
      html`<li>
        <a href="/orgs/${login}/people">${login}</a>
        <span class="soft">${members.length} people</span>
      </li>`,
  );
  const apps = state.world.apps.map(
    ({ slug, name }) =>
      html`<li><a href="/apps/${slug}">${name}</a> <span class="soft">${slug}</span></li>`,
  );
  return framed(
    visit,
    'GitHub sandbox',
    html`<h1>GitHub sandbox</h1>
      <h2>Organisations</h2>
      <ul>
        ${organizations}
      </ul>
      <h2>Repositories</h2>
      ${repositoryList(visit, state.world.repositories)}
      <h2>Apps</h2>
      <ul>
        ${apps}
      </ul>`,
  );
}

export function maySee(repository: Repository, user: User | undefined, state: GitHubState) {
  if (user === undefined) return !repository.private;
  return roleIn(repository, user.id, state) !== 'none';
}

/** Those that the person may see. */
export function repositoryList(visit: Visit, repositories: readonly Repository[]): Html {
  const { state, user } = visit;
  const seen = repositories.filter((repository) => maySee(repository, user, state));
  if (seen.length === 0) return html`<p class="soft">None that you may see.</p>`;
  return html`<ul>
    ${seen.map((repository) => {
      const open = state.world.pull_requests.filter(
        (pull) => pull.repository_id === repository.id && pull.state === 'open',
      ).length;
      const name = fullNameOf(repository, state);
      const kind = visibilityOf(repository);
      return html`<li>
        <a href="/${name}">${name}</a>
        <span class="soft">${kind} · ${open} open pull request${open === 1 ? '' : 's'}</span>
      </li>`;
    })}
  </ul>`;
}
