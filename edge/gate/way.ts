/** What every way in shares: which host, which object, whether to relay. */
import { fieldOf } from '#protocol/head.ts';
import type { ErrorCode, ErrorParameters } from '#protocol/errors.ts';
import { renderPage, type Page } from '#protocol/pages.ts';
import { hidesBanner } from '../banner/hide.ts';
import { denialPage, endedDenial } from '../login/denials.ts';
import type { Finding, Known } from '../objects/admission.ts';
import type { Cluster } from '../objects/cluster.ts';
import type { Passage } from '../relay/passage.ts';
import { isGatewayPath, targetFault } from '../relay/target.ts';
import { cookieFlood } from './cookie-flood.ts';
import { credentialsOf, type Credentials } from './credentials.ts';
import { decide, isPublic } from './decide.ts';
import { firstVisit } from './first-visit.ts';
import { isTopLevelPage } from './navigation.ts';
import { previewHost, type Gate } from './gate.ts';
import { gatewayPage } from './gateway-paths.ts';
import { matchHost, type HostMatch, type Hosts } from './host.ts';
import { askToSignIn } from './preview-login.ts';
import { overQuota, refusalPage, startsAnew } from './refusals.ts';

/** Go on with the tunnel, or answer with the page. */
export type Way = { kind: 'relay'; passage: Passage } | PageWay;

export interface PageWay {
  kind: 'page';
  page: Page;
}

/** A request to a preview host. */
export interface Asked {
  label: string;
  method: string;
  target: string;
  fields: readonly string[];
  /** The body as text, of at most so many bytes; undefined: it is longer. */
  text(maxBytes: number): Promise<string | undefined>;
}

const maxRemembered = 10_000;

/** Host fields seen, matched; most requests bring one of a few. */
export class Door {
  readonly #hosts: Hosts;
  readonly #matches = new Map<string, HostMatch>();

  constructor(hosts: Hosts) {
    this.#hosts = hosts;
  }

