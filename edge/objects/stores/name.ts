/** Names that people give to things; they come back on pages, in terminals and in the audit log. */

export const maxNameCharacters = 100;

/** Control characters, line separators, and marks that turn the direction of the text after them. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** What is wrong with the name of `what`, or undefined. */
export function nameFault(what: string, name: unknown): string | undefined {
  if (typeof name !== 'string' || name.trim() === '') return `${what} needs a name`;
  if (name.length > maxNameCharacters) {
    return `the name of ${what} has ${name.length} characters; ${maxNameCharacters} are the most`;
  }
  if (unprintable.test(name)) return `the name of ${what} has characters that cannot be shown`;
  return undefined;
}
