/** Who may see a preview, who asks to, and who did. */
import { html, type Html } from '../login/page.ts';
import type { Preview } from '../objects/calls.ts';
import type { LastViewer } from '../objects/last-viewers.ts';
import type { Session } from './entry.ts';
import type { Lists } from './lists.ts';
import type { DashboardServices } from './services.ts';
import { instant, timeLeft } from './times.ts';

/** By id; what is not there any more has none. */
export type TokenNames = ReadonlyMap<string, string>;

export async function tokenNamesOf(
  { objects }: DashboardServices,
  { organisation }: Session,
  { previews }: Lists,
): Promise<TokenNames> {
  const isToken = ({ viewer }: LastViewer): boolean => viewer.kind === 'token';
  const hasTokens = previews.some(({ preview }) => preview?.life?.viewers?.some(isToken));
  const tokens = hasTokens ? await objects.org(organisation.id).tokens({}) : [];
  return new Map(tokens.map(({ id, name }) => [id, name]));
}

export function accessOf(preview: Preview, nowMs: number): Html {
  const { access, publicUntilMs, gate, guests = [], askers = [] } = preview;
  const rule =
    access === 'public'
      ? html`<span class="badge warn">public</span>
          <span class="soft small">for ${timeLeft(publicUntilMs, nowMs)}</span>`
      : html`<span class="badge"
          >${gate === 'repo' ? 'readers of the repository' : 'organisation'}</span
        >`;
  return html`${rule}
  ${guests.map(
    ({ user, untilMs }) =>
      html`<span class="soft small">and ${user.login} for ${timeLeft(untilMs, nowMs)}</span>`,
  )}
  ${
    askers.length === 0
      ? ''
      : html`<span class="badge warn"
          >${askers.length === 1 ? `${askers[0]?.login ?? ''} asks` : `${askers.length} ask`}</span
        >`
  }`;
}

export function usesOf({ label, life }: Preview, names: TokenNames): Html | string {
  if (!life) return '';
  const { hits, usedMs, viewers = [] } = life;
  if (hits === 0) return html`<span class="soft small">not used yet</span>`;
  const text = hits === 1 ? '1 request' : `${hits.toLocaleString('en')} requests`;
  return html`<span class="soft small">${text}, last ${instant(usedMs)}</span>
    ${viewers.length === 0 ? '' : viewersHtml(label, viewers, names)}`;
}

function viewersHtml(label: string, viewers: readonly LastViewer[], names: TokenNames): Html {
  return html`<details id="viewers-${label}" class="quiet">
    <summary>Last viewers</summary>
    <ul>
      ${viewers.map(
        (each) =>
          html`<li>${nameOf(each, names)} <span class="soft">${instant(each.atMs)}</span></li>`,
      )}
    </ul>
  </details>`;
}

function nameOf({ viewer }: LastViewer, names: TokenNames): Html {
  if (viewer.kind === 'person') {
    return html`<span title="GitHub’s id ${viewer.id}">${viewer.login}</span>`;
  }
  const name = names.get(viewer.id);
  return html`<span title="${viewer.id}"
    >token ${name === undefined ? viewer.id : `“${name}”`}</span
  >`;
}
