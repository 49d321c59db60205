/** `/dashboard`: intercepts and previews of an organisation, and the switches of each. */
import type { Page } from '#protocol/pages.ts';
import { mayEndIntercept } from '../api/intercept-changes.ts';
import { mayChangePreview } from '../api/preview-changes.ts';
import { html, type Html } from '../login/page.ts';
import type { InterceptView, Preview } from '../objects/calls.ts';
import type { Session } from './entry.ts';
import { frame, pathTo } from './frame.ts';
import { listsOf, signaturesOf, type Lists, type PreviewSeen } from './lists.ts';
import type { PreviewLife } from '../objects/lives.ts';
import { publicTimes } from './public-times.ts';
import type { DashboardServices } from './services.ts';
import { instant, timeLeft } from './times.ts';

export async function previewsPage(
  services: DashboardServices,
  session: Session,
  done: string | undefined,
): Promise<Page> {
  const lists = await listsOf(services, session.organisation.id);
  const { previews: now } = await signaturesOf(lists);
  const content = html`<div data-live="previews" data-now="${now}">
    ${lists.previews.length === 0 ? empty(session, lists) : table(services, session, lists)}
  </div>`;
  return frame(
    session,
    { section: '/dashboard', title: 'Previews', done, lead: leadOf(session), isLive: true },
    content,
  );
}

function leadOf({ organisation }: Session): string {
  return `Intercepts of ${organisation.login}, and who may see them. Your own have switches; an owner of the organisation may change all.`;
}

function empty(session: Session, { clusters }: Lists): Html {
  if (clusters.length === 0) {
    return html`<div class="card empty">
      <h2>There is no cluster yet</h2>
      <p>
        Previews come from clusters. The first step is to register one, and to start a connector in
        it.
      </p>
      <p><a href="${pathTo(session, '/dashboard/clusters')}">See how on the page of clusters</a></p>
    </div>`;
  }
  return html`<div class="card empty">
    <h2>Nothing is intercepted</h2>
    <p>Take over a service from your laptop; its preview appears here by itself.</p>
    <pre><code>byway intercept SERVICE --port 8080</code></pre>
  </div>`;
}

function table(services: DashboardServices, session: Session, lists: Lists): Html {
  const hasPullRequests = lists.previews.some(({ pullRequest }) => pullRequest);
  const cell = (row: PreviewSeen) => rowHtml(services, session, lists, row, hasPullRequests);
  const column = (text: string) => html`<th scope="col" role="columnheader">${text}</th>`;
  return html`<table class="list" role="table">
    <caption class="unseen">
      Intercepts and previews of ${session.organisation.login}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${column('Preview')} ${column('Owner')} ${column('Cluster')}
        ${hasPullRequests ? column('Pull request') : ''} ${column('Access')} ${column('State')}
        ${column('Expires')} ${column('Change')}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${lists.previews.map((row) => cell(row))}
    </tbody>
  </table>`;
}

const states = {
  connected: { text: 'connected', tone: 'good' },
  starting: { text: 'starting', tone: 'warn' },
  'connector-away': { text: 'connector away', tone: 'bad' },
  'laptop-waiting': { text: 'laptop waiting', tone: 'warn' },
} as const;

function rowHtml(
  services: DashboardServices,
  session: Session,
  lists: Lists,
  row: PreviewSeen,
  hasPullRequests: boolean,
): Html {
  const { preview, intercept, owner, cluster, state, pullRequest, report } = row;
  const { text, tone } = states[state];
  const nowMs = services.clock.nowMs();
  return html`<tr role="row" id="row-${idOf(row)}">
    <th scope="row" role="rowheader">
      <strong>${intercept.name}</strong>
      ${report ? html`<span class="soft small">${placeOf(report)}</span>` : ''}
      ${preview ? linkTo(services, preview) : html`<span class="soft small">no preview</span>`}
    </th>
    <td role="cell" data-label="Owner">${owner.login}</td>
    <td role="cell" data-label="Cluster">${cluster.name}</td>
    ${
      hasPullRequests
        ? html`<td role="cell" data-label="Pull request">
            ${pullRequest ? html`<a href="${pullRequest.url}">${pullRequest.text}</a>` : '–'}
          </td>`
        : ''
    }
    <td role="cell" data-label="Access">${preview ? accessOf(preview, nowMs) : '–'}</td>
    <td role="cell" data-label="State">
      <span class="badge ${tone}">${text}</span> ${preview?.life ? usesOf(preview.life) : ''}
    </td>
    <td role="cell" data-label="Expires">${preview?.life ? endOf(preview.life, nowMs) : '–'}</td>
    <td role="cell" class="acts-cell">${switches(session, lists, row)}</td>
  </tr>`;
}

