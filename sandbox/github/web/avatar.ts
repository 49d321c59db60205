/** Who somebody is at a glance: letter and colour, since nothing is loaded from elsewhere. */
import { html, type Html } from './page.ts';

/** People are round, apps square. */
export function avatar(login: string): Html {
  const bot = login.endsWith('[bot]') ? ' app' : '';
  const letter = login.slice(0, 1).toUpperCase();
  return html`<span class="avatar${bot}" style="--hue: ${hueOf(login)}" aria-hidden="true"
    >${letter}</span
  >`;
}

/** The same for the same name. */
function hueOf(login: string): number {
  let hue = 7;
  for (const character of login) hue = (hue * 31 + (character.codePointAt(0) ?? 0)) % 360;
  return hue;
}

/** A name as it stands in sentences, with what marks an app. */
export function named(login: string): Html {
  const bot = login.endsWith('[bot]');
  const shown = bot ? login.slice(0, -'[bot]'.length) : login;
  return html`<strong>${shown}</strong>${bot ? html` <span class="badge tag">bot</span>` : ''}`;
}
