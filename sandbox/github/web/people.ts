/** `/orgs/ORG/people`: the members, each with a button that removes them. */
import type { Outgoing } from '../http.ts';
import { memberOf, type GitHubState } from '../state.ts';
import type { Member, Organization } from '../world.ts';
import { html, type Html } from './page.ts';
import { attempt, framed, missing, type Visit } from './visit.ts';

export function peoplePage(visit: Visit, organizationLogin: string): Outgoing {
  const { state } = visit;
  const organization = state.organizationByLogin(organizationLogin);
  if (organization === undefined) return missing(visit);
  const others = state.world.users.filter(({ id }) => memberOf(organization, id) === undefined);
  const action = `/orgs/${organization.login}/people`;
  const add: Html | string =
    others.length === 0
      ? ''
      : html`<h2 id="add">Add somebody</h2>
          <form class="row" method="post" action="${action}" aria-labelledby="add">
            <label for="login">Person</label>
            <select id="login" name="login">
              ${others.map(({ login }) => html`<option>${login}</option>`)}
            </select>
            <button class="go" name="do" value="add">Add as member</button>
          </form>`;
  return framed(
    visit,
    `People · ${organization.login}`,
    html`<h1>People of ${organization.name ?? organization.login}</h1>
      <p class="soft">
        Removing somebody sends the webhook <code>organization</code> (<code>member_removed</code>).
      </p>
      <ul>
        ${organization.members.map((member) => row(organization, member, state))}
      </ul>
      ${add}`,
    { path: [[`/${organization.login}`, organization.login]] },
  );
}

/** Removes or adds; comes back to the page, so that a reload does nothing. */
export function changePeople(visit: Visit, organizationLogin: string): Outgoing {
  const { state, actions, fields } = visit;
  const organization = state.organizationByLogin(organizationLogin);
  if (organization === undefined) return missing(visit);
  const org = organization.login;
  const login = fields.get('login') ?? '';
  return attempt(visit, `/orgs/${org}/people`, () => {
    if (fields.get('do') === 'add') actions.act({ action: 'set_member', org, login });
    else actions.act({ action: 'remove_member', org, login });
  });
}

function row(organization: Organization, member: Member, state: GitHubState): Html {
  const user = state.user(member.user_id);
  if (user === undefined) return html``;
  const role = member.role === 'billing_manager' ? 'billing manager' : member.role;
  const invited = member.state === 'pending' ? ' · invited, has not joined' : '';
  return html`<li>
    <span
      ><strong>${user.name ?? user.login}</strong>
      <span class="soft">@${user.login} · ${role}${invited}</span></span
    >
    <form method="post" action="/orgs/${organization.login}/people">
      <input type="hidden" name="login" value="${user.login}" />
      <button class="stop" name="do" value="remove" aria-label="Remove ${user.login}">
        Remove
      </button>
    </form>
  </li>`;
}
