/** Which rows of the audit log are asked for, from the query of its pages and exports. */
import { invalid } from '../api/failure.ts';
import { one } from '../login/visit.ts';
import type { AuditFilter } from '../objects/stores/audit.ts';

export const filterNames = ['actor', 'action', 'since'] as const;

/** As it was typed; for the form and for links. */
export type FilterText = Partial<Record<(typeof filterNames)[number], string>>;

export function filterTextOf(query: URLSearchParams): FilterText {
  const given = filterNames.map((name) => [name, one(query, name)?.trim()] as const);
  return Object.fromEntries(given.filter(([, text]) => text !== undefined && text !== ''));
}

/** `since`: a day, or a time with its zone. @throws ApiError */
export function filterOf({ actor, action, since }: FilterText): AuditFilter {
  return { actor, action, sinceMs: since === undefined ? undefined : timeOf(since) };
}

/** @throws ApiError */
function timeOf(text: string): number {
  const day = /^\d{4}-\d\d-\d\d$/.test(text);
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const ms = day || time ? Date.parse(day ? `${text}T00:00:00Z` : text) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw invalid(
      'since: must be a day such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z',
    );
  }
  return ms;
}
