/** `/orgs/ORG/people`: the members, and what all of them may do; administrators change it. */
import type { Outgoing } from '../http.ts';
import { isActiveMember, memberOf } from '../state.ts';
import { basePermission, type Member, type Organization } from '../world.ts';
import { html, type Html } from './page.ts';
import { administers, attempt, framed, missing, type Visit } from './visit.ts';

export function peoplePage(visit: Visit, organizationLogin: string): Outgoing {
  const { state, user } = visit;
  const organization = state.organizationByLogin(organizationLogin);
  if (organization === undefined) return missing(visit);
  const admin = administers(visit, organization);
  const belongs = user !== undefined && isActiveMember(organization, user.id);
  // Others see those who show themselves.
  const shown = organization.members.filter((member) => belongs || member.public);
  return framed(
    visit,
    `People · ${organization.login}`,
    html`<h1>People of ${organization.name ?? organization.login}</h1>
      ${
        admin
          ? html`<p class="soft">
              Removing somebody sends the webhook <code>organization</code>
              (<code>member_removed</code>).
            </p>`
          : html`<p class="soft">Administrators add and remove people.</p>`
      }
      ${
        shown.length === 0
          ? html`<p>None of them is shown to you.</p>`
          : html`<ul>
              ${shown.map((member) => row(visit, organization, member, admin))}
            </ul>`
      }
      ${admin ? html`${addForm(visit, organization)} ${baseForm(organization)}` : ''}`,
    { path: [[`/${organization.login}`, organization.login]] },
  );
}

/** Comes back to the page, so that a reload does nothing. */
export function changePeople(visit: Visit, organizationLogin: string): Outgoing {
  const { state, actions, fields } = visit;
  const organization = state.organizationByLogin(organizationLogin);
  if (organization === undefined) return missing(visit);
  const org = organization.login;
  const field = (name: string): string => fields.get(name) ?? '';
  return attempt(visit, `/orgs/${org}/people`, () => {
    if (!administers(visit, organization)) {
      throw new Error(`Only administrators of ${org} may do that.`);
    }
    const what = field('do');
    if (what === 'base') {
      actions.act({ action: 'set_base_permission', org, permission: field('permission') });
    } else if (what === 'add') actions.act({ action: 'set_member', org, login: field('login') });
    else {
      requireAnother(visit, organization, field('login'));
      actions.act({ action: 'remove_member', org, login: field('login') });
    }
  });
}

/** @throws Error when nobody would be left who may add somebody */
function requireAnother({ state }: Visit, organization: Organization, login: string): void {
  const left = organization.members.some(
    ({ user_id, role, state: standing }) =>
      role === 'admin' && standing === 'active' && user_id !== state.userByLogin(login)?.id,
  );
  if (!left) throw new Error(`${login} is the last administrator of ${organization.login}.`);
}

function row({ state }: Visit, organization: Organization, member: Member, admin: boolean): Html {
  const user = state.user(member.user_id);
  if (user === undefined) return html``;
  const role = member.role === 'billing_manager' ? 'billing manager' : member.role;
  const invited = member.state === 'pending' ? ' · invited, has not joined' : '';
  const form = html`<form method="post" action="/orgs/${organization.login}/people">
    <input type="hidden" name="login" value="${user.login}" />
    <button class="stop" name="do" value="remove" aria-label="Remove ${user.login}">Remove</button>
  </form>`;
  return html`<li>
    <span
      ><strong>${user.name ?? user.login}</strong>
      <span class="soft">@${user.login} · ${role}${invited}</span></span
    >
    ${admin ? form : ''}
  </li>`;
}

function addForm({ state }: Visit, organization: Organization): Html {
  const others = state.world.users.filter(({ id }) => memberOf(organization, id) === undefined);
  if (others.length === 0) return html``;
  return html`<h2 id="add">Add somebody</h2>
    <form
      class="row"
      method="post"
      action="/orgs/${organization.login}/people"
      aria-labelledby="add"
    >
      <label for="login">Person</label>
      <select id="login" name="login">
        ${others.map(({ login }) => html`<option>${login}</option>`)}
      </select>
      <button class="go" name="do" value="add">Add as member</button>
    </form>`;
}

function baseForm({ login, default_repository_permission: now }: Organization): Html {
  return html`<h2 id="base">Base permission</h2>
    <form class="row" method="post" action="/orgs/${login}/people" aria-labelledby="base">
      <label for="permission">Members may in every repository</label>
      <select id="permission" name="permission">
        ${basePermission.options.map((each) =>
          each === now ? html`<option selected>${each}</option>` : html`<option>${each}</option>`,
        )}
      </select>
      <button name="do" value="base">Save</button>
    </form>`;
}
