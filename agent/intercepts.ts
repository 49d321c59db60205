/** The intercepts of this pod's ports, and which of them a request belongs to. */
import type { InterceptHeader, InterceptSpec } from '#protocol/control.ts';

interface Entry {
  spec: InterceptSpec;
  /** The values that the head must contain somewhere, latin-1. */
  values: Buffer[];
}

const none: readonly Entry[] = [];

export class Intercepts {
  #ports = new Map<string, Entry[]>();
  #ids = new Set<string>();
  #tickets: string[] = [];
  /** The connector has said at least once what is intercepted. */
  told = false;

  /** Tickets of what is held, to be announced after a loss of the tunnel. */
  get tickets(): readonly string[] {
    return this.#tickets;
  }

  get count(): number {
    return this.#ids.size;
  }

  holds(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Takes the connector's list in place of the one before. Holds for the next request. */
  replace(entries: readonly { spec: InterceptSpec; ticket: string }[]): void {
    const ports = new Map<string, Entry[]>();
    for (const { spec } of entries) {
      const list = ports.get(spec.port.name) ?? [];
      list.push({ spec, values: spec.headers.map(({ value }) => Buffer.from(value, 'latin1')) });
      ports.set(spec.port.name, list);
    }
    // The most specific filter first.
    for (const list of ports.values()) {
      list.sort((a, b) => b.spec.headers.length - a.spec.headers.length);
    }
    this.#ports = ports;
    this.#ids = new Set(entries.map(({ spec }) => spec.id));
    this.#tickets = entries.map(({ ticket }) => ticket);
    this.told = true;
  }

  isOn(port: string): boolean {
    return this.#ports.has(port);
  }

  /** A filter is on the port: requests have to be read. */
  isFiltered(port: string): boolean {
    return this.#on(port).some(({ spec }) => spec.headers.length > 0);
  }

  /** The intercept that takes whatever no filter takes. */
  global(port: string): InterceptSpec | undefined {
    return this.#on(port).find(({ spec }) => spec.headers.length === 0)?.spec;
  }

  /** `fields`: name, value, … of the request. */
  match(port: string, fields: readonly string[]): InterceptSpec | undefined {
    return this.#on(port).find(({ spec }) => spec.headers.every((each) => has(fields, each)))?.spec;
  }

  /**
   * Whether a filter of the port can match a request with this head. Looks for the values as bytes,
   * which costs a fraction of making the fields: nearly all requests end here.
   */
  mayMatch(port: string, head: Buffer): boolean {
    return this.#on(port).some(({ values }) => values.every((value) => head.includes(value)));
  }

  #on(port: string): readonly Entry[] {
    return this.#ports.get(port) ?? none;
  }
}

/** Names match in any case (RFC 9110 §5.1), values exactly; any one occurrence counts. */
function has(fields: readonly string[], { name, value }: InterceptHeader): boolean {
  for (let index = 0; index < fields.length; index += 2) {
    const candidate = fields[index] ?? '';
    if (candidate.length !== name.length || fields[index + 1] !== value) continue;
    if (candidate.toLowerCase() === name.toLowerCase()) return true;
  }
  return false;
}
