/** `/dashboard/audit`: who changed what. For owners of the organisation. */
import type { Page } from '#protocol/pages.ts';
import { valueOf } from '../api/failure.ts';
import { adminOnly } from '../api/principal.ts';
import { html, type Html } from '../login/page.ts';
import { one } from '../login/visit.ts';
import type { AuditEntry } from '../objects/stores/audit.ts';
import { filterOf, filterTextOf, type FilterText } from './audit-filter.ts';
import { maxExportRows } from './audit-export.ts';
import type { Session } from './entry.ts';
import { frame, pathTo } from './frame.ts';
import { listsOf } from './lists.ts';
import type { DashboardServices } from './services.ts';
import { instant } from './times.ts';

const perPage = 50;

/** Offered in the form; others may be typed. */
const actions = [
  ...['cluster.create', 'cluster.remove', 'cluster.shards', 'installation.accepted'],
  ...['installation.removed', 'installation.suspended', 'intercept.end', 'member.removed'],
  ...['policy.change', 'preview.allow', 'preview.create', 'preview.disallow', 'preview.extend'],
  ...['preview.gate', 'preview.private', 'preview.public', 'preview.remove', 'preview.report'],
  ...['stop-all', 'token.create', 'token.oidc', 'token.revoke', 'token.rotate'],
];

/** Actors that are nobody's. */
const others = [
  ['operator', 'who runs the gateway'],
  ['github', 'news from GitHub'],
  ['edge', 'the gateway itself'],
] as const;

/** @throws ApiError */
export async function auditPage(
  services: DashboardServices,
  session: Session,
  query: URLSearchParams,
): Promise<Page> {
  adminOnly(session.person);
  const text = filterTextOf(query);
  const { id } = session.organisation;
  const org = services.objects.org(id);
  const filter = { ...filterOf(text), limit: perPage, cursor: one(query, 'cursor') };
  const [outcome, names] = await Promise.all([org.audit(filter), namesOf(services, session)]);
  const { entries, next } = valueOf(outcome, 'BW-5002');
  const content = html`${filterForm(session, text, names)}
  ${entries.length === 0 ? empty(session, text) : table(entries, names)}
  ${
    next === undefined
      ? ''
      : html`<p>
          <a rel="next" href="${pathTo(session, '/dashboard/audit', { ...text, cursor: next })}"
            >Older entries</a
          >
        </p>`
  }`;
  const lead =
    'Every change, for 400 days. People are kept by their number at GitHub, as names change hands.';
  return frame(session, { section: '/dashboard/audit', title: 'Audit log', lead }, content);
}

/** Of what is known here today, by actor and subject. */
async function namesOf(
  services: DashboardServices,
  { login, organisation }: Session,
): Promise<ReadonlyMap<string, string>> {
  const [{ clusters, previews }, tokens] = await Promise.all([
    listsOf(services, organisation.id),
    services.objects.org(organisation.id).tokens({}),
  ]);
  const people = [
    ...previews.map(({ owner }) => owner),
    ...tokens.map(({ creator }) => creator),
    login.user,
  ];
  return new Map([
    [String(organisation.id), organisation.login],
    ...people.flatMap((each) => (each ? [[`gh:${each.id}`, each.login] as const] : [])),
    ...clusters.map(({ record: { key, name } }) => [key, `cluster “${name}”`] as const),
    ...previews.map(
      ({ preview, intercept: { id, name } }) =>
        [preview?.label ?? id, preview ? `preview of “${name}”` : `intercept “${name}”`] as const,
    ),
    ...tokens.flatMap(({ id, name }) => {
      const text = `token “${name}”`;
      return [[`token:${id}`, text] as const, [id, text] as const];
    }),
  ]);
}

