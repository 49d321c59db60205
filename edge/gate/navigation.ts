/** Whether somebody looks at the page: only then a login may begin, everything else gets 401. */
import { fieldOf, type Head } from '#protocol/head.ts';

/**
 * Whether the request loads a page into a tab (threat 9). Browsers say so themselves: `Sec-Fetch-Mode:
 * navigate` with `Sec-Fetch-Dest: document` (W3C Fetch Metadata §2). An app's service worker that passes
 * a navigation on makes `empty` of the destination; no script can choose the mode. From those that say
 * neither, a GET that accepts `text/html` will do. Never: another method, since a redirect would lose its body;
 * an upgrade; a request by script; a prefetch, which would leave a cookie for a page that nobody
 * opened. A field that contradicts itself counts against.
 */
export function isNavigation(method: string, head: Head): boolean {
  if (method !== 'GET') return false;
  let mode: string | undefined;
  let dest: string | undefined;
  let acceptsHtml = false;
  for (let index = 0; index < head.length; index += 2) {
    const value = head[index + 1] ?? '';
    switch ((head[index] ?? '').toLowerCase()) {
      case 'upgrade':
      case 'x-requested-with':
        return false;
      case 'sec-purpose':
      case 'purpose':
        if (/\bprefetch\b/i.test(value)) return false;
        break;
      case 'sec-fetch-mode':
        if (mode !== undefined && mode !== value) return false;
        mode = value;
        break;
      case 'sec-fetch-dest':
        if (dest !== undefined && dest !== value) return false;
        dest = value;
        break;
      case 'accept':
        acceptsHtml ||= value.split(',').some(isHtml);
        break;
    }
  }
  if (mode === undefined && dest === undefined) return acceptsHtml;
  return mode === 'navigate' && (dest === 'document' || (dest === 'empty' && acceptsHtml));
}

/** Whether a browser says that the answer becomes a page of a tab of its own; nobody is guessed to be one. */
export function isTopLevelPage(method: string, head: Head): boolean {
  return (
    method === 'GET' &&
    fieldOf(head, 'sec-fetch-dest') === 'document' &&
    fieldOf(head, 'sec-fetch-mode') === 'navigate'
  );
}

/** `text/html` itself, not a wildcard, and not with a weight of zero (RFC 9110 §12.4.2, §12.5.1). */
function isHtml(range: string): boolean {
  const [type = '', ...parameters] = range.toLowerCase().split(';');
  if (type.trim() !== 'text/html') return false;
  return !parameters.some((parameter) => /^\s*q=0(?:\.0{0,3})?\s*$/.test(parameter));
}
