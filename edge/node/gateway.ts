/** What every way in shares: host, decision, tunnel. */
import type { ErrorCode, ErrorParameters } from '#protocol/errors.ts';
import { fieldOf } from '#protocol/head.ts';
import { renderPage, type Page } from '#protocol/pages.ts';
import type { Session } from '#protocol/session.ts';
import { decide } from '../gate/decide.ts';
import { matchHost, type HostMatch, type Hosts } from '../gate/host.ts';
import { isGatewayPath, targetFault } from '../relay/target.ts';
import type { NodeDirectory } from './directory.ts';

/** Go on with the tunnel, or answer with the page. */
export type Way =
  | { kind: 'app' }
  | { kind: 'relay'; session: Session; label: string }
  | { kind: 'page'; page: Page };

const maxRemembered = 10_000;

export class Gateway {
  readonly directory: NodeDirectory;
  readonly #hosts: Hosts;
  /** Host fields seen, matched; most requests bring one of a few. */
  readonly #matches = new Map<string, HostMatch>();

  constructor(hosts: Hosts, directory: NodeDirectory) {
    this.#hosts = hosts;
    this.directory = directory;
  }

  /** `fields`: the request's raw fields; `hosts`: all its Host values. */
  way(method: string, target: string, fields: readonly string[], hosts: readonly string[]): Way {
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
    const { label } = match;
    const cluster = this.directory.clusterOfLabel(label);
    if (decide(cluster?.previews.find(label), undefined) !== 'relay' || !cluster) {
      return page('BW-1001', {}, fields);
    }
    if (isGatewayPath(target)) return page('BW-1005', { path: target.slice(0, 200) }, fields);
    const session = cluster.tunnel;
    if (!session) return page(cluster.connected ? 'BW-2002' : 'BW-2001', {}, fields);
    return { kind: 'relay', session, label };
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

export function page(code: ErrorCode, parameters: ErrorParameters, fields: readonly string[]): Way {
  return { kind: 'page', page: renderPage(code, parameters, fieldOf(fields, 'accept')) };
}

/** All values of Host, or `:authority` and Host of HTTP/2 where they differ. */
export function hostValues(fields: readonly string[], authority?: string): string[] {
  const values = authority === undefined ? [] : [authority];
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    if (name.length !== 4 || name.toLowerCase() !== 'host') continue;
    const value = fields[index + 1] ?? '';
    if (authority === undefined || value.toLowerCase() !== authority.toLowerCase())
      values.push(value);
  }
  return values;
}
