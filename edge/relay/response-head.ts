/** The answer's head on its way to the viewer. */

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

/** Cookies of the gateway are its own: an app cannot set them. Previews stay out of search engines. */
export function responseHead(head: readonly string[]): Answer {
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
    if (lower === 'set-cookie' && /^\s*__Host-byway_/i.test(value)) continue;
    fields.push(name, value);
  }
  fields.push('X-Robots-Tag', 'noindex');
  return { status, reason, fields };
}

function statusOf(value: string): number {
  return /^[1-5]\d\d$/.test(value) ? Number(value) : 502;
}
