/** What the operator's browser shows during a set-up. */
import type { Page } from '#protocol/pages.ts';
import { Html, html, htmlPage } from '../login/page.ts';
import type { GitHubTexts } from '../github/settings.ts';
import type { Faults } from './wish.ts';

const style = new Html(`
.hint { margin: -.75rem 0 1.25rem; color: var(--soft); font-size: .875rem; }
.wrong { margin: 0 0 .5rem; color: var(--bad); font-weight: 600; }
details { margin: 0 0 1.25rem; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; }
details[open] summary { margin: 0 0 1rem; }
summary { cursor: pointer; }
.choice { display: flex; gap: .5rem; align-items: baseline; }
.choice input { width: auto; margin: 0; }
code { white-space: normal; overflow-wrap: anywhere; }
textarea { font: .875rem/1.4 ui-monospace, monospace; }
:root { --bad: #a4161a; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff9a94; } }
`);

export const setupPath = '/dashboard/setup';
export const setupCallbackPath = `${setupPath}/callback`;

/** `fault`: of the whole; `given`: what was typed, but for the token. */
export interface FormState {
  fault?: string | undefined;
  faults?: Faults;
  given?: URLSearchParams;
  status?: number;
}

export function formPage({ fault, faults = {}, given, status }: FormState = {}): Page {
  const isPlain = ['name', 'web', 'api', 'deployments'].every((name) => !given?.get(name));
  const content = html`<p>
      People sign in to this edge by a GitHub App, which also keeps the links on pull requests. It
      has none yet. Here one is registered for your organisation, with just the permissions that it
      needs.
    </p>
    ${fault === undefined ? '' : html`<p class="wrong" role="alert">${fault}</p>`}
    <form method="post" action="${setupPath}">
      ${field('organisation', 'GitHub organisation', {
        ...about('organisation'),
        hint: 'Its login, as in github.com/LOGIN. You have to be an owner of it.',
        required: true,
      })}
      <details ${isPlain ? '' : 'open'}>
        <summary>Another name, GitHub Enterprise Server, deployments</summary>
        ${field('name', 'Name of the app', {
          ...about('name'),
          hint: 'Left empty: Byway and the login. GitHub lets you change it.',
        })}
        ${field('web', 'Address of GitHub', {
          ...about('web'),
          hint: 'Left empty: https://github.com. Of GitHub Enterprise Server: https://HOST.',
        })}
        ${field('api', 'Address of its API', {
          ...about('api'),
          hint: 'Left empty: where that GitHub has it by default.',
        })}
        <label class="choice">
          <input type="checkbox" name="deployments" ${given?.has('deployments') ? 'checked' : ''} />
          <span>Show previews as deployments too (<code>Deployments: write</code>)</span>
        </label>
      </details>
      ${field('token', 'Operator token of this edge', {
        type: 'password',
        hint: 'It stays here, and GitHub is told nothing of it.',
        required: true,
      })}
      <button class="go">Go on to GitHub</button>
    </form>
    <p>On the machine of the edge <code>byway setup github</code> does the same.</p>`;
  return htmlPage('Set up the GitHub App', content, {
    style,
    ...(status !== undefined && { status }),
  });

  function about(name: keyof Faults): FieldOptions {
    const wrong = faults[name];
    return { value: given?.get(name) ?? '', ...(wrong === undefined ? {} : { wrong }) };
  }
}

interface FieldOptions {
  value?: string;
  type?: 'text' | 'password';
  hint?: string;
  wrong?: string;
  required?: boolean;
}

function field(
  name: string,
  label: string,
  { value = '', type = 'text', hint = '', wrong, required = false }: FieldOptions,
): Html {
  const described = `${name}-hint${wrong === undefined ? '' : ` ${name}-wrong`}`;
  return html`<label for="${name}">${label}</label>
    ${
      wrong === undefined
        ? ''
        : html`<p class="wrong" id="${name}-wrong" role="alert">${label}: ${wrong}</p>`
    }
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      value="${value}"
      autocomplete="off"
      spellcheck="false"
      aria-describedby="${described}"
      aria-invalid="${wrong === undefined ? 'false' : 'true'}"
      ${required ? 'required' : ''}
    />
    <p class="hint" id="${name}-hint">${hint}</p>`;
}

