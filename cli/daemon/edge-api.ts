/** The edge's API, as far as the daemon needs it. */
import { z } from 'zod';
import type { Ingress } from '#protocol/control.ts';
import { RequestError } from '#protocol/requests.ts';
import {
  authorizedCall,
  isDenial,
  isForbidden,
  wordsOf,
  type EdgeAccess,
} from '../login/authorized-call.ts';
import { livePreview, type PreviewNow } from '../preview-now.ts';
import type { PreviewSource } from '../source/working-copy.ts';
import type { JsonAnswer } from './json-call.ts';

const created = z.object({ label: z.string(), url: z.string() });
const ending = z.object({
  reason: z.string(),
  ended_at: z.string(),
  ended_by: z.string().nullable(),
});
const listed = z.object({
  previews: z.array(z.object({ label: z.string(), intercept: z.object({ id: z.string() }) })),
});

export type Access = 'private' | 'public';

export interface CreatedPreview {
  label: string;
  url: string;
  now: PreviewNow;
}

export interface NewPreview {
  cluster: string;
  intercept: { id: string; name: string };
  owner: { id: number; login: string };
  ingress: Ingress;
  access: Access;
  banner?: boolean;
  source?: PreviewSource;
  gate?: 'org' | 'repo';
}

export class EdgeApi {
  readonly #access: EdgeAccess;

  constructor(access: EdgeAccess) {
    this.#access = access;
  }

  /**
   * @throws RequestError with the edge's words; `unreachable`: nothing was created;
   * `outcome_unknown`: something may have been
   */
  async create(preview: NewPreview): Promise<CreatedPreview> {
    const { owner, ...rest } = preview;
    // The connector's word on who the laptop belongs to counts where nobody has logged in.
    const payload = this.#access.isPerson ? rest : { ...rest, owner };
    const answer = await this.#call('POST', '/api/v1/previews', payload);
    if (answer.status >= 500) throw new RequestError('outcome_unknown', wordsOf(answer));
    if (answer.status !== 201) throw this.#refusal(answer);
    const result = created.safeParse(answer.body);
    if (result.success) return { ...result.data, now: nowOf(answer) };
    throw new RequestError('outcome_unknown', `${this.#who} gave an answer of another version`);
  }

  /** What has become of a preview that was there once. @throws RequestError */
  async look(label: string): Promise<PreviewNow> {
    const answer = await this.#call('GET', `/api/v1/previews/${label}`, undefined);
    if (answer.status === 200) return nowOf(answer);
    if (!isMissing(answer)) throw this.#refusal(answer);
    const told = await this.#call('GET', `/api/v1/previews/${label}/ending`, undefined);
    if (told.status !== 200 && !isMissing(told)) throw this.#refusal(told);
    const result = ending.safeParse(told.body);
    const nothing = { reason: null, ended_at: null, ended_by: null };
    return { state: 'ended', ...(result.success ? result.data : nothing) };
  }

  /** With its intercept. A preview that is gone already is fine. */
  async remove(label: string): Promise<void> {
    const answer = await this.#call('DELETE', `/api/v1/previews/${label}?reason=left`, undefined);
    if (answer.status !== 204 && !isMissing(answer)) throw this.#refusal(answer);
  }

  /** Ends all previews of an intercept, for those whose label never came. */
  async removeOf(cluster: string, intercept: string): Promise<void> {
    const path = `/api/v1/previews?cluster=${encodeURIComponent(cluster)}`;
    const answer = await this.#call('GET', path, undefined);
    if (isMissing(answer)) return;
    if (answer.status !== 200) throw this.#refusal(answer);
    const result = listed.safeParse(answer.body);
    if (!result.success) {
      throw new RequestError('preview', `${this.#who} gave an answer of another version`);
    }
    for (const preview of result.data.previews) {
      if (preview.intercept.id === intercept) await this.remove(preview.label);
    }
  }

  get #who(): string {
    return `the edge ${new URL(this.#access.url).origin}`;
  }

  #call(method: string, path: string, payload: unknown): Promise<JsonAnswer> {
    return authorizedCall(this.#access, { method, path, payload });
  }

  #refusal(answer: JsonAnswer): RequestError {
    return refusalOf(this.#access, answer);
  }
}

/** Another version's answer is of no use, and does no harm. */
function nowOf({ body }: JsonAnswer): PreviewNow {
  const result = livePreview.safeParse(body);
  if (result.success) return { state: 'live', ...result.data };
  return { state: 'unknown', problem: '' };
}

/** What was asked for is not there; a person who is no member any more gets 404 as well. */
function isMissing(answer: JsonAnswer): boolean {
  return answer.status === 404 && !isDenial(answer);
}

/** Of an answer that is none of those that were asked for. */
export function refusalOf({ url, source }: EdgeAccess, answer: JsonAnswer): RequestError {
  const words = wordsOf(answer);
  const { status } = answer;
  if (isForbidden(answer)) return new RequestError('preview', words);
  if (status === 401 || status === 403 || isDenial(answer)) {
    const what = source === 'login' ? 'the login' : source;
    const next = source === 'login' && status === 401 ? '; log in again: byway login' : '';
    const who = `the edge ${new URL(url).origin}`;
    return new RequestError('not_configured', `${who} does not take ${what}: ${words}${next}`);
  }
  return new RequestError(status >= 500 || status === 429 ? 'unreachable' : 'preview', words);
}
