/**
 * The request's head on its way into the tunnel: what belongs to this connection or to the gateway
 * goes, fresh forwarding fields come, everything else stays as it was, in its order and case.
 */

export interface Arrival {
  method: string;
  target: string;
  /** Name, value, … as they came. */
  fields: readonly string[];
  /** The viewer's address. */
  address: string;
  scheme: 'http' | 'https';
  host: string;
  port: number;
}

/** Fields of one connection (RFC 9110 §7.6.1), and those that clients must not set for the app. */
const dropped = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-server',
  'x-forwarded-ssl',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  'x-original-url',
  'x-rewrite-url',
]);

/** What `Connection` may name and still does not take along: it would break the message. */
const kept = new Set(['host', 'content-length', 'content-type', 'cookie', 'authorization']);

const noNames: ReadonlySet<string> = new Set();

export function requestHead(arrival: Arrival): string[] {
  const { fields } = arrival;
  const head = [':method', arrival.method, ':path', arrival.target];
  const named = connectionNames(fields);
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    const value = fields[index + 1] ?? '';
    const lower = name.toLowerCase();
    if (dropped.has(lower)) {
      if (lower === 'te' && /\btrailers\b/i.test(value)) head.push(name, 'trailers');
      continue;
    }
    if (named.size > 0 && named.has(lower)) continue;
    if (lower.startsWith('x-byway-') || isUnderscored(lower)) continue;
    if (lower === 'cookie') {
      const rest = withoutGatewayCookies(value);
      if (rest !== '') head.push(name, rest);
      continue;
    }
    head.push(name, value);
  }
  const { address, host, scheme } = arrival;
  const forwarded = address.includes(':') ? `"[${address}]"` : address;
  head.push(
    'X-Forwarded-For',
    address,
    'X-Forwarded-Host',
    host,
    'X-Forwarded-Proto',
    scheme,
    'X-Forwarded-Port',
    String(arrival.port),
    'Forwarded',
    `for=${forwarded};host="${host}";proto=${scheme}`,
  );
  return head;
}

/** What the head may not bring must not come after the body either (RFC 9110 §6.5.1). */
export function requestTrailers(fields: readonly string[]): string[] {
  const trailers: string[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    const lower = name.toLowerCase();
    if (dropped.has(lower) || kept.has(lower) || isUnderscored(lower)) continue;
    if (lower.startsWith('x-byway-')) continue;
    trailers.push(name, fields[index + 1] ?? '');
  }
  return trailers;
}

/** `X_Forwarded_For` and the like: CGI and WSGI apps cannot tell them from the real ones. */
function isUnderscored(lower: string): boolean {
  if (!lower.includes('_')) return false;
  const dashed = lower.replaceAll('_', '-');
  return dropped.has(dashed) || dashed.startsWith('x-byway-');
}

function connectionNames(fields: readonly string[]): ReadonlySet<string> {
  let names: Set<string> | undefined;
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue;
    for (const option of (fields[index + 1] ?? '').toLowerCase().split(',')) {
      const trimmed = option.trim();
      if (trimmed === 'keep-alive' || trimmed === 'close' || kept.has(trimmed)) continue;
      names ??= new Set();
      names.add(trimmed);
    }
  }
  return names ?? noNames;
}

const gatewayCookie = /^\s*__Host-byway_/i;

/** The Cookie field without the gateway's own; '' when nothing is left. */
export function withoutGatewayCookies(value: string): string {
  if (!value.includes('byway_') && !/byway_/i.test(value)) return value;
  return value
    .split(';')
    .filter((cookie) => !gatewayCookie.test(cookie))
    .join(';')
    .trim();
}
