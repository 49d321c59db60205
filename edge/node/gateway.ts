/** The way of a request on the Node engine: host, object, decision, without leaving the process. */
import type { Gate } from '../gate/gate.ts';
import type { Hosts } from '../gate/host.ts';
import { Door, strangerPage, wayTo, type Asked, type Way as WayInObject } from '../gate/way.ts';
import type { NodeDirectory } from './directory.ts';

export type Way = { kind: 'app' } | WayInObject;

export type Arriving = Omit<Asked, 'label'>;

export class Gateway {
  readonly directory: NodeDirectory;
  readonly #hosts: Hosts;
  readonly #door: Door;
  readonly #gate: Gate;

  constructor(hosts: Hosts, directory: NodeDirectory) {
    this.#hosts = hosts;
    this.#door = new Door(hosts);
    this.#gate = directory.gate;
    this.directory = directory;
  }

  /** `hosts`: all Host values of the request. `go` as in `wayTo`. */
  way(arriving: Arriving, hosts: readonly string[], go: (way: Way) => void): void {
    const [host] = hosts;
    const match = host === undefined || hosts.length > 1 ? undefined : this.#door.match(host);
    if (!match) return go(strangerPage(hosts, this.#hosts.previewDomain, arriving.fields));
    if (match.kind === 'app') return go(match);
    const { label } = match;
    wayTo(this.#gate, this.directory.ofLabel(label), { label, ...arriving }, go);
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
