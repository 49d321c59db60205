/** One line that a Markdown table can hold, at most 300 characters. */
export function cleanText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '¦').trim().slice(0, 300);
}
