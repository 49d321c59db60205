/** `/OWNER/NAME/settings/access`: who may do what in a repository; for its administrators. */
import type { Outgoing } from '../http.ts';
import type { Role } from '../roles.ts';
import { fullNameOf } from '../shapes/repositories.ts';
import { isActiveMember } from '../state.ts';
import type { Repository, User } from '../world.ts';
import { html, type Html } from './page.ts';
import { administered, repositoryPath } from './repository-settings.ts';
import { attempt, framed, type Visit } from './visit.ts';

const offered: readonly Role[] = ['read', 'triage', 'write', 'maintain', 'admin'];

export const accessPage = administered((visit, repository) => {
  const { state } = visit;
  const fullName = fullNameOf(repository, state);
  const { collaborators } = repository;
  const others = state.world.users.filter(
    ({ id }) => id !== repository.owner_id && !collaborators.some(({ user_id }) => user_id === id),
  );
  const rows = collaborators.flatMap(({ user_id, role_name }) => {
    const user = state.user(user_id);
    return user === undefined ? [] : [row(visit, repository, user, role_name)];
  });
  return framed(
    visit,
    `Access · ${fullName}`,
    html`<h1>Who has access to ${fullName}</h1>
      ${everybody(visit, repository)}
      <h2>People</h2>
      ${
        rows.length === 0
          ? html`<p class="soft">Nobody was given a role of their own.</p>`
          : html`<ul>
              ${rows}
            </ul>`
      }
      ${others.length === 0 ? '' : addForm(fullName, others)}
      <p class="soft">Each change sends the webhook <code>member</code>.</p>`,
    { path: repositoryPath(fullName, ['settings', 'Settings']) },
  );
});

/** What nobody is named for. */
function everybody({ state }: Visit, repository: Repository): Html {
  const organization = state.organization(repository.owner_id);
  if (organization === undefined) return html``;
  const { login, default_repository_permission: base } = organization;
  return html`<p>
    Members of <a href="/orgs/${login}/people">${login}</a> have the base permission
    <strong>${base}</strong>${repository.private ? '' : '; everybody reads a public repository'}.
  </p>`;
}

function row({ state }: Visit, repository: Repository, user: User, now: Role): Html {
  const organization = state.organization(repository.owner_id);
  const member = organization !== undefined && isActiveMember(organization, user.id);
  const field = `role-${user.login}`;
  return html`<li>
    <span
      ><strong>${user.name ?? user.login}</strong>
      <span class="soft">@${user.login} · ${member ? 'member' : 'outside collaborator'}</span></span
    >
    <form class="row" method="post" action="/${fullNameOf(repository, state)}/settings/access">
      <input type="hidden" name="person" value="${user.login}" />
      <label class="hidden" for="${field}">Role of ${user.login}</label>
      ${roleChoice(field, now)}
      <button name="do" value="set" aria-label="Change role of ${user.login}">Change</button>
      <button class="stop" name="do" value="remove" aria-label="Remove ${user.login}">
        Remove
      </button>
    </form>
  </li>`;
}

function addForm(fullName: string, people: readonly User[]): Html {
  return html`<h2 id="add">Add somebody</h2>
    <form class="row" method="post" action="/${fullName}/settings/access" aria-labelledby="add">
      <label for="person">Person</label>
      <select id="person" name="person">
        ${people.map(({ login }) => html`<option>${login}</option>`)}
      </select>
      <label for="role">Role</label>
      ${roleChoice('role', 'read')}
      <button class="go" name="do" value="set">Give access</button>
    </form>`;
}

function roleChoice(id: string, now: Role): Html {
  return html`<select id="${id}" name="role">
    ${offered.map((role) =>
      role === now ? html`<option selected>${role}</option>` : html`<option>${role}</option>`,
    )}
  </select>`;
}

export const changeAccess = administered((visit, repository): Outgoing => {
  const { actions, fields, state, user } = visit;
  const fullName = fullNameOf(repository, state);
  return attempt(visit, `/${fullName}/settings/access`, () => {
    actions.act({
      action: 'set_collaborator',
      repository: fullName,
      person: fields.get('person') ?? '',
      role: fields.get('do') === 'remove' ? null : (fields.get('role') ?? ''),
      login: user.login,
    });
  });
});
