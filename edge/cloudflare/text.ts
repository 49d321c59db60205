/** A short body as text. */

/** undefined: it is longer than that; the rest is not read. */
export async function textOf(
  body: ReadableStream | null,
  maxBytes: number,
): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  for await (const part of body ?? []) {
    const { length } = part as Uint8Array;
    bytes += length;
    if (bytes > maxBytes) return undefined;
    text += decoder.decode(part as Uint8Array, { stream: true });
  }
  return text + decoder.decode();
}
