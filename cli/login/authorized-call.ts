/** Calls of the edge's API in the name of whoever is logged in. */
import { z } from 'zod';
import { callJson, type JsonAnswer } from '../daemon/json-call.ts';

export interface EdgeAccess {
  /** The edge's URL. */
  url: string;
  /** What stands behind it, for errors. */
  source: 'operator_token' | 'login';
  /** A person, whose previews are theirs by the edge's word. Operator and services name an owner. */
  readonly isPerson: boolean;
  /** `refused`: a token that the edge has just answered 401 to. @throws RequestError */
  bearer(refused?: string): Promise<string>;
}

export function operatorAccess({ url, token }: { url: string; token: string }): EdgeAccess {
  return { url, source: 'operator_token', isPerson: false, bearer: () => Promise.resolve(token) };
}

/** A login that the edge does not take is renewed once. @throws RequestError */
export async function authorizedCall(
  { url, bearer }: EdgeAccess,
  call: { method: string; path: string; payload: unknown },
): Promise<JsonAnswer> {
  const base = new URL(url);
  const who = `the edge ${base.origin}`;
  const token = await bearer();
  const answer = await callJson(who, base, { ...call, token });
  if (answer.status !== 401) return answer;
  const renewed = await bearer(token);
  return renewed === token ? answer : callJson(who, base, { ...call, token: renewed });
}

const failed = z.object({
  error: z.object({ code: z.string().optional(), detail: z.string(), action: z.string() }),
});

/** Taken, but not for this. */
export function isForbidden({ body }: JsonAnswer): boolean {
  const result = failed.safeParse(body);
  return result.success && result.data.error.code === 'BW-5007';
}

/** The person is not let in, whatever they ask for: codes of their own, of several statuses. */
export function isDenial({ status, body }: JsonAnswer): boolean {
  const result = failed.safeParse(body);
  const isOfPerson = result.success && result.data.error.code?.startsWith('BW-60') === true;
  return isOfPerson && (status === 403 || status === 404);
}

/** The edge's own words about a refusal, as far as it has any. */
export function wordsOf({ status, body }: JsonAnswer): string {
  const result = failed.safeParse(body);
  if (!result.success) return `the edge answered ${status}`;
  const { detail, action } = result.data.error;
  return `the edge says: ${/[.!?…]$/.test(detail) ? detail : `${detail}.`} ${action}`;
}
