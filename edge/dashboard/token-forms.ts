/** Forms for new tokens, what they say, and the page that shows a secret once. */
import type { Page } from '#protocol/pages.ts';
import { invalid } from '../api/failure.ts';
import { isAdmin } from '../api/principal.ts';
import { newToken } from '../api/schemas.ts';
import type { TokenWish } from '../api/token-rules.ts';
import { html, type Html } from '../login/page.ts';
import { allScopes, scopeTexts } from '../login/scopes.ts';
import { one } from '../login/visit.ts';
import type { MadeToken } from '../objects/stores/tokens.ts';
import type { Session } from './entry.ts';
import { frame, pathTo } from './frame.ts';
import { copyButton, secretField } from './secret-field.ts';
import type { Lists } from './lists.ts';

const dayS = 86_400;
const lives = [
  { seconds: 7 * dayS, text: '7 days' },
  { seconds: 30 * dayS, text: '30 days' },
  { seconds: 90 * dayS, text: '90 days' },
  { seconds: 365 * dayS, text: '1 year' },
];

interface Choice {
  value: string;
  text: string;
}

export function tokenForms(
  session: Session,
  { clusters }: Lists,
  bindings: readonly Choice[],
): Html {
  const admin = isAdmin(session.person);
  const keys = clusters.map(({ record }) => ({
    value: `cluster:${record.key}`,
    text: record.name,
  }));
  return html`<h2>Make a token</h2>
    ${form(session, {
      kind: 'personal',
      title: 'For yourself',
      hint: 'Acts as you, for the command line and your own programs.',
      scopes: allScopes,
      lives: true,
    })}
    ${
      bindings.length === 0
        ? ''
        : form(session, {
            kind: 'service',
            title: 'For a program',
            hint: 'Opens previews in tests and CI, in nobody’s name.',
            scopes: ['view'],
            bindings,
            lives: true,
          })
    }
    ${
      admin && keys.length > 0
        ? form(session, {
            kind: 'connector',
            title: 'For a connector',
            hint: 'Holds the tunnel of one cluster, and is good for nothing else.',
            bindings: keys,
          })
        : ''
    }`;
}

interface TokenForm {
  kind: TokenWish['kind'];
  title: string;
  hint: string;
  /** Ticked at first; left out: none can be chosen. */
  scopes?: readonly string[];
  bindings?: readonly Choice[];
  lives?: true;
}

function form(session: Session, { kind, title, hint, scopes, bindings, lives: has }: TokenForm) {
  const id = (field: string) => `${kind}-${field}`;
  return html`<form
    method="post"
    action="${pathTo(session, '/dashboard/tokens')}"
    class="card"
    aria-labelledby="${id('title')}"
  >
    <h3 id="${id('title')}">${title}</h3>
    <p class="soft small">${hint}</p>
    <input type="hidden" name="kind" value="${kind}" />
    <div class="fields">
      <div>
        <label for="${id('name')}">Name</label>
        <input id="${id('name')}" name="name" required maxlength="100" autocomplete="off" />
      </div>
      ${bindings ? select(id('for'), 'for', 'Good for', bindings) : ''}
      ${
        has
          ? select(
              id('life'),
              'life',
              'Expires after',
              lives.map(({ seconds, text }) => ({ value: String(seconds), text })),
              String(30 * dayS),
            )
          : ''
      }
    </div>
    ${scopes ? scopeBoxes(id('scope'), scopes) : ''}
    <button class="go">Make token</button>
  </form>`;
}

function select(
  id: string,
  name: string,
  text: string,
  options: readonly Choice[],
  chosen?: string,
): Html {
  return html`<div>
    <label for="${id}">${text}</label>
    <select id="${id}" name="${name}">
      ${options.map(
        (each) =>
          html`<option value="${each.value}" ${each.value === chosen ? html`selected` : ''}>
            ${each.text}
          </option>`,
      )}
    </select>
  </div>`;
}

function scopeBoxes(id: string, ticked: readonly string[]): Html {
  return html`<fieldset>
    <legend>It may</legend>
    ${allScopes.map(
      (scope) =>
        html`<div class="check">
          <input
            type="checkbox"
            id="${id}-${scope}"
            name="scope"
            value="${scope}"
            ${ticked.includes(scope) ? html`checked` : ''}
          />
          <label for="${id}-${scope}">${scopeTexts[scope]}</label>
        </div>`,
    )}
  </fieldset>`;
}

/** @throws ApiError */
export function tokenWishOf(values: URLSearchParams): TokenWish {
  const target = one(values, 'for') ?? 'organisation';
  const cut = target.indexOf(':');
  const rest = target.slice(cut + 1);
  const kind = one(values, 'kind');
  const life = one(values, 'life');
  const wish = {
    kind,
    name: one(values, 'name')?.trim(),
    ...(kind !== 'connector' && { scopes: values.getAll('scope') }),
    ...(life !== undefined && { expires_in_s: Number(life) }),
    ...(target.startsWith('cluster:') && { cluster: rest }),
    ...(target.startsWith('preview:') && { preview: rest }),
  };
  const read = newToken.safeParse(wish);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = String(issue?.path[0] ?? '');
  const texts: Record<string, string> = {
    name: 'the token needs a name of 1 to 100 characters',
    scopes: 'tick at least one thing that the token may do',
  };
  throw invalid(texts[field] ?? `${field}: ${issue?.message ?? 'is not valid'}`);
}

/** The only page that has the secret; it is kept nowhere, not in the history of the browser either. */
export function secretPage(session: Session, { token, record }: MadeToken, title: string): Page {
  const content = html`<div class="card">
    ${secretField(`Secret of “${record.name}”`, token)}
    <p class="row">
      ${copyButton(token)}
      <a href="${pathTo(session, '/dashboard/tokens')}">Back to the tokens</a>
    </p>
  </div>`;
  const lead = 'Copy it now: it is not kept here, and cannot be shown again.';
  return frame(session, { section: '/dashboard/tokens', title, lead }, content);
}
