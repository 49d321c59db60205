/** Forms for clusters that come and go, and the page that shows the token of a connector once. */
import type { Page } from '#protocol/pages.ts';
import { registerCluster } from '../api/cluster-changes.ts';
import { invalid } from '../api/failure.ts';
import { newCluster } from '../api/schemas.ts';
import { html, type Html } from '../login/page.ts';
import { one } from '../login/visit.ts';
import type { ClusterRecord } from '../objects/calls.ts';
import type { Session } from './entry.ts';
import { frame, pathTo } from './frame.ts';
import { copyButton, secretField } from './secret-field.ts';
import type { DashboardServices } from './services.ts';

export function registerForm(session: Session): Html {
  return html`<form
    method="post"
    action="${pathTo(session, '/dashboard/clusters')}"
    class="card"
    aria-labelledby="register-title"
  >
    <h2 id="register-title">Register a cluster</h2>
    <p class="soft small" id="register-hint">
      Small letters, digits and “-”, 63 at most. The answer is the token for its connector.
    </p>
    <div class="fields">
      <div>
        <label for="cluster-name">Name</label>
        <input
          id="cluster-name"
          name="name"
          required
          maxlength="63"
          pattern="[a-z0-9]([a-z0-9\\-]*[a-z0-9])?"
          placeholder="dev"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          aria-describedby="register-hint"
        />
      </div>
    </div>
    <button class="go">Register</button>
  </form>`;
}

export function removeForm(session: Session, { key, name }: ClusterRecord): Html {
  const field = `remove-name-${key}`;
  return html`<div class="acts">
    <details id="remove-${key}">
      <summary class="stop">Remove cluster<span class="unseen"> ${name}</span></summary>
      <form method="post" action="${pathTo(session, `/dashboard/clusters/${key}/remove`)}">
        <p>
          Its tunnel is closed, its previews end for good, and its tokens are worth nothing any
          more. What runs in the cluster stays as it is.
        </p>
        <label for="${field}">Type ${name} to confirm</label>
        <input id="${field}" name="name" required autocomplete="off" autocapitalize="off" />
        <button class="stop" id="remove-yes-${key}">Remove cluster</button>
      </form>
    </details>
  </div>`;
}

/** The only page that has the token; no browser keeps it. @throws ApiError */
export async function registered(
  services: DashboardServices,
  session: Session,
  form: URLSearchParams,
): Promise<Page> {
  const { id, login } = session.organisation;
  const wish = { name: one(form, 'name')?.trim(), organisation: { id, login } };
  const read = newCluster.safeParse(wish);
  if (!read.success) {
    throw invalid('name: must have 1 to 63 small letters, digits and “-”, none of these at an end');
  }
  const { cluster, token } = await registerCluster(services, session.person, read.data);
  const edge = `edge: { url: ${services.login.appOrigin()}, token_file: connector.token }`;
  const content = html`<div class="card">
      ${secretField(`Token of the connector of “${cluster.name}”`, token)}
      <p>${copyButton(token)}</p>
    </div>
    <div class="card">
      <h2>Start the connector</h2>
      <ol>
        <li>
          Next to the ingress of the cluster, put the token into a file that nobody else reads:
          paste it, then Enter and Ctrl-D.
          <pre><code>(umask 077; cat > connector.token)</code></pre>
        </li>
        <li>
          Say in <code>connector.yaml</code> where the gateway is, beside what may be intercepted:
          <pre><code>${edge}</code></pre>
        </li>
        <li>
          Start it:
          <pre><code>byway connector --config connector.yaml</code></pre>
        </li>
      </ol>
      <p>
        <a href="${pathTo(session, '/dashboard/clusters')}">The page of clusters</a> says when it is
        connected.
      </p>
    </div>`;
  const lead = 'Copy the token now: it is not kept here, and cannot be shown again.';
  const title = 'The cluster is registered';
  return frame(session, { section: '/dashboard/clusters', title, lead }, content);
}
