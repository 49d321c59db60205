/**
 * Why somebody does not get in, and what they can do: for each reason a code of its own. No text says
 * anything about a preview. `{login}` is the GitHub account, `{reason}` what is wrong with a request.
 */
import { fill, type ErrorKind, type ErrorParameters } from '#protocol/errors.ts';
import type { Page } from '#protocol/pages.ts';
import type { EndReason } from '../objects/calls.ts';
import { html, htmlPage, jsonPage, type Html } from './page.ts';

export interface DenialRow extends ErrorKind {
  code: `BW-60${number}`;
}

export const denials = {
  /** No member of anything here. The same for a label that never was, so that it cannot be told. */
  'wrong-account': {
    code: 'BW-6001',
    status: 404,
    title: 'Perhaps another account',
    detail:
      'You are signed in with GitHub as {login}. There is nothing here that this account may see: it is in no organisation that uses Byway, or the address is wrong.',
    action:
      'Switch to the GitHub account that is in the organisation, or ask for the right link. An organisation that begins to use Byway has to install its GitHub App first.',
  },
  /** Member of another organisation. The same for a label that never was. */
  'not-member': {
    code: 'BW-6002',
    status: 404,
    title: 'Not open to this account',
    detail:
      'You are signed in with GitHub as {login}. There is nothing here that this account may see: it is not a member of the organisation, or the address is wrong.',
    action:
      'Ask an owner of the organisation to invite you, switch to another account, or ask for the right link. Outside collaborators and billing managers are not members.',
  },
  pending: {
    code: 'BW-6003',
    status: 403,
    title: 'Your invitation is waiting',
    detail: '{login} is invited to the organisation and has not accepted yet.',
    action: 'Accept the invitation at GitHub, then try again.',
  },
  'not-installed': {
    code: 'BW-6004',
    status: 403,
    title: 'The app is not installed',
    detail: 'The GitHub App of this gateway is not installed in the organisation.',
    action: 'An owner of the organisation can install it; nobody is let in until then.',
  },
  suspended: {
    code: 'BW-6005',
    status: 403,
    title: 'The app is suspended',
    detail: 'The organisation has suspended the GitHub App of this gateway.',
    action: 'An owner can lift that in the organisation’s settings, under GitHub Apps.',
  },
  'no-permission': {
    code: 'BW-6006',
    status: 403,
    title: 'The app may not see members',
    detail: 'The GitHub App of this gateway lacks the permission “Members: read-only”.',
    action: 'An owner has to accept the app’s permissions in the organisation’s settings.',
  },
  saml: {
    code: 'BW-6007',
    status: 403,
    title: 'Single sign-on is missing',
    detail:
      'The organisation uses single sign-on, and GitHub has no current session of it for {login}.',
    action: 'Open the organisation at GitHub, sign in there, then try again.',
  },
  unavailable: {
    code: 'BW-6008',
    status: 503,
    title: 'GitHub does not answer',
    detail: 'Whether you may come in could not be asked: GitHub is not reachable at the moment.',
    action: 'Try again in a little while; githubstatus.com tells about disturbances.',
  },
  ended: {
    code: 'BW-6009',
    status: 410,
    title: 'This preview has ended',
    detail: 'It is over: {reason}. It does not come back under this address.',
    action: 'Ask the person who sent you the link for a new one.',
  },
  'bad-link': {
    code: 'BW-6010',
    status: 400,
    title: 'This login link is not valid',
    detail: 'It is older than ten minutes, incomplete, or was not made here.',
    action: 'Open the preview’s own address again.',
  },
  'bad-callback': {
    code: 'BW-6011',
    status: 400,
    title: 'The login did not begin here',
    detail:
      'This browser began no such login, or it was finished or given up before, or its cookie was blocked.',
    action: 'Open the page that you wanted again. Cookies of this site must be allowed.',
  },
  cancelled: {
    code: 'BW-6012',
    status: 403,
    title: 'You are not signed in',
    detail: 'The login at GitHub was cancelled.',
    action: 'Try again when you want to sign in.',
  },
  email: {
    code: 'BW-6013',
    status: 403,
    title: 'Your e-mail address is not verified',
    detail: 'GitHub signs nobody in whose primary e-mail address is not verified.',
    action: 'Verify it in your settings at GitHub, then try again.',
  },
  misconfigured: {
    code: 'BW-6014',
    status: 503,
    title: 'The login is not set up correctly',
    detail: 'GitHub refuses this gateway: {reason}.',
    action: 'Tell whoever runs this gateway; trying again does not help.',
  },
  'too-many': {
    code: 'BW-6015',
    status: 429,
    title: 'Too many attempts',
    detail: 'There were too many attempts in a short time.',
    action: 'Wait for a minute, then try again.',
  },
  'not-kept': {
    code: 'BW-6016',
    status: 400,
    title: 'The login does not last',
    detail:
      'You were signed in several times in a minute, and each time the session was gone at once.',
    action:
      'Allow cookies of this site, and check the clock of this computer. The app itself may also delete cookies.',
  },
  'bad-token': {
    code: 'BW-6017',
    status: 401,
    title: 'The token is not accepted',
    detail: 'X-Byway-Token is missing, was revoked, has expired, or is not for this preview.',
    action: 'Make a new token with: byway token create',
  },
  'foreign-form': {
    code: 'BW-6018',
    status: 403,
    title: 'Sent from another site',
    detail: 'The form was not sent from this site’s own page.',
    action: 'Open the page here and send it again.',
  },
  'bad-request': {
    code: 'BW-6019',
    status: 400,
    title: 'The request is not valid',
    detail: '{reason}.',
    action: 'If a program sent you here, begin again with it; update it if that does not help.',
  },
  method: {
    code: 'BW-6020',
    status: 405,
    title: 'Another method is needed',
    detail: 'This address takes {reason} only.',
    action: 'Open the page that you wanted again.',
  },
  /** A member, where the repository decides. */
  'not-reader': {
    code: 'BW-6021',
    status: 403,
    title: 'Only for readers of the repository',
    detail:
      'This preview is for people who may read the repository of its pull request, and {login} may not. While it is at no pull request it is for its owner alone.',
    action: 'Ask for access to the repository at GitHub, or ask to be let in.',
  },
} as const satisfies Record<string, DenialRow>;

