/**
 * A preview can set cookies for the whole preview domain, so many that no head of any other preview
 * fits: a browser that is told no more than 431 stays locked out for as long as they last (threat 12).
 */
import { fieldOf, type Head } from '#protocol/head.ts';
import { maxHeadBytes } from '#protocol/limits.ts';
import { renderPage, type Page } from '#protocol/pages.ts';

/** So much of a head that the rest of an ordinary one would not fit beside it. */
export const maxCookieBytes = (maxHeadBytes / 5) * 4;

/** BW-1006 that cures itself, or undefined: go on. The same for every label. */
export function cookieFlood(fields: Head): Page | undefined {
  let bytes = 0;
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    if (name.length === 6 && name.toLowerCase() === 'cookie')
      bytes += fields[index + 1]?.length ?? 0;
  }
  if (bytes <= maxCookieBytes) return undefined;
  const parameters = { limit: maxHeadBytes };
  return forgettingCookies(renderPage('BW-1006', parameters, fieldOf(fields, 'accept')));
}

/** The browser forgets its cookies of the registrable domain, also those that hosts above set (Clear Site Data §3.1). */
export function forgettingCookies(page: Page): Page {
  return { ...page, fields: [...page.fields, 'Clear-Site-Data', '"cookies"'] };
}
