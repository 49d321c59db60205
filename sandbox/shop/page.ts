/** The shop's only page: no script, nothing from elsewhere. */
import { escape } from '#protocol/pages.ts';
import type { Listing, Product, Review, Reviews } from './listing.ts';

const style = `
:root { color-scheme: light dark; --ink: #22252b; --soft: #5c6470; --paper: #faf8f5; --card: #fff; --line: #e4dfd7; --accent: #8a4f00; --alert: #9b1c1c; }
@media (prefers-color-scheme: dark) { :root { --ink: #ece9e4; --soft: #aba69e; --paper: #17181b; --card: #222429; --line: #34373e; --accent: #f0b35a; --alert: #ff9b93; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 44rem; padding: 2.5rem 1.25rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; }
h2 { margin: 2rem 0 .75rem; font-size: 1.15rem; }
h3 { margin: 0; font-size: 1.05rem; }
p { margin: .25rem 0 0; overflow-wrap: anywhere; }
ul { display: grid; gap: .875rem; margin: 0; padding: 0; list-style: none; }
li { padding: 1rem 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
.head { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between; align-items: baseline; }
.price { margin: 0; font-variant-numeric: tabular-nums; }
.price, .review, footer { color: var(--soft); }
.stars, .laptop h2 { color: var(--accent); }
.stars { letter-spacing: .1em; }
.alert { margin: 0 0 .875rem; padding: .75rem 1rem; border: 1px solid var(--alert); border-radius: .75rem; color: var(--alert); }
footer { margin-top: 2rem; font-size: .875rem; }
`;

/** `problem`: why there is no listing at all. */
export function renderPage(
  title: string,
  version: string,
  listing: Listing | undefined,
  problem?: string,
): string {
  const alert = problem ?? reviewsProblem(listing);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body class="${escape(version)}" data-reviews-version="${escape(version)}">
<header>
<h1>${escape(title)}</h1>
<p>Small things for a good desk.</p>
</header>
<main>
<h2>${escape(listing?.reviews?.heading ?? 'Our products')}</h2>
${alert === undefined ? '' : `<p class="alert" role="alert">${escape(alert)}</p>`}
<ul>
${(listing?.products ?? []).map((product) => itemOf(product, listing?.reviews ?? null)).join('\n')}
</ul>
</main>
<footer>Reviews served by: <strong>${escape(version)}</strong></footer>
</body>
</html>
`;
}

function reviewsProblem(listing: Listing | undefined): string | undefined {
  const error = listing?.error;
  return typeof error === 'string' ? `Reviews are not available: ${error}` : undefined;
}

function itemOf({ name, price }: Product, reviews: Reviews | null): string {
  const review = reviews?.entries.find(({ product }) => product === name);
  return `<li>
<div class="head"><h3>${escape(name)}</h3><p class="price">${escape(price)}</p></div>
${review === undefined ? '' : `<p class="review">${starsOf(review)}${escape(review.text)}</p>`}
</li>`;
}

function starsOf({ stars }: Review): string {
  if (stars === undefined) return '';
  const drawn = '★'.repeat(stars) + '☆'.repeat(5 - stars);
  return `<span class="stars" role="img" aria-label="${stars} of 5 stars">${drawn}</span> `;
}
