/** `/OWNER/NAME/settings`: what a repository is called, whose it is, who sees it; and its end. */
import type { ActionSeed } from '../actions.ts';
import type { Outgoing } from '../http.ts';
import { roleIn } from '../roles.ts';
import { fullNameOf, visibilityOf } from '../shapes/repositories.ts';
import type { Repository, User } from '../world.ts';
import { html, type Html } from './page.ts';
import { attempt, framed, missing, type Visit } from './visit.ts';

interface AdministratorVisit extends Visit {
  readonly user: User;
}

/** For others these pages are not there. */
export function administered(
  then: (visit: AdministratorVisit, repository: Repository) => Outgoing,
): (visit: Visit, repository: Repository) => Outgoing {
  return (visit, repository) => {
    const { user, state } = visit;
    const admin = user !== undefined && roleIn(repository, user.id, state) === 'admin';
    return admin ? then({ ...visit, user }, repository) : missing(visit);
  };
}

/** From the start page to a page below a repository's own. */
export function repositoryPath(
  fullName: string,
  ...below: (readonly [address: string, name: string])[]
): (readonly [address: string, name: string])[] {
  const [owner = '', name = ''] = fullName.split('/');
  const steps = below.map(([address, label]) => [`/${fullName}/${address}`, label] as const);
  return [[`/${owner}`, owner], [`/${fullName}`, name], ...steps];
}

export const settingsPage = administered((visit, repository) => {
  const { state } = visit;
  const fullName = fullNameOf(repository, state);
  const { login } = visit.user;
  const owners = [...state.world.organizations, ...state.world.users].filter(
    ({ id }) => id !== repository.owner_id,
  );
  return framed(
    visit,
    `Settings · ${fullName}`,
    html`<h1>Settings of ${fullName}</h1>
      <p><a href="/${fullName}/settings/access">Who has access</a></p>
      ${form(
        fullName,
        'visibility',
        'Visibility',
        html`<label for="to">Who sees it</label>
          <select id="to" name="to">
            ${visibilities(visit, repository)}
          </select>
          <button name="do" value="visibility">Change visibility</button>`,
      )}
      ${form(
        fullName,
        'rename',
        'Name',
        html`<label for="name">Name</label>
          <input type="text" id="name" name="to" value="${repository.name}" required />
          <button name="do" value="rename">Rename</button>`,
      )}
      ${form(
        fullName,
        'transfer',
        'Owner',
        html`<label for="owner">New owner</label>
          <select id="owner" name="to">
            ${owners.map((owner) => html`<option>${owner.login}</option>`)}
          </select>
          <button class="stop" name="do" value="transfer">Transfer</button>`,
      )}
      ${form(
        fullName,
        'delete',
        'Delete',
        html`<button class="stop" name="do" value="delete">Delete this repository</button>`,
      )}
      <p class="soft">
        You act as ${login}. Each change sends the webhook <code>repository</code>.
      </p>`,
    { path: repositoryPath(fullName) },
  );
});

function form(fullName: string, id: string, title: string, content: Html): Html {
  return html`<h2 id="${id}">${title}</h2>
    <form class="row" method="post" action="/${fullName}/settings" aria-labelledby="${id}">
      ${content}
    </form>`;
}

function visibilities({ state }: Visit, repository: Repository): Html[] {
  const internal = state.organization(repository.owner_id) === undefined ? [] : ['internal'];
  const now = visibilityOf(repository);
  return ['private', ...internal, 'public'].map((each) =>
    each === now ? html`<option selected>${each}</option>` : html`<option>${each}</option>`,
  );
}

export const changeSettings = administered((visit, repository) => {
  const { actions, state, fields, user } = visit;
  const fullName = fullNameOf(repository, state);
  const [owner = ''] = fullName.split('/');
  const action = wanted(fields, { repository: fullName, login: user.login });
  if (action === undefined) return missing(visit);
  const done = attempt(visit, `/${fullName}/settings`, () => void actions.act(action));
  if (done.status !== 303) return done;
  const gone = state.repository(repository.id) === undefined;
  const location = gone ? `/${owner}` : `/${fullNameOf(repository, state)}`;
  return { ...done, headers: { location } };
});

function wanted(
  fields: ReadonlyMap<string, string>,
  place: { readonly repository: string; readonly login: string },
): ActionSeed | undefined {
  const to = fields.get('to') ?? '';
  switch (fields.get('do')) {
    case 'visibility': {
      const seen = { private: to !== 'public', internal: to === 'internal' };
      return { action: 'set_visibility', ...place, ...seen };
    }
    case 'rename':
      return { action: 'rename_repository', ...place, to };
    case 'transfer':
      return { action: 'transfer_repository', ...place, to };
    case 'delete':
      return { action: 'delete_repository', ...place };
    default:
      return undefined;
  }
}
