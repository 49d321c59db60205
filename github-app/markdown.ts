/** Names in Markdown: shown as they are, mentioning nobody and linking nowhere. */

const maxNameCharacters = 100;

/**
 * Any text as a code span that fits a table cell. In code GitHub resolves no mentions, references,
 * links or HTML; a backtick would end it and a bar the cell, so both become look-alikes.
 */
export function code(text: string): string {
  const plain = text
    .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
    .replaceAll('`', 'ˋ')
    .replaceAll('|', '¦')
    .replaceAll('\\', '⧵');
  const characters = [...plain];
  const short =
    characters.length > maxNameCharacters
      ? `${characters.slice(0, maxNameCharacters).join('')}…`
      : plain;
  return short === '' ? '—' : `\`${short}\``;
}

/** undefined: not a URL that may stand in a link as it is. */
export function linkTarget(url: string): string | undefined {
  return /^https?:\/\/[\w.:-]+(?:\/[\w.~!$&'*+,;=:@%/?#-]*)?$/.test(url) ? url : undefined;
}

/** `2026-11-21 14:02 UTC` */
export function utc(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
