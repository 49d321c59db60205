/** The pages: which address leads to which. */
import type { Actions } from '../actions.ts';
import type { Incoming, Outgoing } from '../http.ts';
import type { GitHubState } from '../state.ts';
import { accessToken } from './access-token.ts';
import { authorizeForm, authorizePage } from './authorize.ts';
import { errorPage, html, page } from './page.ts';
import { changePeople, peoplePage } from './people.ts';

export function webAnswer(incoming: Incoming, state: GitHubState, actions: Actions): Outgoing {
  const { method, url } = incoming;
  const request = `${method} ${url.pathname}`;
  if (request === 'GET /') return homePage(state);
  if (request === 'GET /login/oauth/authorize') return authorizePage(incoming, state);
  if (request === 'POST /login/oauth/authorize') return authorizeForm(incoming, state);
  if (request === 'POST /login/oauth/access_token') return accessToken(incoming, state);
  const people = /^\/orgs\/([\w-]+)\/people$/.exec(url.pathname)?.[1];
  if (people !== undefined && method === 'GET') return peoplePage(people, state);
  if (people !== undefined && method === 'POST') {
    return changePeople(people, incoming, state, actions);
  }
  return errorPage(404, 'Not found', 'The sandbox has no such page.');
}

function homePage(state: GitHubState): Outgoing {
  const organizations = state.world.organizations.map(
    ({ login, members }) =>
      html`<li>
        <a href="/orgs/${login}/people">${login}</a>
        <span class="soft">${members.length} people</span>
      </li>`,
  );
  return page(
    'GitHub sandbox',
    html`<h1>GitHub sandbox</h1>
      <p>Organisations:</p>
      <ul>
        ${organizations}
      </ul>`,
  );
}
