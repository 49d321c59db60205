/** A secret that a page shows once: to be read, and to be copied where scripts run. */
import { html, type Html } from '../login/page.ts';

export function secretField(label: string, secret: string): Html {
  return html`<label for="secret">${label}</label>
    <input
      id="secret"
      class="secret"
      readonly
      value="${secret}"
      autocomplete="off"
      spellcheck="false"
    />`;
}

export function copyButton(secret: string): Html {
  return html`<button type="button" hidden class="go" data-copy="${secret}">Copy</button>`;
}
