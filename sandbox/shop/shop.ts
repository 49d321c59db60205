/** The sample shop: web → catalog → reviews. Each service may stand behind an agent. */
import { Caller, excerpt } from './caller.ts';
import { parseListing, parseReviews, type Product, type Reviews } from './listing.ts';
import { renderPage } from './page.ts';
import { serve, type Address, type Service } from './service.ts';

export type Version = 'cluster' | 'laptop';

const products: readonly Product[] = [
  { name: 'Walnut desk lamp', price: '€ 84' },
  { name: 'Linen notebook', price: '€ 17' },
  { name: 'Enamel mug', price: '€ 12' },
];

const reviews: readonly Required<Reviews['entries'][number]>[] = [
  { product: 'Walnut desk lamp', stars: 5, text: 'Warm light, heavy foot.' },
  { product: 'Linen notebook', stars: 4, text: 'Lies flat. Ink shows through a little.' },
  { product: 'Enamel mug', stars: 5, text: 'Survived the dishwasher and a fall.' },
];

const headings = {
  cluster: 'What people say',
  laptop: 'What people say, now with stars',
} as const;

/** The header that says in every service's answer which version of reviews it holds. */
const versionHeader = 'X-Shop-Reviews';
const unknownVersion = 'none';

/** `laptop`: the version being worked on, which shows stars. */
export function startReviews({
  version,
  ...address
}: Address & { version: Version }): Promise<Service> {
  const body: Reviews = {
    version,
    heading: headings[version],
    entries: reviews.map(({ stars, ...rest }) =>
      version === 'laptop' ? { ...rest, stars } : rest,
    ),
  };
  return serve(address, (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', [versionHeader]: version });
    response.end(JSON.stringify(body));
  });
}

interface Calling extends Address {
  /** Names of headers to hand on besides those of context propagation. */
  contextHeaders?: readonly string[];
}

/** Answers 200 without reviews, and says why, when these cannot be had. */
export function startCatalog({
  reviewsUrl,
  contextHeaders,
  ...address
}: Calling & { reviewsUrl: string }): Promise<Service> {
  const caller = new Caller(contextHeaders);
  return serveAndCall(address, caller, async (request, response) => {
    const reply = await caller.get(`${reviewsUrl}/reviews`, request, response);
    const found = reply.status === 200 ? parseReviews(reply.text) : undefined;
    response.writeHead(200, {
      'Content-Type': 'application/json',
      [versionHeader]: found?.version ?? unknownVersion,
    });
    response.end(
      JSON.stringify({
        products,
        reviews: found ?? null,
        error: found ? null : excerpt(reply),
      }),
    );
  });
}

/** Answers every path with the page; 502, with the reason in the page, when catalog fails. */
export function startWeb({
  catalogUrl,
  title = 'Corner shop',
  contextHeaders,
  ...address
}: Calling & { catalogUrl: string; title?: string }): Promise<Service> {
  const caller = new Caller(contextHeaders);
  return serveAndCall(address, caller, async (request, response) => {
    const reply = await caller.get(`${catalogUrl}/products`, request, response);
    const listing = reply.status === 200 ? parseListing(reply.text) : undefined;
    const version = listing?.reviews?.version ?? unknownVersion;
    response.writeHead(listing ? 200 : 502, {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      [versionHeader]: version,
    });
    const problem = listing ? undefined : `The catalog is not available: ${excerpt(reply)}`;
    response.end(renderPage(title, version, listing, problem));
  });
}

async function serveAndCall(
  address: Address,
  caller: Caller,
  listener: Parameters<typeof serve>[1],
): Promise<Service> {
  const { port, close } = await serve(address, listener);
  return {
    port,
    async close() {
      await close();
      caller.close();
    },
  };
}