function placeOf({ workload, namespace, port, laptop }: InterceptView): string {
  const service = `${workload}.${namespace}, port ${port.name || port.number}`;
  return laptop === '' ? service : `${service}, on ${laptop}`;
}

function linkTo({ originOf }: DashboardServices, { label, intercept, createdMs }: Preview): Html {
  const url = originOf(label);
  return html`<span class="link">
      <a href="${url}" id="link-${label}" rel="noreferrer">${url.replace(/^https?:\/\//, '')}</a>
      <button
        type="button"
        hidden
        id="copy-${label}"
        data-copy="${url}"
        aria-label="Copy the link of ${intercept.name}"
      >
        Copy
      </button>
    </span>
    <span class="soft small" style="display: block">since ${instant(createdMs)}</span>`;
}

function accessOf({ access, publicUntilMs }: Preview, nowMs: number): Html {
  if (access === 'private') return html`<span class="badge">members</span>`;
  return html`<span class="badge warn">public</span>
    <span class="soft small line">for ${timeLeft(publicUntilMs, nowMs)}</span>`;
}

function usesOf({ hits, usedMs }: PreviewLife): Html {
  if (hits === 0) return html`<span class="soft small">not used yet</span>`;
  const text = hits === 1 ? '1 request' : `${hits.toLocaleString('en')} requests`;
  return html`<span class="soft small">${text}, last ${instant(usedMs)}</span>`;
}

/** Whichever comes first is how it ends if nobody does anything. */
function endOf({ untilMs, usedMs, idleS }: PreviewLife, nowMs: number): Html {
  const idleMs = usedMs + idleS * 1000;
  const end = html`<span class="line">in ${timeLeft(untilMs, nowMs)}</span>`;
  if (untilMs <= idleMs) return end;
  return html`${end} <span class="soft small">or ${timeLeft(idleMs, nowMs)} if unused</span>`;
}

function idOf({ preview, cluster, intercept }: PreviewSeen): string {
  return preview?.label ?? `${cluster.key}-${intercept.id}`;
}

/** Whoever may not change it sees no buttons. */
function switches(session: Session, lists: Lists, row: PreviewSeen): Html | string {
  const { person } = session;
  const { preview, report } = row;
  const mayEnd = report && mayEndIntercept(person, report.owner);
  const mayChange = preview && mayChangePreview(person, preview);
  if (!mayChange && !mayEnd) return '';
  return html`<div class="acts">
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
    <summary>Remove preview${of}</summary>
    <form method="post" action="${action('remove')}">
      <p>The link stops working for good, for everybody.</p>
      <button class="stop" id="remove-yes-${label}">Yes, remove preview</button>
    </form>
  </details>`;
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
      ${extend} ${remove}`;
  }
  if (!policy.public_allowed) return html`${extend} ${remove}`;
  return html`<details id="public-${label}">
      <summary>Make public${of}</summary>
      <form method="post" action="${action('public')}">
        <p>Anybody with the link gets in, without a login.</p>
        ${duration('For')}
        <button class="go" id="public-yes-${label}">Make public</button>
      </form>
    </details>
    ${extend} ${remove}`;
}

function endSwitch(session: Session, { cluster, intercept }: PreviewSeen): Html {
  const path = `/dashboard/intercepts/${cluster.key}/${intercept.id}/end`;
  const id = `end-${cluster.key}-${intercept.id}`;
  return html`<details id="${id}">
    <summary>Remove intercept<span class="unseen"> ${intercept.name}</span></summary>
    <form method="post" action="${pathTo(session, path)}">
      <p>Its traffic goes to the cluster’s own version again.</p>
      <button class="stop" id="${id}-yes">Yes, remove intercept</button>
    </form>
  </details>`;
}
