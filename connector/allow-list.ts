/**
 * Which ingress addresses are dialled. A preview's creator names the ingress; without this list that
 * would be a way to everything the connector can reach (server-side request forgery). What was
 * checked is what is dialled: names are resolved here, once.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Never dialled unless named in the configuration: this host, this link, metadata services. */
const refused = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  refused.addSubnet(net, bits, 'ipv4');
}
// AWS and Alibaba keep metadata at addresses outside 169.254/16.
refused.addAddress('100.100.100.200', 'ipv4');
// With the IPv4-compatible addresses, which are deprecated (RFC 4291 §2.5.5.1).
refused.addSubnet('::', 96, 'ipv6');
refused.addSubnet('fe80::', 10, 'ipv6');
refused.addSubnet('ff00::', 8, 'ipv6');
refused.addAddress('fd00:ec2::254', 'ipv6');
// 6to4, NAT64 and Teredo carry IPv4 addresses that this list would not see.
refused.addSubnet('2002::', 16, 'ipv6');
refused.addSubnet('64:ff9b::', 96, 'ipv6');
refused.addSubnet('64:ff9b:1::', 48, 'ipv6');
refused.addSubnet('2001::', 32, 'ipv6');

export type Resolved =
  | { ok: true; address: string }
  | { ok: false; kind: 'refused' | 'unknown'; reason: string };

interface Named {
  host: string;
  port: number;
}

/** All addresses of a name, in the resolver's order. @throws Error when there are none */
export type ResolveName = (name: string) => Promise<string[]>;

/** A resolver that is silent must not keep a viewer waiting. */
const resolveMs = 10_000;

export class AllowList {
  readonly #resolveName: ResolveName;
  readonly #named: readonly Named[];
  readonly #hosts = new Set<string>();
  readonly #nets = new BlockList();

  /** `allow`: CIDR blocks, hosts, or host:port. @throws RangeError for one that is none of these */
  constructor(
    named: readonly Named[],
    allow: readonly string[],
    resolveName: ResolveName = systemResolver,
  ) {
    this.#resolveName = resolveName;
    const withPort: Named[] = [];
    for (const entry of allow) {
      const [net = '', bits] = entry.split('/');
      const family = isIP(net);
      if (bits !== undefined) {
        if (family === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 6 ? 128 : 32))
          throw new RangeError(`ingress_allow: ${entry} is no CIDR block`);
        this.#nets.addSubnet(net, Number(bits), family === 6 ? 'ipv6' : 'ipv4');
        continue;
      }
      const match = /^(.+):(\d{1,5})$/.exec(entry);
      if (match && family === 0)
        withPort.push({ host: strip(match[1] ?? ''), port: Number(match[2]) });
      else this.#hosts.add(strip(entry));
    }
    this.#named = [...named.map(({ host, port }) => ({ host: strip(host), port })), ...withPort];
  }

  /** Resolves the name and says which address may be dialled. */
  async resolve(host: string, port: number): Promise<Resolved> {
    const name = strip(host);
    let addresses: string[];
    try {
      addresses = await this.#addressesOf(name);
    } catch (error) {
      return {
        ok: false,
        kind: 'unknown',
        reason: error instanceof Error ? error.message : String(error),
      };
    }
    const free =
      this.#hosts.has(name) || this.#named.some((each) => each.host === name && each.port === port);
    const address = addresses.find((each) => free || this.#admits(each, port));
    if (address !== undefined) return { ok: true, address };
    return {
      ok: false,
      kind: 'refused',
      reason: 'loopback, link-local and metadata addresses must be named in the configuration',
    };
  }

  async #addressesOf(name: string): Promise<string[]> {
    if (isIP(name) !== 0) return [name];
    // RFC 6761 §6.3: loopback, whatever the resolver says.
    if (name === 'localhost' || name.endsWith('.localhost')) return ['127.0.0.1', '::1'];
    return this.#resolveName(name);
  }

  #admits(address: string, port: number): boolean {
    const plain = unmapped(address);
    const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4';
    if (this.#hosts.has(plain) || this.#nets.check(plain, family)) return true;
    if (this.#named.some((each) => each.host === plain && each.port === port)) return true;
    return !refused.check(plain, family);
  }
}

async function systemResolver(name: string): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${resolveMs / 1000} s`)),
      resolveMs,
    );
  });
  try {
    const found = await Promise.race([lookup(name, { all: true, verbatim: true }), silent]);
    return found.map(({ address }) => address);
  } finally {
    clearTimeout(timer);
  }
}

/** `::ffff:127.0.0.1` is 127.0.0.1 (RFC 4291 §2.5.5.2), in whatever spelling. */
function unmapped(address: string): string {
  if (isIP(address) !== 6) return address;
  const dotted = /^(?:0*:)*:?(?:0*:)*ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (dotted !== undefined) return dotted;
  const match = /^(?:0*:)*:?(?:0*:)*ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address);
  if (!match) return address;
  const high = Number.parseInt(match[1] ?? '', 16);
  const low = Number.parseInt(match[2] ?? '', 16);
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

function strip(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
}