  /** For the app, for the object of a label, or undefined: a stranger's. */
  match(host: string): HostMatch {
    if (this.#matches.has(host)) return this.#matches.get(host);
    const match = matchHost(this.#hosts, host);
    if (match) {
      if (this.#matches.size >= maxRemembered) this.#matches.clear();
      this.#matches.set(host, match);
    }
    return match;
  }
}

/** A request whose host is none of ours. `hosts`: all its Host values. */
export function strangerPage(
  hosts: readonly string[],
  domain: string,
  fields: readonly string[],
): PageWay {
  const [host] = hosts;
  if (host === undefined || hosts.length > 1) {
    return page('BW-1003', { reason: 'it must have exactly one Host' }, fields);
  }
  return page('BW-1002', { host, domain }, fields);
}

/** Questions to other objects about one request; more mean that answers are revoked as they come. */
const maxQuestions = 6;

/**
 * In the object of the label; `cluster` undefined: there is none. `go` is called once, at once where
 * everything is known: what it is told to relay was decided in the same turn.
 */
export function wayTo(
  gate: Gate,
  cluster: Cluster | undefined,
  asked: Asked,
  go: (way: Way) => void,
): void {
  const { method, target, fields } = asked;
  if (method === 'CONNECT' || method === 'TRACE') return go(page('BW-1004', { method }, fields));
  const fault = targetFault(method, target);
  if (fault) return go(page('BW-1003', { reason: fault }, fields));
  const flood = cookieFlood(fields);
  if (flood) return go({ kind: 'page', page: flood });
  const credentials = credentialsOf(fields);
  const failed = (error: unknown): void => {
    gate.log.warn({ error: String(error) }, 'the gate cannot decide');
    go(page('BW-9001', {}, fields));
  };
  try {
    cluster?.endIfOver(asked.label);
  } catch (error) {
    return failed(error);
  }
  if (isGatewayPath(target)) {
    gatewayPage(gate, cluster, asked, credentials).then(
      (answer) => go({ kind: 'page', page: answer }),
      failed,
    );
    return;
  }
  look(gate, cluster, asked, credentials, go, failed, maxQuestions);
}

/** Looks; where something has to be asked for, asks and looks again. */
function look(
  gate: Gate,
  cluster: Cluster | undefined,
  asked: Asked,
  credentials: Credentials,
  go: (way: Way) => void,
  failed: (error: unknown) => void,
  questions: number,
): void {
  const again = (known: Known | undefined): void => {
    if (known) settle(known);
    else if (questions > 0) {
      look(gate, cluster, asked, credentials, go, failed, questions - 1);
    } else failed(new Error('it is revoked as it is granted'));
  };
  const settle = (known: Known): void => {
    let way: ReturnType<typeof wayOf>;
    try {
      way = wayOf(gate, cluster, asked, credentials, known);
    } catch (error) {
      return failed(error);
    }
    if ('ask' in way) way.ask().then(() => again(undefined), failed);
    else if ('then' in way) way.then(go, failed);
    else go(way);
  };
  let finding: Finding;
  try {
    finding = cluster?.visits.who(asked.label, credentials) ?? { known: nobody(credentials) };
  } catch (error) {
    return failed(error);
  }
  if ('known' in finding) settle(finding.known);
  else finding.ask().then(again, failed);
}

/** Where there is no object, no token is good. */
function nobody({ token }: Credentials): Known {
  return { viewer: undefined, keys: [], ...(token === undefined ? {} : { badToken: true }) };
}

function wayOf(
  gate: Gate,
  cluster: Cluster | undefined,
  asked: Asked,
  credentials: Credentials,
  known: Known,
): Way | Promise<Way> | { ask: () => Promise<unknown> } {
  const { label, method, target, fields } = asked;
  const accept = fieldOf(fields, 'accept');
  if (known.badToken) return { kind: 'page', page: denialPage({ kind: 'bad-token' }, accept) };
  const preview = cluster?.previews.find(label);
  const nowMs = gate.clock.nowMs();
  const request = { method, target, head: fields };
  const signIn = (): Promise<Way> =>
    askToSignIn(previewHost(gate, label), request).then((answer) => ({
      kind: 'page',
      page: answer,
    }));
  switch (decide(preview, known.viewer, nowMs)) {
    case 'login':
      // A preflight brings no credentials, and must not reach the app (threat 29).
      if (!gate.canSignIn || method === 'OPTIONS') return page('BW-1001', {}, fields);
      return signIn();
    case 'deny':
      if (gate.canSignIn && startsAnew(known, request)) return signIn();
      return { kind: 'page', page: refusalPage(known, accept) };
    case 'ended':
      return { kind: 'page', page: denialPage(endedDenial(cluster?.endReason(label)), accept) };
    case 'relay':
  }
  if (!cluster || !preview) throw new Error('nothing is relayed without a preview');
  const isPrivate = !isPublic(preview, nowMs);
  const isMember = known.viewer?.admitted === true;
  if (isPrivate && hasForeignOrigin(gate, asked, credentials)) return page('BW-1007', {}, fields);
  if (!isMember) {
    const admission = cluster.visits.strangers.admit(label);
    if (!admission) return { ask: () => cluster.visits.strangers.learn() };
    if (!admission.allowed) return { kind: 'page', page: overQuota(admission, accept) };
    const notice = firstVisit({
      ...{ method, target, head: fields, cookies: credentials.cookies, signedIn: false },
      origin: gate.originOf(label),
      ownerLogin: preview.owner.login,
      reportUrl: `${gate.appOrigin()}/report?preview=${new URL(gate.originOf(label)).host}`,
    });
    if (notice) return { kind: 'page', page: notice };
  }
  const session = cluster.tunnel;
  if (!session) return page(cluster.connected ? 'BW-2002' : 'BW-2001', {}, fields);
  const isPage = isTopLevelPage(method, fields) && !hidesBanner(credentials.cookies);
  return cluster.visits.passage(session, preview, known, isPrivate, isPage);
}

/**
 * A WebSocket that another site's page opens would bring the viewer's cookie with it (threat 30).
 * Without `Origin` it is no browser; such a client has to have a token.
 */
function hasForeignOrigin(gate: Gate, { label, fields }: Asked, { token }: Credentials): boolean {
  if (fieldOf(fields, 'upgrade') === undefined) return false;
  const origin = fieldOf(fields, 'origin');
  return origin === undefined ? token === undefined : origin !== gate.originOf(label);
}

export function page(
  code: ErrorCode,
  parameters: ErrorParameters,
  fields: readonly string[],
): PageWay {
  return { kind: 'page', page: renderPage(code, parameters, fieldOf(fields, 'accept')) };
}
