/** What every way in shares: which host, which object, whether to relay. */
import type { ErrorCode, ErrorParameters } from '#protocol/errors.ts';
import { fieldOf } from '#protocol/head.ts';
import { renderPage, type Page } from '#protocol/pages.ts';
import type { Session } from '#protocol/session.ts';
import type { Cluster } from '../objects/cluster.ts';
import { isGatewayPath, targetFault } from '../relay/target.ts';
import { decide } from './decide.ts';
import { matchHost, type HostMatch, type Hosts } from './host.ts';

/** For the app, for the object of a label, or answered with a page. */
export type Arrival = { kind: 'app' } | { kind: 'label'; label: string } | PageWay;

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

  /** `fields`: the request's raw fields; `hosts`: all its Host values. */
  arrive(
    method: string,
    target: string,
    fields: readonly string[],
    hosts: readonly string[],
  ): Arrival {
    const [host] = hosts;
    if (host === undefined || hosts.length > 1) {
      return page('BW-1003', { reason: 'it must have exactly one Host' }, fields);
    }
    const match = this.#match(host);
    if (!match) return page('BW-1002', { host, domain: this.#hosts.previewDomain }, fields);
    if (match.kind === 'app') return match;
    if (method === 'CONNECT' || method === 'TRACE') return page('BW-1004', { method }, fields);
    const fault = targetFault(method, target);
    if (fault) return page('BW-1003', { reason: fault }, fields);
    return { kind: 'label', label: match.label };
  }

  #match(host: string): HostMatch {
    if (this.#matches.has(host)) return this.#matches.get(host);
    const match = matchHost(this.#hosts, host);
    if (match) {
      if (this.#matches.size >= maxRemembered) this.#matches.clear();
      this.#matches.set(host, match);
    }
    return match;
  }
}

/** In the object of the label; undefined: there is none. */
export function wayTo(
  cluster: Cluster | undefined,
  label: string,
  target: string,
  fields: readonly string[],
): Way {
  if (decide(cluster?.previews.find(label), undefined) !== 'relay' || !cluster) {
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
