/** A request for a page, and as whom it is made. */
import type { Actions } from '../actions.ts';
import type { DeliveryLog } from '../deliveries.ts';
import { fieldsOf, type Incoming, type Outgoing } from '../http.ts';
import { memberOf, type GitHubState } from '../state.ts';
import type { Webhooks } from '../webhooks.ts';
import type { Organization, User } from '../world.ts';
import { errorPage, html, page, type Html } from './page.ts';

/** The parts of the sandbox that pages show and change. */
export interface Parts {
  readonly state: GitHubState;
  readonly actions: Actions;
  readonly deliveries: DeliveryLog;
  readonly webhooks: Webhooks;
}

export interface Visit extends Parts {
  readonly incoming: Incoming;
  /** Who one acts as; undefined: nobody is there. */
  readonly user: User | undefined;
  readonly fields: ReadonlyMap<string, string>;
}

const cookie = 'acting_as';

export function visitOf(incoming: Incoming, parts: Parts): Visit {
  const { state, actions, deliveries, webhooks } = parts;
  const cookies = String(incoming.headers['cookie'] ?? '');
  const login = new RegExp(`(?:^|; )${cookie}=([\\w-]+)`).exec(cookies)?.[1] ?? '';
  const user = state.userByLogin(login) ?? state.world.users[0];
  const fields = incoming.method === 'POST' ? fieldsOf(incoming) : new Map<string, string>();
  return { incoming, state, actions, deliveries, webhooks, user, fields };
}

/** Whether one acts as an administrator of the organisation. */
export function administers({ user }: Visit, organization: Organization | undefined): boolean {
  if (user === undefined || organization === undefined) return false;
  const member = memberOf(organization, user.id);
  return member?.role === 'admin' && member.state === 'active';
}

/** Remembers as whom one acts. */
export function switchUser({ fields, state }: Visit): Outgoing {
  const user = state.userByLogin(fields.get('login') ?? '');
  if (user === undefined)
    return errorPage(400, 'That did not work', 'There is nobody of that name.');
  const back = fields.get('back') ?? '/';
  const location = /^\/(?![/\\])/.test(back) ? back : '/';
  const value = `${cookie}=${user.login}; Path=/; HttpOnly; SameSite=Lax`;
  return { status: 303, headers: { location, 'set-cookie': value }, body: '' };
}

/** A form of another site may not act for the person: RFC 6265bis and Fetch Metadata. */
export function isFromElsewhere({ headers }: Incoming): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** Comes back to a page, so that a reload does nothing. */
export function backTo(location: string): Outgoing {
  return { status: 303, headers: { location }, body: '' };
}

/** Does something and comes back; says what is wrong when it does not work. */
export function attempt(visit: Visit, location: string, does: () => void): Outgoing {
  try {
    does();
    return backTo(location);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return framed(
      visit,
      'That did not work',
      html`<h1>That did not work</h1>
        <p role="alert">${message}</p>
        <p><a href="${location}">Back</a></p>`,
      { status: 400 },
    );
  }
}

export function missing(visit: Visit): Outgoing {
  const who = visit.user?.login ?? 'nobody';
  return framed(
    visit,
    'Not found',
    html`<h1>Not found</h1>
      <p role="alert">There is nothing here that ${who} may see.</p>`,
    { status: 404 },
  );
}

interface Frame {
  readonly status?: number;
  /** From the start page to here: address and name. */
  readonly path?: readonly (readonly [address: string, name: string])[];
}

/** A page with where one is and as whom. */
export function framed(
  visit: Visit,
  title: string,
  content: Html,
  { status = 200, path = [] }: Frame = {},
): Outgoing {
  const { state, user, incoming } = visit;
  const steps = path.map(([address, name]) => html`<a href="${address}">${name}</a>`);
  const { pathname, search } = incoming.url;
  const header = html`<header>
    <nav aria-label="You are here"><a href="/">Sandbox</a>${steps}</nav>
    <form class="row" method="post" action="/acting">
      <input type="hidden" name="back" value="${pathname}${search}" />
      <label for="acting">Acting as</label>
      <select id="acting" name="login">
        ${state.world.users.map(({ id, login }) =>
          id === user?.id
            ? html`<option selected>${login}</option>`
            : html`<option>${login}</option>`,
        )}
      </select>
      <button class="small">Switch</button>
    </form>
  </header>`;
  return page(title, content, status, header);
}
