/** Forms that let in one person who asks, and that take it back. */
import { defaultAllowS } from '../api/guest-changes.ts';
import { html, type Html } from '../login/page.ts';
import type { Account, Guest, Preview } from '../objects/calls.ts';
import type { Session } from './entry.ts';
import { pathTo } from './frame.ts';
import { timeLeft } from './times.ts';

const hourS = 3600;
const dayS = 24 * hourS;
const times = [
  { seconds: hourS, text: '1 hour' },
  { seconds: defaultAllowS, text: '4 hours' },
  { seconds: dayS, text: '1 day' },
  { seconds: 7 * dayS, text: '7 days' },
  { seconds: 30 * dayS, text: '30 days' },
];

export function guestSwitches(session: Session, preview: Preview, nowMs: number): Html | string {
  const { label, intercept, guests = [], askers = [] } = preview;
  if (guests.length + askers.length === 0) return '';
  return html`<details id="guests-${label}">
    <summary>Guests<span class="unseen"> of ${intercept.name}</span></summary>
    ${askers.map((user) => allowForm(session, label, user))}
    ${guests.map((guest) => revokeForm(session, label, guest, nowMs))}
  </details>`;
}

function allowForm(session: Session, label: string, { id, login }: Account): Html {
  const field = `allow-${label}-${id}`;
  const path = `/dashboard/previews/${label}/guests/${id}/allow`;
  return html`<form method="post" action="${pathTo(session, path)}">
    <p><strong>${login}</strong> asks to be let in, without being a member.</p>
    <label for="${field}">Let in for</label>
    <select id="${field}" name="for">
      ${times.map(
        ({ seconds, text }) =>
          html`<option value="${seconds}" ${seconds === defaultAllowS ? html`selected` : ''}>
            ${text}
          </option>`,
      )}
    </select>
    <button class="go" id="${field}-yes">Allow ${login}</button>
  </form>`;
}

function revokeForm(session: Session, label: string, { user, untilMs }: Guest, nowMs: number) {
  const path = `/dashboard/previews/${label}/guests/${user.id}/revoke`;
  return html`<form method="post" action="${pathTo(session, path)}">
    <p><strong>${user.login}</strong> is in for ${timeLeft(untilMs, nowMs)} more.</p>
    <button class="stop" id="revoke-${label}-${user.id}">Revoke ${user.login}</button>
  </form>`;
}
