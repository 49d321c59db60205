/** Login on a machine without a browser (RFC 8628; threat 54): a person types its code elsewhere. */
import type { Page } from '#protocol/pages.ts';
import { randomIdentifier } from '../gate/base62.ts';
import {
  canonicalUserCode,
  deviceCodeLifeS,
  makeDeviceCode,
  makeUserCode,
  pollIntervalS,
} from '../gate/device-code.ts';
import { sha256 } from '../gate/digest.ts';
import { denialOf, membershipFor } from './admit.ts';
import { denied } from './authorize.ts';
import { deviceName, isOrganisationLogin } from './client.ts';
import { denialPage } from './denials.ts';
import { loginOf, toGitHub } from './github-login.ts';
import { grantRows, organisationField, organisationsFor } from './grant-form.ts';
import { tooMany } from './limits.ts';
import { html, htmlPage, jsonPage, type Html } from './page.ts';
import type { DeviceRequest, Login } from './ports.ts';
import { scopesOf } from './scopes.ts';
import type { Goal } from './sealed.ts';
import type { LoginServices } from './services.ts';
import { clientForm, oauthError } from './token.ts';
import { one, ownForm, type Visit } from './visit.ts';

const goal: Goal & { kind: 'path' } = { kind: 'path', path: '/device' };
/** Of 20^8 user codes few are in use; that this many in a row are means that chance is broken. */
const maxCodeAttempts = 8;

/**
 * `POST /oauth/device_authorization`. The answer has no `verification_uri_complete`: a link that types
 * the code itself is what phishers send (RFC 8628 §5.4).
 */
export async function startDevice(services: LoginServices, visit: Visit): Promise<Page> {
  const { port, random, clock } = services;
  const read = await clientForm(services, visit, 'device');
  if (!read.ok) return read.page;
  const scopes = scopesOf(one(read.form, 'scope'));
  if (!scopes) return oauthError('invalid_scope', 'scope names something unknown');
  const organisation = one(read.form, 'organisation');
  if (organisation !== undefined && !isOrganisationLogin(organisation)) {
    return oauthError('invalid_request', 'organisation must be the login of an organisation');
  }
  const deviceCode = makeDeviceCode(random);
  const request = {
    deviceCodeHash: await sha256(deviceCode),
    scopes,
    ...(organisation === undefined ? {} : { organisation }),
    device: deviceName(one(read.form, 'device')),
    address: visit.address,
    expiresMs: clock.nowMs() + deviceCodeLifeS * 1000,
  };
  for (let attempt = 0; attempt < maxCodeAttempts; attempt += 1) {
    const userCode = makeUserCode(random);
    if (!(await port.startDevice({ ...request, userCode }))) continue;
    return jsonPage(200, {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: `${services.appOrigin()}/device`,
      expires_in: deviceCodeLifeS,
      interval: pollIntervalS,
    });
  }
  throw new Error(`no free user code in ${maxCodeAttempts} attempts`);
}

/** `GET /device`: a person who is signed in types the code. Nothing in the address types it for them. */
export async function devicePage(services: LoginServices, visit: Visit): Promise<Page> {
  const chooseAccount = visit.query.get('account') === 'choose';
  const login = chooseAccount ? undefined : await loginOf(services, visit);
  return login ? codeForm(login) : toGitHub(services, visit, goal, { chooseAccount });
}

/** `POST /device`: first the code, then, on a page that says what it is for, the answer. */
export async function decideDevice(services: LoginServices, visit: Visit): Promise<Page> {
  const { port, random } = services;
  const { accept } = visit;
  const sent = await ownForm(services, visit);
  if (!sent.ok) return sent.page;
  const login = await loginOf(services, visit);
  if (!login) {
    const links = [{ text: 'Continue', url: goal.path }];
    return denialPage({ kind: 'bad-callback', links }, accept);
  }
  const decision = one(sent.form, 'decision');
  const refused =
    (await tooMany(services, 'userCodeAddress', visit.address, accept)) ??
    (await tooMany(services, 'userCode', `${login.user.id}:${decision ? 2 : 1}`, accept));
  if (refused) return refused;
  const userCode = canonicalUserCode(one(sent.form, 'user_code') ?? '');
  const request = userCode === undefined ? undefined : await port.findDevice(userCode);
  if (!request) return codeForm(login, 'No device waits for this code. It may have expired.');
  if (decision === undefined || one(sent.form, 'user') !== String(login.user.id)) {
    return confirmForm(services, request, login, visit);
  }
  if (decision !== 'allow') {
    await port.decideDevice(request.userCode, undefined);
    return outcome('Refused', html`<p>${request.device} gets no access.</p>`);
  }
  const organisation = organisationsFor(login, request.organisation).find(
    ({ id }) => String(id) === one(sent.form, 'organisation_id'),
  );
  if (!organisation) return confirmForm(services, request, login, visit);
  const denial = denialOf(await membershipFor(port, organisation.id, login), login);
  if (denial) return denied(services, denial, goal, visit);
  const grant = {
    user: { id: login.user.id, login: login.user.login },
    organisation: { id: organisation.id, login: organisation.login },
    scopes: request.scopes,
    device: request.device,
  };
  const approval = { grant, family: randomIdentifier(random) };
  if (!(await port.decideDevice(request.userCode, approval))) {
    return codeForm(login, 'This code was answered already, or has expired.');
  }
  return outcome(
    'Done',
    html`<p>
      ${request.device} may now act for you in ${organisation.login}. You can close this page.
    </p>`,
  );
}

function codeForm(login: Login, problem?: string): Page {
  const alert = problem === undefined ? '' : html`<p role="alert">${problem}</p>`;
  return htmlPage(
    'Connect a device',
    html`${alert}
      <p>
        You are signed in with GitHub as <strong>${login.user.login}</strong>. Type the code that
        <code>byway login --device</code> shows on your own machine. Never type one that somebody
        sent you.
      </p>
      <form method="post" action="/device">
        <label for="user_code">Code</label>
        <input
          id="user_code"
          name="user_code"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck="false"
          maxlength="32"
          placeholder="XXXX-XXXX"
          required
        />
        <button class="go">Continue</button>
      </form>
      <p><a href="/device?account=choose">Use another GitHub account</a></p>`,
    { status: problem === undefined ? 200 : 400 },
  );
}

function confirmForm(
  services: LoginServices,
  request: DeviceRequest,
  login: Login,
  visit: Visit,
): Page {
  const organisations = organisationsFor(login, request.organisation);
  if (organisations.length === 0) {
    const parameters = { login: login.user.login };
    return denied(services, { kind: 'not-member', parameters }, goal, visit);
  }
  const { device, scopes, address, userCode } = request;
  return htmlPage(
    `Let ${device} use Byway as you?`,
    html`<p>
        Allow it only if this is your machine and you have just run
        <code>byway login --device</code> there. Your browser is at ${visit.address}.
      </p>
      ${grantRows({ device, scopes, login, address })}
      <form method="post" action="/device">
        <input type="hidden" name="user_code" value="${userCode}" />
        <input type="hidden" name="user" value="${login.user.id}" />
        ${organisationField(organisations)}
        <button class="go" name="decision" value="allow">Allow</button>
        <button name="decision" value="deny">Refuse</button>
      </form>`,
  );
}

function outcome(title: string, content: Html): Page {
  return htmlPage(title, content);
}
