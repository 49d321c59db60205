/** Where a viewer goes after the login: a path on the preview's own origin, never elsewhere. */
import { isGatewayPath } from '../relay/target.ts';

/** Of path and query; the whole transaction has to fit into a URL. */
export const maxReturnPathCharacters = 2048;

/** `/`, then visible ASCII: no control characters, blanks or bytes that readers take differently. */
const pattern = /^\/[\x21-\x7e]*$/;

/**
 * The path and query to return to, as the URL standard writes it; `/` for whatever else came
 * (threat 1). A path that begins with two slashes names a host to a browser, and so may one after
 * its dots are resolved; a `\` is a slash to browsers. The gateway's own paths are no place to
 * return to: they could send round in circles.
 */
export function returnPath(text: string | undefined, origin: string): string {
  if (text === undefined || text.length > maxReturnPathCharacters) return '/';
  if (!pattern.test(text) || text.includes('\\') || text.includes('#')) return '/';
  if (text.startsWith('//') || !URL.canParse(text, origin)) return '/';
  const url = new URL(text, origin);
  const path = url.pathname + url.search;
  if (url.origin !== origin || path.startsWith('//') || isGatewayPath(path)) return '/';
  // Escaping makes some characters three.
  return path.length > maxReturnPathCharacters ? '/' : path;
}
