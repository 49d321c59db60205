/** `/dashboard/tokens`: which there are, by the API's rules; forms for new ones. */
import type { Page } from '#protocol/pages.ts';
import { mayChangePreview } from '../api/preview-changes.ts';
import { isAdmin, type Person } from '../api/principal.ts';
import { tokenRules } from '../api/token-rules.ts';
import { html, type Html } from '../login/page.ts';
import type { Binding, TokenRecord } from '../objects/stores/token-record.ts';
import type { Session } from './entry.ts';
import { frame, pathTo } from './frame.ts';
import { listsOf, type Lists } from './lists.ts';
import type { DashboardServices } from './services.ts';
import { instant, timeLeft } from './times.ts';
import { tokenForms } from './token-forms.ts';

export async function tokensPage(
  services: DashboardServices,
  session: Session,
  done: string | undefined,
): Promise<Page> {
  const { person, organisation } = session;
  const rules = tokenRules(services);
  const [records, lists] = await Promise.all([
    rules.list(person, organisation.id),
    listsOf(services, organisation.id),
  ]);
  const rows = await Promise.all(
    records.map(async (record) => ({ record, mayRotate: await rules.mayRotate(person, record) })),
  );
  const nowMs = services.clock.nowMs();
  const lead = isAdmin(person)
    ? 'All of the organisation. A secret is shown when it is made, and never again.'
    : 'Those that you made. A secret is shown when it is made, and never again.';
  const content = html`${
    rows.length === 0
      ? html`<div class="card empty">
          <h2>There is no token yet</h2>
          <p>
            A token stands for a person or a program: for the command line, for tests in CI, for a
            connector. Make one below.
          </p>
        </div>`
      : table(session, rows, lists, nowMs)
  }
  ${tokenForms(session, lists, choices(person, lists))}`;
  return frame(session, { section: '/dashboard/tokens', title: 'Tokens', lead, done }, content);
}

/** What a service token may be bound to. */
function choices(person: Person, { clusters, previews }: Lists) {
  const own = previews.flatMap(({ preview }) =>
    preview && mayChangePreview(person, preview)
      ? [{ value: `preview:${preview.label}`, text: `preview of ${preview.intercept.name}` }]
      : [],
  );
  if (!isAdmin(person)) return own;
  return [
    { value: 'organisation', text: 'everything of the organisation' },
    ...clusters.map(({ record }) => ({
      value: `cluster:${record.key}`,
      text: `cluster ${record.name}`,
    })),
    ...own,
  ];
}

type TokenRow = { record: TokenRecord; mayRotate: boolean };

function table(session: Session, rows: TokenRow[], lists: Lists, nowMs: number): Html {
  const columns = ['Token', 'Good for', 'Made by', 'Expires', 'Last used', 'Change'];
  return html`<table class="list" role="table">
    <caption class="unseen">
      Tokens
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${columns.map((text) => html`<th scope="col" role="columnheader">${text}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map((row) => rowHtml(session, row, lists, nowMs))}
    </tbody>
  </table>`;
}

function rowHtml(session: Session, { record, mayRotate }: TokenRow, lists: Lists, nowMs: number) {
  const { id, name, kind, scopes, binding, creator, expiresMs, lastUsedMs } = record;
  const action = (verb: string) => pathTo(session, `/dashboard/tokens/${id}/${verb}`);
  const of = html`<span class="unseen"> ${name}</span>`;
  const rotate = html`<details id="rotate-${id}">
    <summary>Rotate${of}</summary>
    <form method="post" action="${action('rotate')}">
      <p>Makes a new secret. The one of today is good for one more day.</p>
      <button class="go" id="rotate-yes-${id}">Make a new secret</button>
    </form>
  </details>`;
  return html`<tr role="row">
    <th scope="row" role="rowheader">
      <strong>${name}</strong>
      <span class="soft small">${kind}${scopes.length > 0 ? `: ${scopes.join(', ')}` : ''}</span>
      <span class="soft small mono" style="display: block">${id}</span>
    </th>
    <td role="cell" data-label="Good for">${boundTo(binding, kind, lists)}</td>
    <td role="cell" data-label="Made by">${creator?.login ?? 'operator'}</td>
    <td role="cell" data-label="Expires">
      ${
        expiresMs === undefined
          ? 'when revoked'
          : expiresMs <= nowMs
            ? html`<span class="badge bad">expired</span>`
            : html`<span class="line">in ${timeLeft(expiresMs, nowMs)}</span>`
      }
    </td>
    <td role="cell" data-label="Last used">
      ${lastUsedMs === undefined ? 'never' : instant(lastUsedMs)}
    </td>
    <td role="cell" class="acts-cell">
      <div class="acts">
        ${mayRotate ? rotate : ''}
        <details id="revoke-${id}">
          <summary class="stop">Revoke${of}</summary>
          <form method="post" action="${action('revoke')}">
            <p>Whatever uses it stops working at once.</p>
            <button class="stop" id="revoke-yes-${id}">Revoke</button>
          </form>
        </details>
      </div>
    </td>
  </tr>`;
}

function boundTo(binding: Binding, kind: string, { clusters, previews }: Lists): string {
  switch (binding.kind) {
    case 'organisation':
      return kind === 'personal' ? 'what its owner may' : 'the organisation';
    case 'cluster':
      return `cluster ${clusters.find(({ record }) => record.key === binding.key)?.record.name ?? binding.key}`;
    case 'repository':
      return `repository ${binding.id}`;
    case 'preview': {
      const row = previews.find(({ preview }) => preview?.label === binding.label);
      return row ? `preview of ${row.intercept.name}` : 'a preview that has ended';
    }
  }
}
