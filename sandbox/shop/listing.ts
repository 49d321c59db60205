/** What the shop's services tell each other, and how it is read: anybody may answer in their place. */

export interface Review {
  product: string;
  text: string;
  /** 1 to 5. Only the laptop's version has them. */
  stars?: number;
}

export interface Reviews {
  /** Which version answered: one word. */
  version: string;
  heading: string;
  entries: Review[];
}

export interface Product {
  name: string;
  price: string;
}

export interface Listing {
  products: Product[];
  reviews: Reviews | null;
  /** Why there are no reviews. */
  error: string | null;
}

/** @returns undefined for anything but the JSON of `Reviews` */
export function parseReviews(json: string): Reviews | undefined {
  return readReviews(parse(json));
}

/** @returns undefined for anything but the JSON of a `Listing` */
export function parseListing(json: string): Listing | undefined {
  const value = parse(json);
  if (!isObject(value) || !Array.isArray(value.products)) return undefined;
  const products = value.products.filter(isObject).map(({ name, price }) => ({
    name: String(name),
    price: String(price),
  }));
  const error = typeof value.error === 'string' ? value.error : null;
  return { products, reviews: readReviews(value.reviews) ?? null, error };
}

function readReviews(value: unknown): Reviews | undefined {
  if (!isObject(value) || !Array.isArray(value.entries)) return undefined;
  const { version, heading, entries } = value;
  if (typeof version !== 'string' || !/^[\w.-]{1,40}$/.test(version)) return undefined;
  return {
    version,
    heading: String(heading ?? 'Reviews'),
    entries: entries.filter(isObject).map(({ product, text, stars }) => ({
      product: String(product),
      text: String(text),
      ...(typeof stars === 'number' && stars >= 1 && stars <= 5
        ? { stars: Math.round(stars) }
        : {}),
    })),
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
