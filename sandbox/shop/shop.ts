/** The sample shop: web → catalog → reviews. */
import { escape } from '#protocol/pages.ts';
import { call, serve, type Service } from './service.ts';

interface Product {
  name: string;
  price: string;
}

const products: readonly Product[] = [
  { name: 'Walnut desk lamp', price: '€ 84' },
  { name: 'Linen notebook', price: '€ 17' },
  { name: 'Enamel mug', price: '€ 12' },
];

const reviews: Readonly<Record<string, { stars: number; text: string }>> = {
  'Walnut desk lamp': { stars: 5, text: 'Warm light, heavy foot.' },
  'Linen notebook': { stars: 4, text: 'Lies flat. Ink shows through a little.' },
  'Enamel mug': { stars: 5, text: 'Survived the dishwasher and a fall.' },
};

/** `laptop`: the version being worked on, which shows stars. */
export function startReviews(port: number, version: 'cluster' | 'laptop'): Promise<Service> {
  return serve(port, (request, response) => {
    const entries = Object.entries(reviews).map(([product, { stars, text }]) => ({
      product,
      text,
      ...(version === 'laptop' ? { stars: '★'.repeat(stars) + '☆'.repeat(5 - stars) } : {}),
    }));
    response.writeHead(200, { 'Content-Type': 'application/json', 'X-Shop-Reviews': version });
    response.end(JSON.stringify({ version, path: request.url, entries }));
  });
}

export function startCatalog(port: number, reviewsUrl: string): Promise<Service> {
  return serve(port, (request, response) => {
    void call(`${reviewsUrl}/reviews`, request.headers).then((reply) => {
      const ok = reply.status === 200;
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'X-Shop-Reviews': String(reply.headers['x-shop-reviews'] ?? 'none'),
      });
      response.end(
        JSON.stringify({
          products,
          reviews: ok ? JSON.parse(reply.text) : null,
          error: ok ? null : `${reply.status} ${reply.text.slice(0, 500)}`,
        }),
      );
    });
  });
}

interface Listing {
  products: Product[];
  reviews: { version: string; entries: { product: string; text: string; stars?: string }[] } | null;
  error: string | null;
}

export function startWeb(port: number, catalogUrl: string): Promise<Service> {
  return serve(port, (request, response) => {
    void call(`${catalogUrl}/products`, request.headers).then((reply) => {
      if (reply.status !== 200) {
        response.writeHead(502, { 'Content-Type': 'text/plain; charset=utf-8' });
        return response.end(`catalog: ${reply.status} ${reply.text.slice(0, 500)}\n`);
      }
      const listing = JSON.parse(reply.text) as Listing;
      const version = listing.reviews?.version ?? 'none';
      response.writeHead(200, {
        'Content-Type': 'text/html; charset=utf-8',
        'X-Shop-Reviews': version,
      });
      return response.end(pageOf(listing, version));
    });
  });
}

function pageOf({ products: list, reviews: all, error }: Listing, version: string): string {
  const items = list.map(({ name, price }) => {
    const review = all?.entries.find((entry) => entry.product === name);
    const stars =
      review?.stars === undefined
        ? ''
        : `<span class="stars" aria-label="rating">${review.stars}</span> `;
    const text = review ? `<p class="review">${stars}${escape(review.text)}</p>` : '';
    return `<li><h2>${escape(name)}</h2><p class="price">${escape(price)}</p>${text}</li>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Corner shop</title>
<style>
:root { color-scheme: light dark; --ink: #22252b; --soft: #626a76; --paper: #faf8f5; --card: #fff; --accent: #9a5b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #ece9e4; --soft: #a8a39b; --paper: #17181b; --card: #222429; --accent: #f0b35a; } }
body { margin: 0 auto; max-width: 44rem; padding: 2rem 1.25rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.75rem; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 0; }
ul { list-style: none; padding: 0; display: grid; gap: 1rem; }
li { background: var(--card); border-radius: .75rem; padding: 1rem 1.25rem; }
p { margin: .25rem 0 0; }
.price, .version { color: var(--soft); }
.stars { color: var(--accent); letter-spacing: .1em; }
</style>
</head>
<body data-reviews-version="${escape(version)}">
<h1>Corner shop</h1>
<p class="version">Reviews by: <strong>${version === 'laptop' ? 'the laptop, with stars' : escape(version)}</strong></p>
<ul>${items.join('\n')}</ul>
${error === null ? '' : `<p role="alert">Reviews are not available: ${escape(error)}</p>`}
</body>
</html>
`;
}
