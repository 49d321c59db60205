/** What is around every page of the dashboard: the way from page to page, and who is signed in. */
import type { Page } from '#protocol/pages.ts';
import { isAdmin } from '../api/principal.ts';
import { html, htmlPage, type Html } from '../login/page.ts';
import type { Session } from './entry.ts';
import { scriptPath } from './live-script.ts';
import { style } from './style.ts';

const sections = [
  { path: '/dashboard', text: 'Previews', adminOnly: false },
  { path: '/dashboard/clusters', text: 'Clusters', adminOnly: false },
  { path: '/dashboard/tokens', text: 'Tokens', adminOnly: false },
  { path: '/dashboard/policy', text: 'Policy', adminOnly: false },
  { path: '/dashboard/audit', text: 'Audit log', adminOnly: true },
  { path: '/dashboard/setup', text: 'Set-up', adminOnly: true },
] as const;

export type Section = (typeof sections)[number]['path'];

/** What is said after a change; the address carries the name, never the text (threat 10). */
const saidAfter = {
  public: 'The preview is public now. Strangers see a notice first.',
  private: 'The preview asks for a login again; strangers who had it open are cut off.',
  prolonged: 'The preview stays public for longer.',
  extended: 'The preview lives on, for as long as a new one would.',
  gate: 'Others may view the preview now; whoever may not any more is cut off.',
  removed: 'The preview is removed. Its link will never lead anywhere again.',
  'intercept-ended': 'The intercept has ended.',
  allowed: 'They are let in as soon as they open the link again.',
  disallowed: 'They are not let in any more; what they had open is closed.',
  'cluster-removed': 'The cluster is removed, with its previews and tokens.',
  revoked: 'The token is revoked.',
  policy: 'The policy is changed.',
  stopped: 'Nothing of the organisation is public any more.',
} as const;

export type Done = keyof typeof saidAfter;

export interface FrameOptions {
  section: Section;
  title: string;
  lead?: string;
  done?: string | undefined;
  status?: number;
  /** The page has a list that a script keeps fresh. */
  isLive?: boolean;
}

/** An address within the dashboard; it keeps the organisation where there are several. */
export function pathTo(
  { login, organisation }: Pick<Session, 'login' | 'organisation'>,
  path: string,
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const all = {
    organisation: login.organisations.length > 1 ? organisation.login : undefined,
    ...query,
  };
  const given = Object.entries(all).filter((pair): pair is [string, string] => !!pair[1]);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

export function frame(session: Session, options: FrameOptions, content: Html): Page {
  const { title, lead, section, done, status = 200, isLive = false } = options;
  const said = isDone(done) && session.isOwn ? saidAfter[done] : undefined;
  const light = isLive ? html`<p class="live" data-live-light hidden>live</p>` : '';
  const body = html`${light} ${lead === undefined ? '' : html`<p class="lead">${lead}</p>`}
    <div role="status" id="said">
      ${said === undefined ? '' : html`<p class="note good">${said}</p>`}
    </div>
    <p id="news" class="unseen" aria-live="polite"></p>
    ${content}`;
  return htmlPage(title, body, {
    status,
    style,
    script: scriptPath,
    header: header(session, section),
    footer: `Byway · ${session.organisation.login}`,
  });
}

function isDone(text: string | undefined): text is Done {
  return text !== undefined && Object.hasOwn(saidAfter, text);
}

function header(session: Session, section: Section): Html {
  const { login, person } = session;
  const shown = sections.filter(({ adminOnly }) => !adminOnly || isAdmin(person));
  return html`<a class="skip" href="#main">Skip to the content</a>
    <header class="top">
      <div>
        <a class="brand" href="${pathTo(session, '/dashboard')}">Byway</a>
        ${organisations(session, section)}
        <span class="who">
          <span>${login.user.login} · ${isAdmin(person) ? 'owner' : 'member'}</span>
          <a href="/logout">Sign out</a>
        </span>
        <nav aria-label="Dashboard">
          <ul>
            ${shown.map(
              ({ path, text }) =>
                html`<li>
                  <a
                    href="${pathTo(session, path)}"
                    ${path === section ? html`aria-current="page"` : ''}
                    >${text}</a
                  >
                </li>`,
            )}
          </ul>
        </nav>
      </div>
    </header>`;
}

function organisations({ login, organisation }: Session, section: Section): Html {
  const { organisations: all } = login;
  if (all.length < 2) return html`<span>${organisation.login}</span>`;
  return html`<span class="who" style="margin: 0">
    <form method="get" action="${section}">
      <label class="unseen" for="organisation">Organisation</label>
      <select id="organisation" name="organisation" class="plain" style="margin: 0; width: auto">
        ${all.map(
          ({ id, login: name }) =>
            html`<option value="${name}" ${id === organisation.id ? html`selected` : ''}>
              ${name}
            </option>`,
        )}
      </select>
      <button class="plain">Show</button>
    </form>
  </span>`;
}
