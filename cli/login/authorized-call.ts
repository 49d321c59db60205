/** Calls of the edge's API in the name of whoever is logged in. */
import { z } from 'zod';
import { callJson, type JsonAnswer } from '../daemon/json-call.ts';

export interface EdgeAccess {
  /** The edge's URL. */
  url: string;
  /** What stands behind it, for errors. */
  source: 'operator_token' | 'login';
  /** `refused`: a token that the edge has just answered 401 to. @throws RequestError */
  bearer(refused?: string): Promise<string>;
}

export function operatorAccess({ url, token }: { url: string; token: string }): EdgeAccess {
  return { url, source: 'operator_token', bearer: () => Promise.resolve(token) };
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

const failed = z.object({ error: z.object({ detail: z.string(), action: z.string() }) });

/** The edge's own words about a refusal, as far as it has any. */
export function wordsOf({ status, body }: JsonAnswer): string {
  const result = failed.safeParse(body);
  return result.success
    ? `the edge says: ${result.data.error.detail} ${result.data.error.action}`
    : `the edge answered ${status}`;
}
