/** Answers as `Response`: heads of the tunnel and state pages. */
import type { Page } from '#protocol/pages.ts';
import type { Answer } from '../relay/response-head.ts';

/** Statuses whose messages have no body (RFC 9110 §15.3.5, §15.3.6, §15.4.5). */
const bodiless = new Set([204, 205, 304]);

export function isBodiless(status: number): boolean {
  return bodiless.has(status);
}

/** As pairs: making them into `Headers` is one call into the runtime instead of one for each. */
export function headersOf(fields: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < fields.length; index += 2) {
    pairs.push([fields[index] ?? '', textOf(fields[index + 1] ?? '')]);
  }
  return pairs;
}

/** `manual`: the body has its content coding already. */
export function initOf({ status, reason, fields }: Answer): ResponseInit {
  return { status, statusText: reason, headers: headersOf(fields), encodeBody: 'manual' };
}

export function pageResponse({ status, reason, fields, body }: Page): Response {
  const headers = headersOf(fields);
  return new Response(body, { status, statusText: reason, headers });
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** workerd writes values as UTF-8: what is UTF-8 keeps its bytes, latin-1 is written anew. */
function textOf(bytes: string): string {
  // oxlint-disable-next-line no-control-regex -- everything beyond ASCII
  if (!/[^\x00-\x7f]/.test(bytes)) return bytes;
  try {
    return strictUtf8.decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
  } catch {
    return bytes;
  }
}