function filterForm(session: Session, text: FilterText, names: ReadonlyMap<string, string>): Html {
  const { login, organisation } = session;
  const actors = [...names].filter(([id]) => id.includes(':'));
  const exportTo = (type: string) => pathTo(session, `/dashboard/audit.${type}`, { ...text });
  return html`<form method="get" action="/dashboard/audit" class="card" aria-label="Filter">
    ${
      login.organisations.length > 1
        ? html`<input type="hidden" name="organisation" value="${organisation.login}" />`
        : ''
    }
    <div class="fields">
      <div>
        <label for="actor">Actor</label>
        <input
          id="actor"
          name="actor"
          value="${text.actor ?? ''}"
          placeholder="gh:1001"
          list="actors"
          autocapitalize="off"
        />
        <datalist id="actors">
          ${[...actors, ...others].map(([id, name]) => html`<option value="${id}">${name}</option>`)}
        </datalist>
      </div>
      <div>
        <label for="action">Action</label>
        <input
          id="action"
          name="action"
          value="${text.action ?? ''}"
          placeholder="preview.public"
          list="actions"
          autocapitalize="off"
        />
        <datalist id="actions">
          ${actions.map((each) => html`<option value="${each}"></option>`)}
        </datalist>
      </div>
      <div>
        <label for="since">Since</label>
        <input id="since" name="since" type="date" value="${(text.since ?? '').slice(0, 10)}" />
      </div>
    </div>
    <div class="row">
      <button class="go">Filter</button>
      <a href="${pathTo(session, '/dashboard/audit')}">Show all</a>
      <span class="soft small"
        >Export up to ${maxExportRows.toLocaleString('en')} of these rows:
        <a href="${exportTo('csv')}" download>CSV</a> ·
        <a href="${exportTo('jsonl')}" download>JSON lines</a></span
      >
    </div>
  </form>`;
}

function empty(session: Session, text: FilterText): Html {
  const filtered = Object.keys(text).length > 0;
  return html`<div class="card empty">
    <h2>${filtered ? 'Nothing fits the filter' : 'Nothing was changed yet'}</h2>
    ${
      filtered
        ? html`<p>
            Actor and action are compared as a whole.
            <a href="${pathTo(session, '/dashboard/audit')}">Show all</a>
          </p>`
        : html`<p>Changes of previews, tokens, clusters and the policy appear here.</p>`
    }
  </div>`;
}

function table(entries: readonly AuditEntry[], names: ReadonlyMap<string, string>): Html {
  return html`<table class="list" role="table">
    <caption class="unseen">
      Changes, the newest first
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${['When', 'Who', 'What', 'To what', 'Details'].map(
          (text) => html`<th scope="col" role="columnheader">${text}</th>`,
        )}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${entries.map((entry) => rowHtml(entry, names))}
    </tbody>
  </table>`;
}

function rowHtml(
  { atMs, actor, action, subject, details }: AuditEntry,
  names: ReadonlyMap<string, string>,
) {
  const name = names.get(actor);
  return html`<tr role="row">
    <th scope="row" role="rowheader">${instant(atMs)}</th>
    <td role="cell" data-label="Who">
      ${name === undefined ? actor : html`${name} <span class="soft small">${actor}</span>`}
    </td>
    <td role="cell" data-label="What"><code>${action}</code></td>
    <td role="cell" data-label="To what">
      ${
        names.has(subject)
          ? html`${names.get(subject) ?? ''} <span class="soft small">${subject}</span>`
          : html`<span class="mono">${subject}</span>`
      }
    </td>
    <td role="cell" data-label="Details">${detailsHtml(details)}</td>
  </tr>`;
}

function detailsHtml(details: AuditEntry['details']): Html {
  const rows = Object.entries(details).filter(([, value]) => value !== null);
  if (rows.length === 0) return html`–`;
  return html`<span class="small"
    >${rows.map(([name, value]) => html`${name}: ${textOf(value)}`).flatMap((each, index) => (index === 0 ? [each] : [html`<br />`, each]))}</span
  >`;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return JSON.stringify(value);
  }
  const parts = Object.entries(value).map(([name, each]) => `${name} ${textOf(each)}`);
  return parts.join(', ');
}
