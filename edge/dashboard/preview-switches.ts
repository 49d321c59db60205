/** What may be changed of a preview or an intercept, as forms. Whoever may not change it sees none. */
import { mayEndIntercept } from '../api/intercept-changes.ts';
import { mayChangePreview } from '../api/preview-changes.ts';
import { html, type Html } from '../login/page.ts';
import type { Preview } from '../objects/calls.ts';
import type { Session } from './entry.ts';
import { pathTo } from './frame.ts';
import { guestSwitches } from './guest-switches.ts';
import type { Lists, PreviewSeen } from './lists.ts';
import { publicTimes } from './public-times.ts';

export function idOf({ preview, cluster, intercept }: PreviewSeen): string {
  return preview?.label ?? `${cluster.key}-${intercept.id}`;
}

export function switches(
  session: Session,
  lists: Lists,
  row: PreviewSeen,
  nowMs: number,
): Html | string {
  const { person } = session;
  const { preview, report } = row;
  const mayEnd = report && mayEndIntercept(person, report.owner);
  const mayChange = preview && mayChangePreview(person, preview);
  if (!mayChange && !mayEnd) return '';
  return html`<div class="acts">
    ${mayChange ? guestSwitches(session, preview, nowMs) : ''}
    ${mayChange ? previewSwitches(session, lists, preview) : ''}
    ${mayEnd ? endSwitch(session, row) : ''}
  </div>`;
}

function previewSwitches(session: Session, { policy }: Lists, preview: Preview): Html {
  const { label, intercept, access, life } = preview;
  const action = (verb: string) => pathTo(session, `/dashboard/previews/${label}/${verb}`);
  const of = html`<span class="unseen"> of ${intercept.name}</span>`;
  const duration = (word: string) =>
    html`<label for="for-${label}">${word}</label>
      <select id="for-${label}" name="for">
        ${publicTimes(policy.longest_public_s).map(
          ({ seconds, text, isDefault }) =>
            html`<option value="${seconds}" ${isDefault ? html`selected` : ''}>${text}</option>`,
        )}
      </select>`;
  const extend = life
    ? html`<form method="post" action="${action('extend')}">
        <button id="extend-${label}">Extend${of}</button>
      </form>`
    : '';
  const remove = html`<details id="remove-${label}">
    <summary class="stop">Remove preview${of}</summary>
    <form method="post" action="${action('remove')}">
      <p>The link stops working for good, for everybody.</p>
      <button class="stop" id="remove-yes-${label}">Yes, remove preview</button>
    </form>
  </details>`;
  const gate = gateSwitch(session, preview);
  if (access === 'public') {
    return html`<form method="post" action="${action('private')}">
        <button id="private-${label}">Require authentication${of}</button>
      </form>
      <details id="prolong-${label}">
        <summary>Stay public<span class="unseen">: ${intercept.name}</span></summary>
        <form method="post" action="${action('prolong')}">
          ${duration('Public for')}
          <button class="go" id="prolong-yes-${label}">Stay public</button>
        </form>
      </details>
      ${gate} ${extend} ${remove}`;
  }
  if (!policy.public_allowed) return html`${gate} ${extend} ${remove}`;
  return html`<details id="public-${label}">
      <summary>Make public${of}</summary>
      <form method="post" action="${action('public')}">
        <p>Anybody with the link gets in, without a login.</p>
        ${duration('For')}
        <button class="go" id="public-yes-${label}">Make public</button>
      </form>
    </details>
    ${gate} ${extend} ${remove}`;
}

const gateTexts = {
  repo: {
    title: 'Open to the repository',
    hint: 'Its owner may view it, and whoever may read the repository of the pull request, members or not.',
    yes: 'Let readers view',
  },
  org: {
    title: 'Open to the organisation',
    hint: 'Members of the organisation may view it, and no other readers of the repository.',
    yes: 'Let members view',
  },
};

/** Without a pull request there is no repository whose readers could be meant. */
function gateSwitch(session: Session, { label, intercept, gate = 'org', pulls = [] }: Preview) {
  if (pulls.length === 0 && gate === 'org') return '';
  const other = gate === 'org' ? 'repo' : 'org';
  const { title, hint, yes } = gateTexts[other];
  return html`<details id="gate-${label}">
    <summary>${title}<span class="unseen">: ${intercept.name}</span></summary>
    <form method="post" action="${pathTo(session, `/dashboard/previews/${label}/gate`)}">
      <p>${hint}</p>
      <input type="hidden" name="gate" value="${other}" />
      <button class="go" id="gate-${other}-${label}">${yes}</button>
    </form>
  </details>`;
}

function endSwitch(session: Session, { cluster, intercept }: PreviewSeen): Html {
  const path = `/dashboard/intercepts/${cluster.key}/${intercept.id}/end`;
  const id = `end-${cluster.key}-${intercept.id}`;
  return html`<details id="${id}">
    <summary class="stop">Remove intercept<span class="unseen"> ${intercept.name}</span></summary>
    <form method="post" action="${pathTo(session, path)}">
      <p>Its traffic goes to the cluster’s own version again.</p>
      <button class="stop" id="${id}-yes">Yes, remove intercept</button>
    </form>
  </details>`;
}
