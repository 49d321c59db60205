/** What every way in shares: which host, which object, whether to relay. */
import type { ErrorCode, ErrorParameters } from '#protocol/errors.ts';
import { fieldOf } from '#protocol/head.ts';
import { renderPage, type Page } from '#protocol/pages.ts';
import type { Session } from '#protocol/session.ts';
import type { Cluster } from '../objects/cluster.ts';
import { isGatewayPath, targetFault } from '../relay/target.ts';
import { decide } from './decide.ts';
import { matchHost, type HostMatch, type Hosts } from './host.ts';

/** Go on with the tunnel, or answer with the page. */
export type Way = { kind: 'relay'; session: Session; label: string } | PageWay;

export interface PageWay {
  kind: 'page';
  page: Page;
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

/** In the object of the label; `cluster` undefined: there is none. */
export function wayTo(
  cluster: Cluster | undefined,
  label: string,
  method: string,
  target: string,
  fields: readonly string[],
): Way {
  if (method === 'CONNECT' || method === 'TRACE') return page('BW-1004', { method }, fields);
  const fault = targetFault(method, target);
  if (fault) return page('BW-1003', { reason: fault }, fields);
  if (!cluster || decide(cluster.previews.find(label), undefined, cluster.nowMs) !== 'relay') {
    return page('BW-1001', {}, fields);
  }
  if (isGatewayPath(target)) return page('BW-1005', { path: target.slice(0, 200) }, fields);
  const session = cluster.tunnel;
  if (!session) return page(cluster.connected ? 'BW-2002' : 'BW-2001', {}, fields);
  return { kind: 'relay', session, label };
}

export function page(
  code: ErrorCode,
  parameters: ErrorParameters,
  fields: readonly string[],
): PageWay {
  return { kind: 'page', page: renderPage(code, parameters, fieldOf(fields, 'accept')) };
}