export type DenialKind = keyof typeof denials;

export interface Denial {
  kind: DenialKind;
  parameters?: ErrorParameters;
  retryAfterMs?: number;
  /** What a person can follow: GitHub's single sign-on, another account, once more. */
  links?: readonly { text: string; url: string }[];
  /** For a button by which they ask to be let in. */
  ticket?: string;
  /** Name, value, …: further fields. */
  fields?: readonly string[];
  /** For programs: why a preview has ended. */
  reason?: EndReason;
}

/** Of a preview that has ended; told to members only. */
export function endedDenial(reason: EndReason = 'removed'): Denial {
  return { kind: 'ended', parameters: { reason: endTexts[reason] }, reason };
}

const endTexts: Readonly<Record<EndReason, string>> = {
  removed: 'somebody has removed it',
  left: 'its intercept was ended',
  expired: 'its time was up',
  idle: 'nobody had used it for a while',
  'pull-request': 'its pull request was closed',
};

/** `{"error":{…}}`, as everywhere in Byway. */
export function denialBody({ kind, parameters = {}, reason }: Denial) {
  const { code, status, title, detail, action }: DenialRow = denials[kind];
  return {
    error: {
      code,
      status,
      title,
      detail: fill(detail, parameters),
      action: fill(action, parameters),
      ...(reason === undefined ? {} : { reason }),
    },
  };
}

/** HTML where it is asked for, JSON otherwise. */
export function denialPage(denial: Denial, accept: string | undefined): Page {
  const { error } = denialBody(denial);
  const fields = ['X-Byway-Error', error.code, ...(denial.fields ?? [])];
  if (denial.retryAfterMs !== undefined) {
    fields.push('Retry-After', String(Math.max(1, Math.ceil(denial.retryAfterMs / 1000))));
  } else if (error.status === 503) fields.push('Retry-After', '5');
  if (error.status === 401) fields.push('WWW-Authenticate', 'Bearer realm="byway"');
  if (accept === undefined || !/\btext\/html\b/i.test(accept)) {
    return jsonPage(error.status, { error }, fields);
  }
  const content = html`<p>${error.detail}</p>
    <p>${error.action}</p>
    ${askForm(denial.ticket)}${linkList(denial.links ?? [])}`;
  const why = denial.reason === undefined ? '' : ` (${denial.reason})`;
  const footer = `Byway · ${error.code}${why} · ${error.status}`;
  return htmlPage(error.title, content, { status: error.status, footer, fields });
}

function askForm(ticket: string | undefined): Html | string {
  if (ticket === undefined) return '';
  return html`<form method="post" action="/ask">
    <input type="hidden" name="ticket" value="${ticket}" />
    <button class="go">Ask for access</button>
  </form>`;
}

function linkList(links: NonNullable<Denial['links']>): Html | string {
  if (links.length === 0) return '';
  return html`<ul>
    ${links.map(({ text, url }) => html`<li><a href="${url}">${text}</a></li>`)}
  </ul>`;
}
