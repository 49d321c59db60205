/** What consent by redirect and by device code show alike. */
import type { Account } from '../github/shapes.ts';
import { html, type Html } from './page.ts';
import type { Login } from './ports.ts';
import { scopeTexts, type Scope } from './scopes.ts';

/** Those to choose from: all that the login reaches, or the one that was asked for. */
export function organisationsFor(login: Login, asked: string | undefined): readonly Account[] {
  if (asked === undefined) return login.organisations;
  const name = asked.toLowerCase();
  return login.organisations.filter((each) => each.login.toLowerCase() === name);
}

export interface GrantRows {
  device: string;
  scopes: readonly Scope[];
  login: Login;
  /** Where the request came from. */
  address?: string;
}

export function grantRows({ device, scopes, login, address }: GrantRows): Html {
  const from =
    address === undefined
      ? ''
      : html`<dt>Asked from</dt>
          <dd>${address}</dd>`;
  return html`<dl>
    <dt>Device</dt>
    <dd>${device}</dd>
    ${from}
    <dt>You</dt>
    <dd>${login.user.login} (GitHub)</dd>
    <dt>It may</dt>
    <dd>${scopes.map((scope) => html`<div>${scopeTexts[scope]}</div>`)}</dd>
  </dl>`;
}

export function organisationField(organisations: readonly Account[]): Html {
  return html`<label for="organisation_id">For the organisation</label>
    <select id="organisation_id" name="organisation_id">
      ${organisations.map(({ id, login }) => html`<option value="${id}">${login}</option>`)}
    </select>`;
}
