/** `/oauth/authorize`: a person lets the CLI of their machine act for them (threats 4, 40, 53). */
import type { Page } from '#protocol/pages.ts';
import { randomIdentifier } from '../gate/base62.ts';
import { codeLifeMs, makeCode } from '../gate/code.ts';
import { denialOf, membershipFor } from './admit.ts';
import { denied } from './authorize.ts';
import {
  readAuthorizationRequest,
  redirectTo,
  type AuthorizationRequest,
} from './authorization-request.ts';
import { deviceName } from './client.ts';
import { denialPage } from './denials.ts';
import { loginOf, toGitHub } from './github-login.ts';
import { grantRows, organisationField, organisationsFor } from './grant-form.ts';
import { html, htmlPage, seeOther } from './page.ts';
import type { Login } from './ports.ts';
import type { Goal } from './sealed.ts';
import type { LoginServices } from './services.ts';
import { one, ownForm, type Visit } from './visit.ts';

/** Query parameters that the request is made of; the consent form sends them again. */
const carried = [
  'client_id',
  'redirect_uri',
  'response_type',
  'state',
  'code_challenge',
  'code_challenge_method',
  'scope',
  'organisation',
  'device',
];

/** `GET`: changes nothing. */
export async function consentPage(services: LoginServices, visit: Visit): Promise<Page> {
  const chooseAccount = visit.query.get('account') === 'choose';
  const query = carriedOf(visit.query);
  const read = requestOf(services, query, visit);
  if (!read.ok) return read.page;
  const goal = goalOf(query);
  const login = chooseAccount ? undefined : await loginOf(services, visit);
  if (!login) return toGitHub(services, visit, goal, { chooseAccount });
  return consentForm(services, read.request, login, query, visit);
}

/** `POST`: the person's answer. All that the request says is checked once more. */
export async function consent(services: LoginServices, visit: Visit): Promise<Page> {
  const { port, random, clock } = services;
  const sent = await ownForm(services, visit);
  if (!sent.ok) return sent.page;
  const query = carriedOf(sent.form);
  const read = requestOf(services, query, visit);
  if (!read.ok) return read.page;
  const { request } = read;
  const { redirectUri, state } = request;
  const goal = goalOf(query);
  const login = await loginOf(services, visit);
  // The page was about somebody else, or about nobody any more: ask again.
  if (!login || one(sent.form, 'user') !== String(login.user.id)) {
    const links = [{ text: 'Continue', url: goal.path }];
    return denialPage({ kind: 'bad-callback', links }, visit.accept);
  }
  const back = (answer: Readonly<Record<string, string>>): Page =>
    seeOther(redirectTo(redirectUri, services.appOrigin(), state, answer));
  if (one(sent.form, 'decision') !== 'allow') return back({ error: 'access_denied' });
  const organisation = organisationsFor(login, request.organisation).find(
    ({ id }) => String(id) === one(sent.form, 'organisation_id'),
  );
  if (!organisation) return consentForm(services, request, login, query, visit);
  const denial = denialOf(await membershipFor(port, organisation.id, login), login);
  if (denial) return denied(services, denial, goal, visit);
  const { code, hash } = await makeCode(random);
  const { id, login: organisationLogin } = organisation;
  await port.storeGrantCode(hash, {
    grant: {
      user: { id: login.user.id, login: login.user.login },
      organisation: { id, login: organisationLogin },
      scopes: request.scopes,
      device: request.device,
    },
    family: randomIdentifier(random),
    redirectUri,
    codeChallenge: request.codeChallenge,
    expiresMs: clock.nowMs() + codeLifeMs,
  });
  return back({ code });
}

function consentForm(
  services: LoginServices,
  request: AuthorizationRequest,
  login: Login,
  query: URLSearchParams,
  visit: Visit,
): Page {
  const organisations = organisationsFor(login, request.organisation);
  if (organisations.length === 0) {
    const parameters = { login: login.user.login };
    return denied(services, { kind: 'not-member', parameters }, goalOf(query), visit);
  }
  const hidden = [...query].map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  const { device, scopes, redirectUri } = request;
  return htmlPage(
    `Let ${device} use Byway as you?`,
    html`<p>
        The command line on this computer asks to act for you. Go on only if you have just run
        <code>byway login</code>.
      </p>
      ${grantRows({ device, scopes, login })}
      <form method="post" action="/oauth/authorize">
        ${hidden}
        <input type="hidden" name="user" value="${login.user.id}" />
        ${organisationField(organisations)}
        <button class="go" name="decision" value="allow">Allow</button>
        <button name="decision" value="deny">Cancel</button>
      </form>
      <p><a href="${`${goalOf(query).path}&account=choose`}">Use another GitHub account</a></p>`,
    { formTargets: [new URL(redirectUri).origin] },
  );
}

function requestOf(
  services: LoginServices,
  query: URLSearchParams,
  { accept }: Visit,
): { ok: true; request: AuthorizationRequest } | { ok: false; page: Page } {
  const read = readAuthorizationRequest(query);
  if (read.kind === 'request') return { ok: true, request: read.request };
  if (read.kind === 'page') {
    const parameters = { reason: read.reason };
    return { ok: false, page: denialPage({ kind: 'bad-request', parameters }, accept) };
  }
  const { error, description } = read.error;
  const answer = { error, error_description: description };
  const location = redirectTo(read.redirectUri, services.appOrigin(), read.state, answer);
  return { ok: false, page: seeOther(location) };
}

/** What the request is made of, and nothing else that came along. */
function carriedOf(parameters: URLSearchParams): URLSearchParams {
  const kept = new URLSearchParams();
  for (const [name, value] of parameters) {
    if (carried.includes(name)) kept.append(name, name === 'device' ? deviceName(value) : value);
  }
  return kept;
}

function goalOf(query: URLSearchParams): Goal & { kind: 'path' } {
  return { kind: 'path', path: `/oauth/authorize?${query}` };
}
