/** `/` for somebody who is not signed in: what this is, and the way in. */
import type { Page } from '#protocol/pages.ts';
import { html, htmlPage } from '../login/page.ts';

export function welcomePage(): Page {
  return htmlPage(
    'Previews for the team',
    html`<p>
        Work in progress, shown to the team: a service on somebody’s laptop, in the middle of a
        cluster, behind a link that opens to the organisation and to nobody else.
      </p>
      <p><a href="/dashboard">Sign in with GitHub</a></p>
      <p>
        Were you sent a link? Open it as it is; it asks for a login by itself. If a preview looks
        wrong, <a href="/report">report it</a>.
      </p>`,
  );
}
