/** Lists of GitHub's that come in pages. */
import { maxPauseMs } from './pause.ts';
import type { Call, Refused, Rest, Unavailable } from './rest.ts';

/** GitHub's most. */
const perPage = 100;

export interface PagedCall<T, I> extends Call<T> {
  itemsOf(body: T): readonly I[];
  /** The list is asked no further after a page for which this is true. */
  isEnough?(items: readonly I[]): boolean;
  maxPages: number;
  /** Whether the first `maxPages` are of use alone; otherwise a longer list is `unavailable`. */
  partial?: boolean;
}

/** All items in GitHub's order, or why there are none: never a part of the list that looks whole. */
export async function allPages<T, I>(
  rest: Rest,
  { itemsOf, isEnough = () => false, maxPages, partial = false, ...call }: PagedCall<T, I>,
): Promise<{ kind: 'ok'; items: I[] } | Refused | Unavailable> {
  const items: I[] = [];
  let next: Call<T> = { ...call, parameters: { ...call.parameters, per_page: perPage } };
  for (let page = 0; page < maxPages; page += 1) {
    const answer = await rest.call(next);
    if (answer.kind !== 'ok') return answer;
    const found = itemsOf(answer.data);
    for (const item of found) items.push(item);
    if (answer.next === undefined || isEnough(found)) return { kind: 'ok', items };
    next = { ...call, route: `GET ${answer.next}`, parameters: {} };
  }
  return partial ? { kind: 'ok', items } : { kind: 'unavailable', retryAfterMs: maxPauseMs };
}
