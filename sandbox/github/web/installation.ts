/** An app's page, where it is installed, and the page of an installation. */
import type { Outgoing } from '../http.ts';
import type { App, Installation, Organization } from '../world.ts';
import { html, type Html } from './page.ts';
import { administers, attempt, backTo, framed, missing, type Visit } from './visit.ts';

export function appPage(visit: Visit, slug: string): Outgoing {
  const app = visit.state.world.apps.find((each) => each.slug === slug);
  if (app === undefined) return missing(visit);
  return framed(
    visit,
    app.name,
    html`<h1>${app.name}</h1>
      ${permissionList(app)}
      <p><a href="/apps/${app.slug}/installations/new">Install</a></p>
      ${
        administers(visit, visit.state.organization(app.owner_id))
          ? html`<p><a href="/apps/${app.slug}/deliveries">What it was told</a></p>`
          : ''
      }`,
  );
}

export function installPage(visit: Visit, slug: string): Outgoing {
  const { state, incoming } = visit;
  const app = state.world.apps.find((each) => each.slug === slug);
  if (app === undefined) return missing(visit);
  const passed = incoming.url.searchParams.get('state') ?? '';
  const places = state.world.organizations.filter((each) => administers(visit, each));
  const rows = places.map((organization) => place(visit, app, organization, passed));
  return framed(
    visit,
    `Install ${app.name}`,
    html`<h1>Install ${app.name}</h1>
      ${permissionList(app)}
      <h2>Where</h2>
      ${
        rows.length === 0
          ? html`<p role="alert">
              You are no administrator of an organisation. Act as one who is.
            </p>`
          : html`<ul>
              ${rows}
            </ul>`
      }`,
  );
}

function place({ state }: Visit, app: App, organization: Organization, passed: string): Html {
  const known = state.installationIn(organization.id, app.id);
  if (known !== undefined) {
    return html`<li>
      ${organization.login}
      <a href="${installationAddress(organization, known)}">Installed: configure</a>
    </li>`;
  }
  return html`<li>
    ${organization.login}
    <form method="post" action="/apps/${app.slug}/installations/new">
      <input type="hidden" name="org" value="${organization.login}" />
      <input type="hidden" name="state" value="${passed}" />
      <button class="go">Install in ${organization.login}</button>
    </form>
  </li>`;
}

/** Sends the person to the app's set-up address, whose `installation_id` anybody could have made up. */
export function install(visit: Visit, slug: string): Outgoing {
  const { state, fields, actions } = visit;
  const app = state.world.apps.find((each) => each.slug === slug);
  const organization = state.organizationByLogin(fields.get('org') ?? '');
  if (app === undefined || organization === undefined) return missing(visit);
  const answer = attempt(visit, `/apps/${slug}/installations/new`, () => {
    if (!administers(visit, organization)) throw new Error('Only administrators may install apps.');
    actions.act({ action: 'install', app_id: app.id, org: organization.login });
  });
  const installation = state.installationIn(organization.id, app.id);
  if (answer.status !== 303 || installation === undefined) return answer;
  if (app.setup_url === null) return backTo(installationAddress(organization, installation));
  const there = new URL(app.setup_url);
  there.searchParams.set('installation_id', String(installation.id));
  there.searchParams.set('setup_action', 'install');
  const passed = fields.get('state') ?? '';
  if (passed !== '') there.searchParams.set('state', passed);
  return { status: 302, headers: { location: there.href }, body: '' };
}

export function installationPage(visit: Visit, login: string, id: number): Outgoing {
  const { state } = visit;
  const found = installationOf(visit, login, id);
  const app = found && state.app(found.installation.app_id);
  if (found === undefined || app === undefined) return missing(visit);
  const { installation, organization } = found;
  const { repository_ids, suspended_at } = installation;
  const own = state.world.repositories.filter(({ owner_id }) => owner_id === organization.id);
  return framed(
    visit,
    `${app.name} in ${organization.login}`,
    html`<h1>${app.name} in ${organization.login}</h1>
      ${suspended_at === null ? '' : html`<p role="alert">Suspended.</p>`}
      ${permissionList(installation)}
      <form method="post" action="${installationAddress(organization, installation)}">
        <h2>Repositories</h2>
        <p>
          <label
            ><input
              type="checkbox"
              name="all"
              value="yes"
              ${repository_ids === null ? checked : ''}
            />
            All repositories</label
          >
        </p>
        ${own.map((repository) => {
          const on = repository_ids?.includes(repository.id) === true;
          const field = `repository-${repository.id}`;
          return html`<p>
            <label
              ><input type="checkbox" name="${field}" value="yes" ${on ? checked : ''} />
              ${repository.name}</label
            >
          </p>`;
        })}
        <p class="row">
          <button class="go" name="do" value="choose">Save</button>
          ${
            suspended_at === null
              ? html`<button name="do" value="suspend">Suspend</button>`
              : html`<button name="do" value="unsuspend">Allow again</button>`
          }
          <button class="stop" name="do" value="uninstall">Uninstall</button>
        </p>
      </form>`,
    { path: [[`/${organization.login}`, organization.login]] },
  );
}

const checked = html`checked`;

export function changeInstallation(visit: Visit, login: string, id: number): Outgoing {
  const { fields, actions } = visit;
  const found = installationOf(visit, login, id);
  if (found === undefined) return missing(visit);
  const what = fields.get('do') ?? '';
  const here = installationAddress(found.organization, found.installation);
  return attempt(visit, what === 'uninstall' ? `/${login}` : here, () => {
    if (!administers(visit, found.organization))
      throw new Error('Only administrators may do that.');
    if (what !== 'choose') {
      actions.act({ action: what, installation_id: id });
      return;
    }
    const chosen = [...fields.keys()].flatMap((name) => /^repository-(\d+)$/.exec(name)?.[1] ?? []);
    const repository_ids = fields.get('all') === 'yes' ? null : chosen.map(Number);
    actions.act({ action: 'choose_repositories', installation_id: id, repository_ids });
  });
}

function installationOf({ state }: Visit, login: string, id: number) {
  const organization = state.organizationByLogin(login);
  const installation = state.installation(id);
  if (organization === undefined || installation?.account_id !== organization.id) return undefined;
  return { organization, installation };
}

function installationAddress({ login }: Organization, { id }: Installation): string {
  return `/organizations/${login}/settings/installations/${id}`;
}

function permissionList({ permissions }: Pick<App, 'permissions'>): Html {
  return html`<p>It may:</p>
    <ul>
      ${Object.entries(permissions).map(
        ([name, level]) =>
          html`<li>${name.replaceAll('_', ' ')} <span class="soft">${level}</span></li>`,
      )}
    </ul>`;
}
