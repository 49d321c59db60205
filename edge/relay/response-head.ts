/** The answer's head on its way to the viewer. */
import type { Passage } from './passage.ts';

/** Fields of one connection; the engine frames its own message. */
const dropped = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** An answer as the tunnel brings it: `:status`, `:reason`, then fields. */
export interface Answer {
  status: number;
  reason: string;
  fields: string[];
}

/** What a cache may do is the gateway's to say on a private preview; some fields speak to CDNs alone. */
const caching = new Set([
  'cache-control',
  'cdn-cache-control',
  'cloudflare-cdn-cache-control',
  'surrogate-control',
  'expires',
  'pragma',
]);

/** Also without a name: what comes back then looks the same (rfc6265bis §5.7). */
const ownCookie = /^\s*(?:=\s*)?__Host-byway_/i;

/**
 * Cookies of the gateway are its own: an app cannot set them. Previews stay out of search engines, and
 * private ones out of caches (threat 28). `passage` undefined: an answer that is looked at only.
 */
export function responseHead(
  head: readonly string[],
  passage?: Pick<Passage, 'isPrivate' | 'setCookie'>,
): Answer {
  // A session that goes on is the viewer's own, also on a public preview.
  const isPrivate = passage?.isPrivate === true || passage?.setCookie !== undefined;
  const fields: string[] = [];
  let status = 502;
  let reason = '';
  for (let index = 0; index < head.length; index += 2) {
    const name = head[index] ?? '';
    const value = head[index + 1] ?? '';
    if (name.charCodeAt(0) === 58) {
      if (name === ':status') status = statusOf(value);
      else if (name === ':reason') reason = value;
      continue;
    }
    const lower = name.toLowerCase();
    if (dropped.has(lower) || lower === 'x-robots-tag') continue;
    if (lower === 'set-cookie' && ownCookie.test(value)) continue;
    if (isPrivate && caching.has(lower)) continue;
    fields.push(name, value);
  }
  fields.push('X-Robots-Tag', 'noindex');
  if (isPrivate && status >= 200) fields.push('Cache-Control', 'private, no-store');
  if (passage?.setCookie !== undefined && status >= 200) {
    fields.push('Set-Cookie', passage.setCookie);
  }
  return { status, reason, fields };
}

function statusOf(value: string): number {
  return /^[1-5]\d\d$/.test(value) ? Number(value) : 502;
}
