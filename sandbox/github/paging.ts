/** Pages of a list: https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api */

const defaultPerPage = 30;
const maxPerPage = 100;

export interface Paged<Item> {
  readonly items: Item[];
  readonly headers: Record<string, string>;
}

/** @param url of the request, with its query; what the Link header repeats */
export function pageOf<Item>(all: readonly Item[], url: URL): Paged<Item> {
  const perPage = perPageOf(url);
  const page = Math.max(1, Number(url.searchParams.get('page') ?? 1) || 1);
  const lastPage = Math.max(1, Math.ceil(all.length / perPage));
  const links: string[] = [];
  const link = (target: number, relation: string): void => {
    const there = new URL(url);
    there.searchParams.set('page', String(target));
    links.push(`<${there.href}>; rel="${relation}"`);
  };
  if (page > 1) link(page - 1, 'prev');
  if (page < lastPage) {
    link(page + 1, 'next');
    link(lastPage, 'last');
  }
  if (page > 1) link(1, 'first');
  return {
    items: all.slice((page - 1) * perPage, page * perPage),
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  };
}

/** Anything that is no number from 1 counts as the default; more than 100 as 100. */
export function perPageOf(url: URL): number {
  const asked = Number(url.searchParams.get('per_page') ?? defaultPerPage);
  return asked >= 1 ? Math.min(maxPerPage, Math.floor(asked)) : defaultPerPage;
}
