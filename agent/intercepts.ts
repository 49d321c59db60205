/** The intercepts of this pod's ports, and which of them a request belongs to. */
import type { InterceptSpec } from '#protocol/control.ts';

const none: readonly InterceptSpec[] = [];

export class Intercepts {
  #ports = new Map<string, InterceptSpec[]>();
  #tickets: string[] = [];

  /** Tickets of what is held, to be announced after a loss of the tunnel. */
  get tickets(): readonly string[] {
    return this.#tickets;
  }

  get count(): number {
    return this.#tickets.length;
  }

  /** Takes the connector's list in place of the one before. Holds for the next request. */
  replace(entries: readonly { spec: InterceptSpec; ticket: string }[]): void {
    const ports = new Map<string, InterceptSpec[]>();
    for (const { spec } of entries) {
      const list = ports.get(spec.port.name) ?? [];
      list.push(spec);
      ports.set(spec.port.name, list);
    }
    // The most specific filter first.
    for (const list of ports.values()) list.sort((a, b) => b.headers.length - a.headers.length);
    this.#ports = ports;
    this.#tickets = entries.map((entry) => entry.ticket);
  }

  on(port: string): readonly InterceptSpec[] {
    return this.#ports.get(port) ?? none;
  }

  /** The intercept that takes every connection of the port. */
  global(port: string): InterceptSpec | undefined {
    return this.on(port).find((spec) => spec.headers.length === 0);
  }

  /** `fields`: name, value, … of the request. */
  match(port: string, fields: readonly string[]): InterceptSpec | undefined {
    const list = this.#ports.get(port);
    if (!list) return undefined;
    return list.find((spec) => spec.headers.every(({ name, value }) => has(fields, name, value)));
  }
}

/** Names match in any case (RFC 9110 §5.1), values exactly; any one occurrence counts. */
function has(fields: readonly string[], name: string, value: string): boolean {
  for (let index = 0; index < fields.length; index += 2) {
    const candidate = fields[index] ?? '';
    if (candidate.length !== name.length || fields[index + 1] !== value) continue;
    if (candidate.toLowerCase() === name.toLowerCase()) return true;
  }
  return false;
}
