/**
 * `/login/oauth/authorize`: where GitHub asks a person for consent. The sandbox also asks who they
 * are. Parameters and errors:
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
 * https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-authorization-request-errors
 */
import { redirect, fieldsOf, type Incoming, type Outgoing } from '../http.ts';
import { isOutsideCollaborator } from '../roles.ts';
import { memberOf, type GitHubState } from '../state.ts';
import type { App, User } from '../world.ts';
import { errorPage, html, page, type Html } from './page.ts';

interface Asked {
  readonly app: App;
  readonly redirectUri: string;
  readonly state: string | null;
  readonly codeChallenge: string | undefined;
}

export function authorizePage({ url }: Incoming, state: GitHubState): Outgoing {
  const asked = askedIn(url.searchParams, state);
  if ('status' in asked) return asked;
  // For tests: GitHub fills in a form with it, the sandbox takes it for the person's answer, unless
  // the app insists that the person is asked.
  const insists = url.searchParams.get('prompt') === 'select_account';
  const login = insists ? null : url.searchParams.get('login');
  return login === null ? chooser(url, asked, state) : consent(asked, login, state);
}

export function authorizeForm(incoming: Incoming, state: GitHubState): Outgoing {
  const asked = askedIn(incoming.url.searchParams, state);
  if ('status' in asked) return asked;
  const login = fieldsOf(incoming).get('login') ?? '';
  if (login !== '') return consent(asked, login, state);
  return back(asked, {
    error: 'access_denied',
    error_description: 'The user has denied your application access.',
    error_uri:
      'https://docs.github.com/apps/managing-oauth-apps/troubleshooting-authorization-request-errors/#access-denied',
  });
}

function askedIn(params: URLSearchParams, state: GitHubState): Asked | Outgoing {
  const app = state.appByClientId(params.get('client_id') ?? '');
  if (app === undefined) {
    return errorPage(
      404,
      'Not found',
      'No app has this client_id. Check the configuration of the app.',
    );
  }
  const redirectUri = params.get('redirect_uri') ?? app.callback_urls[0];
  // "This must be an exact match to one of the URLs you provided as a "Callback URL"". Nobody is sent
  // to an address that is not registered, not even with an error.
  if (redirectUri === undefined || !app.callback_urls.includes(redirectUri)) {
    return errorPage(
      400,
      'Be careful!',
      `The redirect_uri is not associated with ${app.name}: the app may be misconfigured, or somebody tries to send you elsewhere.`,
    );
  }
  const codeChallenge = params.get('code_challenge') ?? undefined;
  const method = params.get('code_challenge_method');
  const asked = { app, redirectUri, state: params.get('state'), codeChallenge };
  // "Must be `S256` - the `plain` code challenge method is not supported."
  if (codeChallenge === undefined ? method !== null : method !== 'S256') {
    return back(asked, {
      error: 'invalid_request',
      error_description: 'code_challenge_method must be S256, and come with a code_challenge.',
    });
  }
  if (codeChallenge !== undefined && !/^[\w-]{43}$/.test(codeChallenge)) {
    return back(asked, {
      error: 'invalid_request',
      error_description: 'code_challenge must be 43 characters of base64url.',
    });
  }
  return asked;
}

function consent(asked: Asked, login: string, state: GitHubState): Outgoing {
  const user = state.userByLogin(login);
  if (user === undefined) return errorPage(404, 'Not found', `There is nobody called ${login}.`);
  const { app, redirectUri, codeChallenge } = asked;
  const code = state.grants.issue({ appId: app.id, userId: user.id, redirectUri, codeChallenge });
  return back(asked, { code });
}

function back({ redirectUri, state }: Asked, answer: Record<string, string>): Outgoing {
  const target = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) target.searchParams.set(name, value);
  if (state !== null) target.searchParams.set('state', state);
  return redirect(target.href);
}

function chooser(url: URL, { app, redirectUri }: Asked, state: GitHubState): Outgoing {
  const people = state.world.users.map(
    (user) =>
      html`<li>
        <span
          ><strong>${user.name ?? user.login}</strong>
          <span class="soft">@${user.login} · ${standing(user, state)}</span></span
        >
        <button class="go" name="login" value="${user.login}">Continue as ${user.login}</button>
      </li>`,
  );
  const signUp: Html | string =
    url.searchParams.get('allow_signup') === 'false'
      ? ''
      : html`<p class="soft">GitHub would offer to sign up here.</p>`;
  return page(
    `Sign in to ${app.name}`,
    html`<h1>Sign in to ${app.name}</h1>
      <p>Who are you? You will be sent back to <strong>${new URL(redirectUri).origin}</strong>.</p>
      <form method="post" action="${url.pathname}${url.search}">
        <ul>
          ${people}
        </ul>
        <button class="stop" name="login" value="">Cancel</button>
      </form>
      ${signUp}`,
  );
}

function standing(user: User, state: GitHubState): string {
  const said = state.world.organizations.flatMap((organization) => {
    const member = memberOf(organization, user.id);
    if (member !== undefined) {
      if (member.state === 'pending') return [`invited to ${organization.login}`];
      const role = member.role === 'billing_manager' ? 'billing manager' : member.role;
      return [`${role} of ${organization.login}${member.saml ? ', without SSO session' : ''}`];
    }
    if (!isOutsideCollaborator(organization, user.id, state)) return [];
    return [`outside collaborator of ${organization.login}`];
  });
  return said.length === 0 ? 'outsider' : said.join(', ');
}
