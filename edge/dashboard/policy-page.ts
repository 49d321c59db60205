/** `/dashboard/policy`: what the organisation allows. Members see it, owners change it. */
import type { Page } from '#protocol/pages.ts';
import { isAdmin } from '../api/principal.ts';
import { html, type Html } from '../login/page.ts';
import type { Policy } from '../objects/stores/policy.ts';
import type { Session } from './entry.ts';
import { frame, pathTo } from './frame.ts';
import { inUnits, units, type Measured } from './policy-form.ts';
import type { DashboardServices } from './services.ts';

const interceptors = {
  nobody: 'nobody',
  admins: 'owners of the organisation',
  members: 'all members',
} as const;

export async function policyPage(
  { objects }: DashboardServices,
  session: Session,
  done: string | undefined,
): Promise<Page> {
  const policy = await objects.org(session.organisation.id).policy();
  const admin = isAdmin(session.person);
  const lead = admin
    ? 'It holds over whatever a member chooses, from the moment that it is saved.'
    : 'What the organisation allows. Only an owner of it at GitHub can change this.';
  const content = admin ? formHtml(session, policy) : listHtml(policy);
  return frame(session, { section: '/dashboard/policy', title: 'Policy', lead, done }, content);
}

function listHtml(policy: Policy): Html {
  const measured = (name: Measured) => {
    const { amount, unit } = inUnits(name, policy[name]);
    return `${amount.toLocaleString('en')} ${amount === 1 ? unit.replace(/s$/, '') : unit}`;
  };
  return html`<dl>
    <dt>Previews may be public</dt>
    <dd>${policy.public_allowed ? 'yes' : 'no'}</dd>
    <dt>Public for at most</dt>
    <dd>${measured('longest_public_s')}</dd>
    <dt>A preview lives for</dt>
    <dd>${measured('longest_life_s')}, unless it is extended</dd>
    <dt>An unused one for</dt>
    <dd>${measured('idle_life_s')}</dd>
    <dt>Previews of one person</dt>
    <dd>${policy.max_previews_per_person}</dd>
    <dt>Requests of strangers</dt>
    <dd>${policy.max_public_requests_per_minute.toLocaleString('en')} a minute to one preview</dd>
    <dt>Bytes to strangers</dt>
    <dd>${measured('max_public_bytes_per_day')} a day from one preview</dd>
    <dt>Intercepts without a kubeconfig</dt>
    <dd>${interceptors[policy.edge_intercepts]}</dd>
  </dl>`;
}

function formHtml(session: Session, policy: Policy): Html {
  const stop = html`<form
    method="post"
    action="${pathTo(session, '/dashboard/stop-all')}"
    class="card"
    aria-labelledby="stop-title"
  >
    <h2 id="stop-title">In an emergency</h2>
    <p>Makes every public preview ask for a login, at once, and lets none be public again.</p>
    <button class="stop">Stop everything public</button>
  </form>`;
  return html`<form
      method="post"
      action="${pathTo(session, '/dashboard/policy')}"
      class="card"
      aria-label="Policy"
    >
      <div class="check" style="margin-bottom: 1rem">
        <input
          type="checkbox"
          id="public_allowed"
          name="public_allowed"
          ${policy.public_allowed ? html`checked` : ''}
        />
        <label for="public_allowed">Previews may be made public</label>
      </div>
      <div class="fields">
        ${measure('longest_public_s', 'Public for at most', policy)}
        ${measure('longest_life_s', 'A preview lives for', policy)}
        ${measure('idle_life_s', 'A preview that nobody uses lives for', policy)}
        ${number('max_previews_per_person', 'Live previews of one person', policy, 0, 1000)}
        ${number(
          'max_public_requests_per_minute',
          'Requests of strangers a minute, to one preview',
          policy,
          1,
          1_000_000_000,
        )}
        ${measure('max_public_bytes_per_day', 'To strangers a day, from one preview', policy)}
        <div>
          <label for="edge_intercepts">Who may intercept without a kubeconfig</label>
          <select id="edge_intercepts" name="edge_intercepts">
            ${Object.entries(interceptors).map(
              ([value, text]) =>
                html`<option
                  value="${value}"
                  ${value === policy.edge_intercepts ? html`selected` : ''}
                >
                  ${text}
                </option>`,
            )}
          </select>
        </div>
      </div>
      <button class="go">Save</button>
    </form>
    ${policy.public_allowed ? stop : ''}`;
}

function number(
  name: 'max_previews_per_person' | 'max_public_requests_per_minute',
  text: string,
  policy: Policy,
  min: number,
  max: number,
): Html {
  return html`<div>
    <label for="${name}">${text}</label>
    <input
      type="number"
      id="${name}"
      name="${name}"
      value="${policy[name]}"
      min="${min}"
      max="${max}"
      required
    />
  </div>`;
}

function measure(name: Measured, text: string, policy: Policy): Html {
  const { amount, unit } = inUnits(name, policy[name]);
  return html`<div role="group" aria-labelledby="${name}_label">
    <label for="${name}" id="${name}_label">${text}</label>
    <div class="pair">
      <input
        type="number"
        id="${name}"
        name="${name}"
        value="${amount}"
        min="0"
        step="any"
        required
      />
      <select name="${name}_unit" id="${name}_unit" aria-label="${text}: unit">
        ${units[name].map(
          (each) =>
            html`<option value="${each.name}" ${each.name === unit ? html`selected` : ''}>
              ${each.name}
            </option>`,
        )}
      </select>
    </div>
  </div>`;
}
