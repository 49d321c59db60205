/** A `Request` as the rest of the edge sees requests: method, target and raw fields. */
import { utf8 } from '#protocol/bytes.ts';
import type { Arrival } from '../relay/request-head.ts';

/**
 * The target as it was sent. `new URL()` would fold it further (`%2e%2e`, `\`), so the text is cut
 * after the authority; workerd has folded `/a/../b` already.
 */
export function targetOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  return start < 0 ? '/' : url.slice(start);
}

/** Name, value, …; lower-case names, sorted, as workerd has them. Values are bytes in latin-1. */
export function fieldsOf(headers: Headers): string[] {
  const fields: string[] = [];
  for (const [name, value] of headers) {
    const bytes = bytesOf(value);
    fields.push(name, name === 'cookie' ? mendCookies(bytes) : bytes);
  }
  return fields;
}

/** Fields that workerd has answered or that describe its own connection. */
function isAnswered(name: string): boolean {
  return name === 'expect' || name === 'transfer-encoding' || name === 'upgrade';
}

/** `fields`: of `fieldsOf`. */
export function arrivalOf(request: Request, fields: readonly string[]): Arrival {
  const { url, method } = request;
  const secure = url.startsWith('https:');
  const kept: string[] = [];
  let host = '';
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    const value = fields[index + 1] ?? '';
    if (name === 'host') host = value;
    // A length without a body is that of an empty one, which the tunnel says otherwise.
    if (isAnswered(name) || (name === 'content-length' && request.body === null)) continue;
    kept.push(name, value);
  }
  const colon = host.lastIndexOf(':');
  return {
    method,
    target: targetOf(url),
    fields: kept,
    address: addressOf(request),
    scheme: secure ? 'https' : 'http',
    host,
    port: colon > 0 ? Number(host.slice(colon + 1)) : secure ? 443 : 80,
  };
}

/** Bare workerd tells it in `cf`, with the port; Cloudflare in a field that clients cannot set there. */
export function addressOf(request: Request): string {
  const { clientIp } = (request.cf ?? {}) as { clientIp?: unknown };
  if (typeof clientIp === 'string') return clientIp.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return request.headers.get('cf-connecting-ip') ?? 'unknown';
}

/** workerd joins several Cookie fields by a comma (RFC 6265 §5.4 wants one field, by semicolons). */
function mendCookies(value: string): string {
  return value.includes(', ') ? value.replaceAll(/, (?=[^;,=\s"]+=)/g, '; ') : value;
}

/** workerd has read the bytes as UTF-8; a head carries them one by one. */
function bytesOf(value: string): string {
  // oxlint-disable-next-line no-control-regex -- everything beyond ASCII
  if (!/[^\x00-\x7f]/.test(value)) return value;
  return String.fromCharCode(...utf8(value));
}
