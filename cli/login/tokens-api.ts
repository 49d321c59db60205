/** Tokens of the organisation at the edge: `/api/v1/tokens`. */
import { z } from 'zod';
import { RequestError } from '#protocol/requests.ts';
import type { JsonAnswer } from '../daemon/json-call.ts';
import { refusalOf } from '../daemon/edge-api.ts';
import { authorizedCall, type EdgeAccess } from './authorized-call.ts';

export const tokenKinds = ['service', 'connector', 'personal'] as const;
export type TokenKind = (typeof tokenKinds)[number];

/** Instants are ISO 8601, or milliseconds since 1970. */
const instant = z.union([z.string(), z.number()]).nullish();
const row = z.looseObject({
  id: z.string(),
  kind: z.string().optional(),
  name: z.string().optional(),
  scopes: z.array(z.string()).nullish(),
  cluster: z.string().nullish(),
  preview: z.string().nullish(),
  expires_at: instant,
  last_used_at: instant,
});
const listed = z.object({ tokens: z.array(row) });
const made = row.extend({ token: z.string().regex(/^[\x21-\x7e]{16,512}$/) });

export type TokenRow = z.infer<typeof row>;
export type MadeToken = z.infer<typeof made>;

export interface NewToken {
  kind: TokenKind;
  name: string;
  scopes?: string[];
  cluster?: string;
  preview?: string;
  expires_in_s?: number;
  /** GitHub's numeric id; only the operator names it. */
  organisation?: number;
}

export class TokensApi {
  readonly #access: EdgeAccess;

  constructor(access: EdgeAccess) {
    this.#access = access;
  }

  /** @throws RequestError with the edge's words */
  async create(token: NewToken): Promise<MadeToken> {
    const answer = await this.#call('POST', '', token);
    return this.#read(answer, [200, 201], made);
  }

  async list(organisation: number | undefined): Promise<TokenRow[]> {
    const query = organisation === undefined ? '' : `?organisation=${organisation}`;
    const { tokens } = this.#read(await this.#call('GET', query), [200], listed);
    // Whatever the edge is: a secret never gets into a list.
    return tokens.map(({ token: _token, ...rest }) => rest);
  }

  async rotate(id: string, graceS: number | undefined): Promise<MadeToken> {
    const payload = graceS === undefined ? {} : { grace_s: graceS };
    const answer = await this.#call('POST', `/${encodeURIComponent(id)}/rotate`, payload);
    return this.#read(answer, [200, 201], made);
  }

  async revoke(id: string): Promise<void> {
    const answer = await this.#call('DELETE', `/${encodeURIComponent(id)}`);
    if (answer.status !== 200 && answer.status !== 204) throw refusalOf(this.#access, answer);
  }

  #call(method: string, rest: string, payload?: unknown): Promise<JsonAnswer> {
    return authorizedCall(this.#access, { method, path: `/api/v1/tokens${rest}`, payload });
  }

  #read<T>(answer: JsonAnswer, wanted: readonly number[], schema: z.ZodType<T>): T {
    if (!wanted.includes(answer.status)) throw refusalOf(this.#access, answer);
    const result = schema.safeParse(answer.body);
    if (result.success) return result.data;
    const { origin } = new URL(this.#access.url);
    throw new RequestError('refused', `the edge ${origin} gave an answer of another version`);
  }
}
