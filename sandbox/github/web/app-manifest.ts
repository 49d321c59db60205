/**
 * `/organizations/ORG/settings/apps/new`: an app is made from a manifest that comes as a form, after
 * the person has seen it and named it:
 * https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
import type { Outgoing } from '../http.ts';
import { appFrom, readManifest, type Manifest } from '../manifests.ts';
import type { Organization } from '../world.ts';
import { html, type Html } from './page.ts';
import { administers, framed, missing, type Visit } from './visit.ts';

export function manifestPage(visit: Visit, login: string): Outgoing {
  const organization = visit.state.organizationByLogin(login);
  if (organization === undefined) return missing(visit);
  const here = `/organizations/${organization.login}/settings/apps/new`;
  return framed(
    visit,
    'New app from a manifest',
    html`<h1>New app for ${organization.login}</h1>
      <p>A set-up program sends a manifest here. You may also paste one.</p>
      <form class="stack" method="post" action="${here}">
        <label for="manifest">Manifest (JSON)</label>
        <textarea id="manifest" name="manifest" required></textarea>
        <span><button>Go on</button></span>
      </form>`,
  );
}

/** Shows what the app would be; the form comes from anywhere, so that nothing happens yet. */
export function manifestForm(visit: Visit, login: string): Outgoing {
  return withManifest(visit, login, (organization, manifest, text) => {
    const state = visit.incoming.url.searchParams.get('state') ?? '';
    return confirmation(visit, organization, manifest, { text, state });
  });
}

/** Makes the app and sends the person back with a code. */
export function createApp(visit: Visit, login: string): Outgoing {
  return withManifest(visit, login, (organization, manifest, text) => {
    const { state, fields } = visit;
    const given = { text, state: fields.get('state') ?? '' };
    const name = fields.get('name')?.trim() ?? '';
    try {
      if (!administers(visit, organization)) {
        throw new Error(`Only administrators of ${organization.login} may do that.`);
      }
      if (name === '' || name.length > 34) throw new Error('A name has 1 to 34 characters.');
      const app = appFrom(manifest, name, organization, state.world);
      const target = manifest.redirect_url;
      if (target === undefined)
        return { status: 303, headers: { location: `/apps/${app.slug}` }, body: '' };
      const there = new URL(target);
      there.searchParams.set('code', state.manifests.issue(app.id));
      if (given.state !== '') there.searchParams.set('state', given.state);
      return { status: 302, headers: { location: there.href }, body: '' };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return confirmation(visit, organization, manifest, { ...given, problem });
    }
  });
}

function withManifest(
  visit: Visit,
  login: string,
  then: (organization: Organization, manifest: Manifest, text: string) => Outgoing,
): Outgoing {
  const organization = visit.state.organizationByLogin(login);
  if (organization === undefined) return missing(visit);
  const text = visit.fields.get('manifest') ?? '';
  try {
    return then(organization, readManifest(text), text);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const content = html`<h1>The manifest is not valid</h1>
      <p role="alert">${problem}</p>`;
    return framed(visit, 'The manifest is not valid', content, { status: 422 });
  }
}

interface Given {
  readonly text: string;
  readonly state: string;
  readonly problem?: string;
}

function confirmation(
  visit: Visit,
  { login }: Organization,
  manifest: Manifest,
  { text, state, problem }: Given,
): Outgoing {
  const permissions = Object.entries(manifest.default_permissions).map(
    ([name, level]) =>
      html`<li>${name.replaceAll('_', ' ')} <span class="soft">${level}</span></li>`,
  );
  return framed(
    visit,
    'Create an app',
    html`<h1>Create an app for ${login}</h1>
      ${problem === undefined ? '' : html`<p role="alert">${problem}</p>`}
      <p>It would be allowed:</p>
      <ul>
        ${permissions}
      </ul>
      ${hears(manifest)}
      <form class="stack" method="post" action="/organizations/${login}/settings/apps">
        <input type="hidden" name="manifest" value="${text}" />
        <input type="hidden" name="state" value="${state}" />
        <label for="name">Name</label>
        <input
          type="text"
          id="name"
          name="name"
          maxlength="34"
          required
          value="${manifest.name ?? ''}"
        />
        <span><button class="go">Create app for ${login}</button></span>
      </form>`,
    { status: problem === undefined ? 200 : 422 },
  );
}

function hears({ hook_attributes, default_events }: Manifest): Html {
  if (hook_attributes === undefined) return html`<p class="soft">It hears of no events.</p>`;
  const events = default_events.length === 0 ? 'nothing but itself' : default_events.join(', ');
  return html`<p>It hears of ${events} at <code>${hook_attributes.url}</code>.</p>`;
}
