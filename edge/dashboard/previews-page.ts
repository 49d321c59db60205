/** `/dashboard`: intercepts and previews of an organisation, and the switches of each. */
import type { Page } from '#protocol/pages.ts';
import { html, type Html } from '../login/page.ts';
import type { InterceptView, Preview } from '../objects/calls.ts';
import type { Session } from './entry.ts';
import { frame, pathTo } from './frame.ts';
import { listsOf, signaturesOf, type Lists, type PreviewSeen } from './lists.ts';
import { accessOf, tokenNamesOf, usesOf, type TokenNames } from './people.ts';
import { idOf, switches } from './preview-switches.ts';
import type { PreviewLife } from '../objects/lives.ts';
import type { DashboardServices } from './services.ts';
import { instant, timeLeft } from './times.ts';

export async function previewsPage(
  services: DashboardServices,
  session: Session,
  done: string | undefined,
): Promise<Page> {
  const lists = await listsOf(services, session.organisation.id);
  const [{ previews: now }, names] = await Promise.all([
    signaturesOf(lists),
    tokenNamesOf(services, session, lists),
  ]);
  const content = html`<div data-live="previews" data-now="${now}">
    ${lists.previews.length === 0 ? empty(session, lists) : table(services, session, lists, names)}
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

function table(
  services: DashboardServices,
  session: Session,
  lists: Lists,
  names: TokenNames,
): Html {
  const hasPullRequests = lists.previews.some(({ pullRequest }) => pullRequest);
  const nowMs = services.clock.nowMs();
  const column = (text: string) => html`<th scope="col" role="columnheader">${text}</th>`;
  return html`<table class="list roomy ${hasPullRequests ? 'seven' : ''}" role="table">
    <caption class="unseen">
      Intercepts and previews of ${session.organisation.login}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${column('Preview')} ${column('Owner')} ${column('Cluster')}
        ${hasPullRequests ? column('Pull request') : ''} ${column('Access')} ${column('State')}
        ${column('Expires')}
        <th scope="col" role="columnheader" class="unseen">Change</th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${lists.previews.map((row) => {
        const acts = switches(session, lists, row, nowMs);
        return rowHtml(services, row, { names, hasPullRequests, acts });
      })}
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
  row: PreviewSeen,
  {
    names,
    hasPullRequests,
    acts,
  }: { names: TokenNames; hasPullRequests: boolean; acts: Html | string },
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
      <span class="badge ${tone}">${text}</span> ${preview ? usesOf(preview, names) : ''}
    </td>
    <td role="cell" data-label="Expires">${preview?.life ? endOf(preview.life, nowMs) : '–'}</td>
    <td role="cell" class="acts-cell">${acts}</td>
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

/** Whichever comes first is how it ends if nobody does anything. */
function endOf({ untilMs, usedMs, idleS }: PreviewLife, nowMs: number): Html {
  const idleMs = usedMs + idleS * 1000;
  const end = html`<span class="line">in ${timeLeft(untilMs, nowMs)}</span>`;
  if (untilMs <= idleMs) return end;
  return html`${end} <span class="soft small">or ${timeLeft(idleMs, nowMs)} if unused</span>`;
}
