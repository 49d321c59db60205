/** What a device may be allowed to do, in a person's name. */

export const scopeTexts = {
  view: 'Open the previews of the organisation that you may open',
  intercept: 'Create, change and end intercepts and previews of yours',
} as const;

export type Scope = keyof typeof scopeTexts;

export const allScopes = Object.keys(scopeTexts) as Scope[];

/** Space-separated (RFC 6749 §3.3); nothing stands for all. undefined: there is one we do not know. */
export function scopesOf(text: string | undefined): Scope[] | undefined {
  if (text === undefined || text === '') return allScopes;
  const asked = new Set(text.split(' '));
  const known = allScopes.filter((scope) => asked.has(scope));
  return known.length === asked.size ? known : undefined;
}
