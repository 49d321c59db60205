/**
 * The gateway's own cookies. All are `__Host-` (draft-ietf-httpbis-rfc6265bis §4.1.3.2): only the host
 * itself can set them, so a sibling preview cannot plant one (threat 11). What an app's script
 * overwrites on its own host is caught by signatures (threat 16); here it only must not confuse.
 */
import type { Head } from '#protocol/head.ts';

/** On preview hosts: `session`, `seen`, `banner`. On the app host: `sso`, `dash`, `setup`. */
export const cookieName = {
  session: '__Host-byway_session',
  seen: '__Host-byway_seen',
  banner: '__Host-byway_banner',
  sso: '__Host-byway_sso',
  dash: '__Host-byway_dash',
  setup: '__Host-byway_setup',
} as const;

/** One cookie for each login that is under way, or tabs would overwrite each other's (threat 8). */
const transactionPrefix = { preview: '__Host-byway_tx_', github: '__Host-byway_gh_tx_' } as const;

/** `preview`: the nonce on a preview host. `github`: state and verifier on the app host. */
export type TransactionKind = keyof typeof transactionPrefix;

/** Name and value together, as browsers have it (rfc6265bis §5.6); a longer one counts as absent. */
export const maxCookieCharacters = 4096;
/** Logins under way on one host (threat 8). */
export const maxTransactionCookies = 3;

const ownName = /^__Host-byway_(?:session|seen|banner|sso|dash|setup|(?:gh_)?tx_[0-9A-Za-z]{8})$/;
/** Base64url, base62 and the dots of a JWT: all that the gateway ever puts into a cookie. */
const ownValue = /^[\w.~-]+$/;

export interface GatewayCookies {
  /** Well-formed and there once. */
  values: ReadonlyMap<string, string>;
  /** All that were there, in their order, also the malformed and those there twice. */
  names: ReadonlySet<string>;
}

const none: GatewayCookies = { values: new Map(), names: new Set() };

/**
 * The gateway's cookies out of all `Cookie` fields of a head. Names count exactly: a nameless cookie
 * `=__Host-…`, another case, or a prefix of U+00A0 or U+2000 is some other cookie, so only SP and
 * HTAB are trimmed. A name that is there twice counts as absent, since nobody can tell which of the
 * two is ours (threats 8, 11, 16).
 */
export function readCookies(head: Head): GatewayCookies {
  let text: string | undefined;
  for (let index = 0; index < head.length; index += 2) {
    const field = head[index] ?? '';
    const value = head[index + 1] ?? '';
    if (field.length !== 6 || field.toLowerCase() !== 'cookie') continue;
    if (!value.includes('__Host-byway_')) continue;
    text = text === undefined ? value : `${text};${value}`;
  }
  return text === undefined ? none : cookiesIn(text);
}

/** A browser sends the same text with each of a page's hundred requests. */
const remembered = new Map<string, GatewayCookies>();
const maxRemembered = 1000;

function cookiesIn(text: string): GatewayCookies {
  const known = remembered.get(text);
  if (known) return known;
  const found = { values: new Map<string, string>(), names: new Set<string>() };
  for (const pair of text.split(';')) readPair(pair, found.values, found.names);
  if (text.length <= maxCookieCharacters) {
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(text, found);
  }
  return found;
}

function readPair(pair: string, values: Map<string, string>, names: Set<string>): void {
  const cut = pair.indexOf('=');
  const name = cut < 0 ? '' : pair.slice(0, cut).replace(/^[ \t]+/, '');
  if (!ownName.test(name)) return;
  if (names.has(name)) {
    values.delete(name);
    return;
  }
  names.add(name);
  const value = pair.slice(cut + 1).replace(/[ \t]+$/, '');
  if (isOwnPair(name, value)) values.set(name, value);
}

function isOwnPair(name: string, value: string): boolean {
  return name.length + value.length <= maxCookieCharacters && ownValue.test(value);
}

/** The name of one login's cookie; `jti`: at least 8 letters and digits, of which 8 are used. */
export function transactionCookieName(kind: TransactionKind, jti: string): string {
  return transactionPrefix[kind] + jti.slice(0, 8);
}

/**
 * Which cookies to clear before one more login begins, so that at most three are kept (threat 8).
 * Browsers send the oldest first (rfc6265bis §5.8.3), so the first ones go.
 */
export function surplusTransactions(cookies: GatewayCookies, kind: TransactionKind): string[] {
  const names = [...cookies.names].filter((name) => name.startsWith(transactionPrefix[kind]));
  return names.slice(0, Math.max(0, names.length - (maxTransactionCookies - 1)));
}

export interface CookieOptions {
  /** `Strict` for the dashboard; a login ends with a navigation from another site, so `Lax` else. */
  sameSite: 'Lax' | 'Strict';
  maxAgeS: number;
}

/**
 * A `Set-Cookie` value: always Secure and HttpOnly, for the whole host and no other.
 * @throws RangeError for a name or value that `readCookies` would not take back
 */
export function setCookie(name: string, value: string, options: CookieOptions): string {
  if (!ownName.test(name)) throw new RangeError(`${JSON.stringify(name)} is no cookie of ours`);
  if (!isOwnPair(name, value)) {
    // Not quoted: it may be a secret.
    throw new RangeError(`the value for ${name} is empty, too long or has other characters`);
  }
  if (!Number.isSafeInteger(options.maxAgeS) || options.maxAgeS <= 0) {
    throw new RangeError(`${name} cannot be kept for ${options.maxAgeS} s`);
  }
  return `${name}=${value}; Max-Age=${options.maxAgeS}; Path=/; Secure; HttpOnly; SameSite=${options.sameSite}`;
}

/** A `Set-Cookie` value that removes the cookie; the same attributes, or `__Host-` refuses it. */
export function clearCookie(name: string): string {
  if (!ownName.test(name)) throw new RangeError(`${JSON.stringify(name)} is no cookie of ours`);
  return `${name}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax`;
}
