/** `/dashboard/setup`: whether the GitHub App does its work here, and what to do if not. For owners. */
import type { Page } from '#protocol/pages.ts';
import { adminOnly } from '../api/principal.ts';
import type { AppHealth, DeliveryHealth, InstallationHealth } from '../github/app-health.ts';
import { html, type Html } from '../login/page.ts';
import type { Session } from './entry.ts';
import { frame } from './frame.ts';
import type { DashboardServices } from './services.ts';
import { instant } from './times.ts';

/** @throws ApiError */
export async function setupPage({ parts }: DashboardServices, session: Session): Promise<Page> {
  adminOnly(session.person);
  const health = await parts.gitHubApp?.(session.organisation);
  const lead =
    'What GitHub says of the app right now. People sign in by it, and it keeps the links.';
  const content = health ? healthHtml(health, session.organisation.login) : unknown();
  return frame(session, { section: '/dashboard/setup', title: 'Set-up', lead }, content);
}

function unknown(): Html {
  return html`<p class="note warn">
    This edge knows no GitHub App. Run <code>byway setup github</code> on its machine, and restart
    it.
  </p>`;
}

function healthHtml({ slug, url, installation, delivery }: AppHealth, login: string): Html {
  const [isGood, word] = verdictOf(installation);
  return html`<section class="card" aria-labelledby="app">
      <div class="title">
        <h2 id="app">GitHub App</h2>
        <span class="badge ${isGood ? 'good' : 'bad'}">${word}</span>
      </div>
      <p><a href="${url}">${slug}</a></p>
      ${adviceHtml(installation, url, login)}
    </section>
    ${installation.kind === 'installed' ? webhooksHtml(delivery, url) : ''}`;
}

function verdictOf(installation: InstallationHealth): [isGood: boolean, word: string] {
  switch (installation.kind) {
    case 'installed':
      return installation.missing.length === 0
        ? [true, 'installed']
        : [false, 'may not do all that it has to'];
    case 'not-installed':
      return [false, 'not installed'];
    case 'suspended':
      return [false, 'suspended'];
    case 'refused':
      return [false, 'key refused'];
    case 'away':
      return [false, 'GitHub does not answer'];
  }
}

function adviceHtml(installation: InstallationHealth, url: string, login: string): Html {
  const install = html`<a href="${url}/installations/new">installation</a>`;
  switch (installation.kind) {
    case 'installed':
      return installation.missing.length === 0
        ? html`<p>It is installed in ${login} and may do what it has to.</p>`
        : html`<p class="note warn">
            It lacks ${installation.missing.join(', ')}. Add that on the app’s settings page at
            GitHub, then accept it at its ${install}.
          </p>`;
    case 'not-installed':
      return html`<p class="note warn">
        Nobody gets into private previews of ${login}, and pull requests get no links. Go to the
        app’s ${install}.
      </p>`;
    case 'suspended':
      return html`<p class="note warn">
        Nobody gets into private previews of ${login} until somebody ends that at its ${install}.
      </p>`;
    case 'refused':
      return html`<p class="note warn">
        GitHub does not take the app’s key. Check App ID, private key and the clock of the edge; a
        new key is made on the app’s settings page at GitHub.
      </p>`;
    case 'away':
      return html`<p class="note warn">
        Nothing can be said now. Try again in a minute; where it stays so, look whether the edge
        reaches the API of GitHub.
      </p>`;
  }
}

function webhooksHtml(delivery: DeliveryHealth | undefined, url: string): Html {
  return html`<section class="card" aria-labelledby="webhooks">
    <div class="title">
      <h2 id="webhooks">Webhooks</h2>
      ${
        delivery === undefined
          ? ''
          : html`<span class="badge ${delivery.arrived ? 'good' : 'bad'}"
              >${delivery.arrived ? 'arrive' : 'do not arrive'}</span
            >`
      }
    </div>
    ${
      delivery === undefined
        ? html`<p>
            GitHub has sent none about this organisation of late. Comment on a pull request, and
            look again.
          </p>`
        : html`<p>
            The last one: ${delivery.event}, ${instant(delivery.atMs)}: ${delivery.status}.
          </p>`
    }
    ${
      delivery?.arrived === false
        ? html`<p class="note warn">
            Whoever leaves the organisation may keep access for minutes, and commands are not heard.
            Check Webhook URL and secret of <a href="${url}">the app</a>, and that GitHub reaches
            this host; what failed is asked for again by itself.
          </p>`
        : ''
    }
  </section>`;
}
