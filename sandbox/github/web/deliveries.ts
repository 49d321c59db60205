/** `/apps/SLUG/deliveries`: what an app was told, newest first, and telling it again. */
import type { Delivery } from '../deliveries.ts';
import type { Outgoing } from '../http.ts';
import type { App } from '../world.ts';
import { ago } from './ago.ts';
import { html, type Html } from './page.ts';
import { administers, attempt, framed, missing, type Visit } from './visit.ts';

const shown = 30;

export function deliveriesPage(visit: Visit, slug: string): Outgoing {
  const app = appOf(visit, slug);
  if (app === undefined) return missing(visit);
  const nowMs = visit.state.clock.now();
  const latest = visit.deliveries.of(app.id).slice(0, shown);
  const rows = latest.map((delivery) => row(delivery, nowMs));
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

function row(delivery: Delivery, nowMs: number): Html {
  const { id, event, action, status, statusCode, redelivery, guid, deliveredAtMs } = delivery;
  const what = action === null ? event : `${event}, ${action}`;
  const again = redelivery ? ' · sent again' : '';
  return html`<li>
    <span>
      ${what}<br />
      <span class="soft">
        ${statusCode} ${status}${again} · ${ago(new Date(deliveredAtMs).toISOString(), nowMs)} ·
        ${guid.slice(0, 8)}
      </span>
    </span>
    <button class="small" name="id" value="${id}" aria-label="Send again: ${what}">
      Send again
    </button>
    <details class="whole">
      <summary class="soft">What was sent and answered</summary>
      ${exchanged(delivery)}
    </details>
  </li>`;
}

function exchanged(delivery: Delivery): Html {
  const { url, requestHeaders, requestBody, responseHeaders, responseBody } = delivery;
  const payload = JSON.stringify(JSON.parse(requestBody), null, 2);
  const request = `POST ${url}\n${headerLines(requestHeaders)}\n\n${payload}`;
  const response = `${headerLines(responseHeaders ?? {})}\n\n${responseBody ?? ''}`.trim();
  return html`<pre tabindex="0" aria-label="Request"><code>${request}</code></pre>
    ${
      response === ''
        ? html`<p class="soft">No answer.</p>`
        : html`<pre tabindex="0" aria-label="Answer"><code>${response}</code></pre>`
    }`;
}

function headerLines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
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

/** For those whose app it is. */
function appOf(visit: Visit, slug: string): App | undefined {
  const app = visit.state.world.apps.find((each) => each.slug === slug);
  return administers(visit, app && visit.state.organization(app.owner_id)) ? app : undefined;
}
