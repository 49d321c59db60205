/** What a page's Content Security Policy (CSP Level 3) lets the banner do. */
import type { Head } from '#protocol/head.ts';

/**
 * `styled`: a style of our own applies. `plain`: markup only. All policies of a page hold together (CSP3
 * §4.2.3), so the strictest of them decides.
 */
export type BannerStyle = 'styled' | 'plain';

export function styleAllowedBy(fields: Head): BannerStyle {
  return policiesIn(fields).every(allowsInlineStyle) ? 'styled' : 'plain';
}

/** Whether a form of ours may be sent to the page's own origin, and come from there. */
export function formsAllowedBy(fields: Head): boolean {
  return policiesIn(fields).every((directives) => {
    const targets = directives.get('form-action');
    return !directives.has('sandbox') && (targets?.some((each) => selfOrAll.has(each)) ?? true);
  });
}

const selfOrAll: ReadonlySet<string> = new Set(["'self'", '*']);

type Policy = ReadonlyMap<string, readonly string[]>;

/** Of several directives of one name the first counts (CSP3 §2.2.1). */
function policiesIn(fields: Head): Policy[] {
  const policies: Policy[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    if ((fields[index] ?? '').toLowerCase() !== 'content-security-policy') continue;
    for (const policy of (fields[index + 1] ?? '').split(',')) {
      const directives = new Map<string, string[]>();
      for (const text of policy.split(';')) {
        const [name = '', ...sources] = text.trim().toLowerCase().split(/\s+/);
        if (!directives.has(name)) directives.set(name, sources);
      }
      policies.push(directives);
    }
  }
  return policies;
}

function allowsInlineStyle(directives: Policy): boolean {
  const sources =
    directives.get('style-src-elem') ??
    directives.get('style-src') ??
    directives.get('default-src');
  if (!sources) return true;
  // A nonce or hash makes 'unsafe-inline' count for nothing (CSP3 §6.7.3.2).
  const isStrict = sources.some((each) => /^'(?:nonce-|sha(?:256|384|512)-)/.test(each));
  return !isStrict && sources.includes("'unsafe-inline'");
}
