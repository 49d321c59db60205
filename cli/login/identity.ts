/** Who a token is, by the edge's word: `GET /api/v1/me`. */
import { z } from 'zod';
import { RequestError } from '#protocol/requests.ts';
import { callJson } from '../daemon/json-call.ts';
import { isDenial, wordsOf } from './authorized-call.ts';

const account = z.object({ id: z.number(), login: z.string() });
const me = z.object({
  kind: z.string(),
  user: account.nullable(),
  organisation: account,
  scopes: z.array(z.string()).default([]),
});

export type Identity = z.infer<typeof me>;

/** @throws RequestError `not_configured` when the edge does not take the token */
export async function identityOf(edge: string, token: string): Promise<Identity> {
  const who = `the edge ${edge}`;
  const call = { method: 'GET', path: '/api/v1/me', token, payload: undefined };
  const answer = await callJson(who, new URL(edge), call);
  if (answer.status === 401 || answer.status === 403 || isDenial(answer)) {
    throw new RequestError('not_configured', `${who} does not take the token: ${wordsOf(answer)}`);
  }
  const result = me.safeParse(answer.body);
  if (answer.status === 200 && result.success) return result.data;
  if (answer.status === 200) {
    throw new RequestError('refused', `${who} gave an answer of another version`);
  }
  throw new RequestError(
    answer.status >= 500 || answer.status === 429 ? 'unreachable' : 'refused',
    wordsOf(answer),
  );
}
