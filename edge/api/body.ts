/** Bodies of requests, with a limit that holds whatever was announced. */
import type { Context } from 'hono';
import type { z } from 'zod';
import { ApiError, invalid } from './failure.ts';

export const maxBodyBytes = 64 * 1024;

/** The body as JSON of that shape. Empty ones stand for `{}` where `mayBeEmpty`. @throws ApiError */
export async function bodyOf<T>(c: Context, schema: z.ZodType<T>, mayBeEmpty = false): Promise<T> {
  const text = new TextDecoder().decode(await bytesOf(c, maxBodyBytes));
  let value: unknown = {};
  try {
    if (text !== '' || !mayBeEmpty) value = JSON.parse(text);
  } catch {
    throw invalid('the body is not JSON');
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const reason = result.error.issues
    .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
    .join('; ');
  throw invalid(reason);
}

/** Raw; nothing is read beyond the limit. @throws ApiError */
export async function bytesOf(c: Context, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const announced = Number(c.req.header('content-length') ?? 0);
  if (announced > limit) throw new ApiError('BW-5006', { limit });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    length += chunk.length;
    if (length > limit) throw new ApiError('BW-5006', { limit });
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
