/** `/dashboard/clusters`: the clusters of an organisation, and who holds their tunnels. */
import type { Page } from '#protocol/pages.ts';
import { isAdmin } from '../api/principal.ts';
import { html, type Html } from '../login/page.ts';
import type { ShardStatus } from '../objects/calls.ts';
import { registerForm, removeForm } from './cluster-forms.ts';
import type { Session } from './entry.ts';
import { frame } from './frame.ts';
import { listsOf, signaturesOf, type ClusterSeen } from './lists.ts';
import type { DashboardServices } from './services.ts';
import { instant } from './times.ts';

export async function clustersPage(
  services: DashboardServices,
  session: Session,
  done: string | undefined,
): Promise<Page> {
  const lists = await listsOf(services, session.organisation.id);
  const { clusters: now } = await signaturesOf(lists);
  const { clusters } = lists;
  const content = html`<div data-live="clusters" data-now="${now}">
      ${clusters.length === 0 ? empty(session) : clusters.map((each) => clusterHtml(session, each))}
    </div>
    ${isAdmin(session.person) ? registerForm(session) : ''}`;
  const lead = 'Each has a connector, which dials the gateway; nothing dials into the cluster.';
  return frame(
    session,
    { section: '/dashboard/clusters', title: 'Clusters', lead, done, isLive: true },
    content,
  );
}

function empty({ person, organisation }: Session): Html {
  return html`<div class="card empty">
    <h2>There is no cluster yet</h2>
    ${
      isAdmin(person)
        ? html`<p>
            Register the first one below. You get a token, and with it a connector in the cluster
            dials this gateway.
          </p>`
        : html`<p>
            An owner of ${organisation.login} at GitHub can register one on this page. Ask one of
            them.
          </p>`
    }
  </div>`;
}

function clusterHtml(session: Session, { record, shards }: ClusterSeen): Html {
  const { key, name, created_at: created } = record;
  const connected = shards.filter((each) => each.connected).length;
  return html`<section class="card" aria-labelledby="cluster-${key}">
    <div class="title">
      <h2 id="cluster-${key}">${name}</h2>
      ${badge(connected, shards.length)}
    </div>
    <p class="soft small">Key <code>${key}</code> · registered ${instant(Date.parse(created))}</p>
    ${
      connected === 0
        ? html`<p class="note warn">
            No connector is connected. Start one in the cluster with the token of this cluster; its
            previews answer as soon as it is here.
          </p>`
        : ''
    }
    <table class="list" role="table">
      <caption class="unseen">
        Tunnels of ${name}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${['Shard', 'Connector', 'State', 'Previews', 'Open requests'].map(
            (text) => html`<th scope="col" role="columnheader">${text}</th>`,
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${shards.map((shard) => shardRow(shard))}
      </tbody>
    </table>
    ${bannersHtml(shards)}${isAdmin(session.person) ? removeForm(session, record) : ''}
  </section>`;
}

/** Nothing where no page was shown since the objects woke up. */
function bannersHtml(shards: readonly ShardStatus[]): Html | string {
  const sum = (of: keyof ShardStatus['banners']): number =>
    shards.reduce((count, { banners }) => count + banners[of], 0);
  const [styled, plain, none] = [sum('styled'), sum('plain'), sum('none')];
  if (styled + plain + none === 0) return '';
  return html`<p class="soft small">
    Pages of its previews of late: ${styled} with the banner, ${plain} with a plain one, as their
    policy allows no styles, ${none} without, as nothing could be put in.
  </p>`;
}

function badge(connected: number, of: number): Html {
  if (connected === 0) return html`<span class="badge bad">connector away</span>`;
  if (connected < of) return html`<span class="badge warn">${connected} of ${of} connected</span>`;
  return html`<span class="badge good">connected</span>`;
}

function shardRow({ shard, connected, connector, previews, streams }: ShardStatus): Html {
  return html`<tr role="row">
    <th scope="row" role="rowheader"><strong>${shard}</strong></th>
    <td role="cell" data-label="Connector">${connector === '' ? '–' : connector}</td>
    <td role="cell" data-label="State">
      <span class="badge ${connected ? 'good' : 'bad'}">${connected ? 'connected' : 'away'}</span>
    </td>
    <td role="cell" data-label="Previews">${previews}</td>
    <td role="cell" data-label="Open requests">${streams}</td>
  </tr>`;
}
