/** `/ORG`: an organisation's repositories and apps. */
import type { Outgoing } from '../http.ts';
import { isActiveMember } from '../state.ts';
import type { Organization } from '../world.ts';
import { repositoryList } from './home.ts';
import { html, type Html } from './page.ts';
import { framed, missing, type Visit } from './visit.ts';

export function organizationPage(visit: Visit, login: string): Outgoing {
  const { state, user } = visit;
  const account = state.accountByLogin(login);
  if (account === undefined) return missing(visit);
  const own = state.world.repositories.filter(({ owner_id }) => owner_id === account.id);
  const organization = state.organization(account.id);
  const belongs = user !== undefined && organization && isActiveMember(organization, user.id);
  return framed(
    visit,
    account.login,
    html`<h1>${account.name ?? account.login}</h1>
      ${organization === undefined ? '' : html`<p><a href="/orgs/${login}/people">People</a></p>`}
      <h2>Repositories</h2>
      ${repositoryList(visit, own)}
      ${organization !== undefined && belongs === true ? apps(visit, organization) : ''}`,
  );
}

function apps({ state }: Visit, { id, login }: Organization): Html {
  const installed = state.world.installations
    .filter(({ account_id }) => account_id === id)
    .map((installation) => {
      const name = state.app(installation.app_id)?.name ?? 'App';
      const there = `/organizations/${login}/settings/installations/${installation.id}`;
      const note = installation.suspended_at === null ? '' : 'suspended';
      return html`<li><a href="${there}">${name}</a> <span class="soft">${note}</span></li>`;
    });
  return html`<h2>Installed apps</h2>
    ${
      installed.length === 0
        ? html`<p class="soft">None.</p>`
        : html`<ul>
            ${installed}
          </ul>`
    }
    <p><a href="/organizations/${login}/settings/apps/new">New app from a manifest</a></p>`;
}
