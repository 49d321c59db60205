/** `/logout`: a page that says who is signed in, and a form that ends it everywhere. */
import type { Page } from '#protocol/pages.ts';
import { clearCookie, cookieName } from '../gate/cookies.ts';
import { loginOf } from './github-login.ts';
import { html, htmlPage, seeOther } from './page.ts';
import type { LoginServices } from './services.ts';
import { ownForm, type Visit } from './visit.ts';

export async function logoutPage(services: LoginServices, visit: Visit): Promise<Page> {
  const login = await loginOf(services, visit);
  if (!login) {
    return htmlPage(
      'You are signed out',
      html`<p>
        No preview opens in this browser until you sign in again. At GitHub you may still be signed
        in.
      </p>`,
    );
  }
  return htmlPage(
    'Sign out',
    html`<p>You are signed in with GitHub as <strong>${login.user.login}</strong>.</p>
      <p>Signing out closes all previews that you have open, in all your browsers.</p>
      <form method="post" action="/logout"><button class="go">Sign out</button></form>`,
  );
}

export async function logout(services: LoginServices, visit: Visit): Promise<Page> {
  const read = await ownForm(services, visit);
  if (!read.ok) return read.page;
  const login = await loginOf(services, visit);
  if (login) await services.port.endLoginsOf(login);
  return seeOther('/logout', [clearCookie(cookieName.sso)]);
}
