/** Which GitHub an app is registered at. */

/** https://url.spec.whatwg.org/#url-class, in every runtime of ours. */
declare class URL {
  constructor(text: string);
  static canParse(text: string): boolean;
  readonly href: string;
  readonly origin: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly pathname: string;
  readonly username: string;
  readonly password: string;
  readonly search: string;
  readonly hash: string;
}

export interface GitHubPlace {
  /** `https://github.com`; no slash at the end. */
  webUrl: string;
  /** `https://api.github.com`; no slash at the end. */
  apiUrl: string;
  isDotCom: boolean;
  /** `iss` of tokens of GitHub Actions, where the edge does not know it from `webUrl`. */
  actionsIssuer: string | undefined;
}

/** `of`: which of the two is wrong; both: they do not belong together. */
export interface PlaceFault {
  of: 'web' | 'api' | 'both';
  fault: string;
}

const dotCom = { web: 'https://github.com', api: 'https://api.github.com' };

/** Left out: github.com, and the API where that GitHub has it by default. */
export function placeOf(
  web: string | undefined,
  api: string | undefined,
): { place: GitHubPlace } | PlaceFault {
  const webText = web ?? dotCom.web;
  const webFault = urlFault(webText);
  if (webFault !== undefined) return { of: 'web', fault: webFault };
  const webUrl = plainUrl(webText);
  const isDotCom = webUrl === dotCom.web;
  const tenant = /^([a-z0-9-]+)\.ghe\.com$/.exec(new URL(webUrl).hostname)?.[1];
  const usual = tenant === undefined ? `${webUrl}/api/v3` : `https://api.${tenant}.ghe.com`;
  const apiText = api ?? (isDotCom ? dotCom.api : usual);
  const apiFault = urlFault(apiText);
  if (apiFault !== undefined) return { of: 'api', fault: apiFault };
  const apiUrl = plainUrl(apiText);
  // The secrets of one GitHub must not travel to another one.
  if (isDotCom !== (apiUrl === dotCom.api)) {
    return { of: 'both', fault: 'must belong to the same GitHub; give both, or the first alone' };
  }
  const actionsIssuer =
    tenant === undefined ? undefined : `https://token.actions.${tenant}.ghe.com`;
  return { place: { webUrl, apiUrl, isDotCom, actionsIssuer } };
}

/** undefined: GitHub can send webhooks there. An app whose webhooks never arrive would look healthy. */
export function reachFault(appUrl: string, { webUrl }: GitHubPlace): string | undefined {
  if (isOfThisMachine(new URL(webUrl).hostname)) return undefined;
  const { protocol, hostname } = new URL(appUrl);
  if (protocol === 'https:' && !isOfThisMachine(hostname)) return undefined;
  return `is ${appUrl}, which ${webUrl} cannot send webhooks to; it must be the https URL at which browsers and GitHub reach the edge`;
}

/** RFC 6761 §6.3, RFC 1122 §3.2.1.3, RFC 4291 §2.5.3. */
export function isOfThisMachine(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    /^127(\.\d{1,3}){3}$/.test(hostname) ||
    hostname === '[::1]'
  );
}

/** Of an address that secrets travel to; begins with `must`, to stand after the name of a key, flag or field. */
export function urlFault(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be a URL, such as https://github.example.com';
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (username || password) return 'must not carry a user name or password; leave them out';
  if (search || hash) return 'must not carry a query or fragment; end it before ? or #';
  if (protocol === 'https:' || (protocol === 'http:' && isOfThisMachine(hostname))) {
    return undefined;
  }
  return 'must begin with https:// (http:// is for this machine only)';
}

/** The address as it is given if it is of that GitHub, else `otherwise`. Never one of another host. */
export function ownUrl({ webUrl }: GitHubPlace, url: string, otherwise: string): string {
  const { origin, pathname } = new URL(url);
  return origin === new URL(webUrl).origin ? origin + pathname : otherwise;
}

/** One spelling for one address: the host in lower case, no slash at the end. */
export function plainUrl(text: string): string {
  return new URL(text).href.replace(/\/+$/, '');
}
