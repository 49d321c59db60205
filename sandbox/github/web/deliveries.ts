/** `/apps/SLUG/deliveries`: what an app was told, newest first, and telling it again. */
import type { Delivery } from '../deliveries.ts';
import type { Outgoing } from '../http.ts';
import type { App } from '../world.ts';
import { html, type Html } from './page.ts';
import { attempt, framed, missing, type Visit } from './visit.ts';

const shown = 50;

export function deliveriesPage(visit: Visit, slug: string): Outgoing {
  const app = appOf(visit, slug);
  if (app === undefined) return missing(visit);
  const rows = visit.deliveries.of(app.id).slice(0, shown).map(row);
  return framed(
    visit,
    `What ${app.name} was told`,
    html`<h1>What ${app.name} was told</h1>
      <p class="soft">${app.webhook_url ?? 'It has no address for events.'}</p>
      ${
        rows.length === 0
          ? html`<p>Nothing yet.</p>`
          : html`<form method="post" action="/apps/${app.slug}/deliveries">
              <ul>
                ${rows}
              </ul>
            </form>`
      }`,
    { path: [[`/apps/${app.slug}`, app.name]] },
  );
}

function row({ id, event, action, status, statusCode, redelivery, guid }: Delivery): Html {
  const what = action === null ? event : `${event}, ${action}`;
  const again = redelivery ? ' · sent again' : '';
  return html`<li>
    <span>
      ${what}<br /><span class="soft">${statusCode} ${status}${again} · ${guid.slice(0, 8)}</span>
    </span>
    <button class="small" name="id" value="${id}" aria-label="Send ${what} again">
      Send again
    </button>
  </li>`;
}

export function sendAgain(visit: Visit, slug: string): Outgoing {
  const { deliveries, webhooks, fields } = visit;
  const app = appOf(visit, slug);
  if (app === undefined) return missing(visit);
  return attempt(visit, `/apps/${app.slug}/deliveries`, () => {
    const delivery = deliveries.of(app.id).find(({ id }) => String(id) === fields.get('id'));
    if (delivery === undefined) throw new Error('This delivery is not in the log any more.');
    void webhooks.redeliver(app, delivery);
  });
}

function appOf({ state }: Visit, slug: string): App | undefined {
  return state.world.apps.find((app) => app.slug === slug);
}
