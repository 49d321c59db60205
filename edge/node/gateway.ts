/** The way of a request on the Node engine: host, object, decision, without leaving the process. */
import type { Hosts } from '../gate/host.ts';
import { Door, strangerPage, wayTo, type Way as WayInObject } from '../gate/way.ts';
import type { NodeDirectory } from './directory.ts';

export type Way = { kind: 'app' } | WayInObject;

export class Gateway {
  readonly directory: NodeDirectory;
  readonly #hosts: Hosts;
  readonly #door: Door;

  constructor(hosts: Hosts, directory: NodeDirectory) {
    this.#hosts = hosts;
    this.#door = new Door(hosts);
    this.directory = directory;
  }

  /** `fields`: the request's raw fields; `hosts`: all its Host values. */
  way(method: string, target: string, fields: readonly string[], hosts: readonly string[]): Way {
    const [host] = hosts;
    const match = host === undefined || hosts.length > 1 ? undefined : this.#door.match(host);
    if (!match) return strangerPage(hosts, this.#hosts.previewDomain, fields);
    if (match.kind === 'app') return match;
    const { label } = match;
    return wayTo(this.directory.ofLabel(label), label, method, target, fields);
  }
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