/** The manifest goes by the browser, as the person who registers the app is signed in there. */
export function onwardsPage(action: string, manifest: string): Page {
  return htmlPage(
    'On to GitHub',
    html`<p>
        GitHub shows what the app may do and asks you for its name. If GitHub wants you to sign in
        first, come back to this page afterwards.
      </p>
      <form method="post" action="${action}">
        <input type="hidden" name="manifest" value="${manifest}" />
        <button class="go">Register it at GitHub</button>
      </form>`,
    { formTargets: [new URL(action).origin] },
  );
}

export interface Done {
  slug: string;
  organisation: string;
  installationUrl: string;
}

export function donePage({ slug, organisation, installationUrl }: Done, where: string): Page {
  return htmlPage(
    'The GitHub App is registered',
    html`<p>
        ${slug} belongs to ${organisation}. Its key and secrets are in <code>${where}</code>, which
        nobody but the edge’s user reads, and the edge works with them from now on.
      </p>
      <p><a href="${installationUrl}">Install it in ${organisation}</a></p>
      <p>Afterwards sign in on <a href="/dashboard">the dashboard</a>.</p>`,
    { style },
  );
}

/** Where the edge cannot store secrets itself; shown this once. */
export function byHandPage(
  { slug, organisation, installationUrl }: Done,
  texts: GitHubTexts,
): Page {
  const secrets = JSON.stringify(
    {
      GITHUB_CLIENT_SECRET: texts.clientSecret,
      GITHUB_PRIVATE_KEY: texts.privateKey,
      GITHUB_WEBHOOK_SECRETS: texts.webhookSecrets,
    },
    undefined,
    2,
  );
  const variables = [
    `GITHUB_WEB_URL = ${JSON.stringify(texts.webUrl)}`,
    `GITHUB_API_URL = ${JSON.stringify(texts.apiUrl)}`,
    `GITHUB_APP_ID = ${JSON.stringify(texts.appId)}`,
    `GITHUB_CLIENT_ID = ${JSON.stringify(texts.clientId)}`,
    `GITHUB_SLUG = ${JSON.stringify(texts.slug)}`,
    ...(texts.actionsIssuer === undefined
      ? []
      : [`GITHUB_ACTIONS_ISSUER = ${JSON.stringify(texts.actionsIssuer)}`]),
    `GITHUB_DEPLOYMENTS = ${JSON.stringify(texts.deployments)}`,
  ].join('\n');
  return htmlPage(
    'The GitHub App is registered',
    html`<p>
        ${slug} belongs to ${organisation}. A Worker cannot store secrets of its own: store them
        now, where <code>wrangler</code> is logged in. GitHub shows them this once, and so does this
        page.
      </p>
      <p>
        <label for="secrets"
          >1. Run <code>npx wrangler secret bulk --env production</code>, paste this, and end it
          with Ctrl-D:</label
        >
        <textarea id="secrets" rows="8" readonly spellcheck="false">${secrets}</textarea>
      </p>
      <p>
        <label for="variables"
          >2. In <code>wrangler.toml</code>, <code>[env.production.vars]</code>:</label
        >
        <textarea id="variables" rows="8" readonly spellcheck="false">${variables}</textarea>
      </p>
      <p>3. <code>npx wrangler deploy --env production</code></p>
      <p>4. <a href="${installationUrl}">Install it in ${organisation}</a></p>`,
    { style },
  );
}

/** After GitHub may have made the app. */
export function failedPage(fault: string, orphanUrl: string, exists: boolean): Page {
  const what = exists ? 'The app exists at GitHub' : 'The app may exist at GitHub';
  return htmlPage(
    'That did not work',
    html`<p role="alert"><strong>${fault}.</strong></p>
      <p>
        Nothing was stored. ${what}: delete it <a href="${orphanUrl}">there</a>, then
        <a href="${setupPath}">try again</a>.
      </p>`,
    { status: 400 },
  );
}
