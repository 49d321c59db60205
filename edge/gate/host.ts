/**
 * Hosts: which of the gateway's origins a request is for. The name is canonicalised once and matched
 * as a whole; prefix and suffix tests have let strangers in elsewhere.
 */

export interface Hosts {
  /** `byway.example.com`, lower case, no port. */
  appHost: string;
  /** `preview.example.dev`, lower case. */
  previewDomain: string;
}

export type HostMatch = { kind: 'app' } | { kind: 'label'; label: string } | undefined;

/** 253 of the name (RFC 1035 §2.3.4), a final dot, a colon and five digits. */
const maxHostCharacters = 260;

/** Letters, digits and hyphens, dots between, then a port perhaps (RFC 9110 §7.2, RFC 1123 §2.1). */
const pattern = /^([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.?(?::(\d{1,5}))?$/i;

/** The name in lower case without port and final dot; undefined when it is no host name. */
export function canonicalHost(host: string): string | undefined {
  if (host.length > maxHostCharacters) return undefined;
  // Matched before folding: some letters beyond ASCII fold into it (U+212A to k).
  const [, name, port = '0'] = pattern.exec(host) ?? [];
  return Number(port) > 65_535 ? undefined : name?.toLowerCase();
}

/** undefined: neither the app host nor one label below the preview domain; answer 400. */
export function matchHost(hosts: Hosts, host: string): HostMatch {
  const name = canonicalHost(host);
  if (name === undefined) return undefined;
  if (name === hosts.appHost) return { kind: 'app' };
  const cut = name.indexOf('.');
  if (cut <= 0 || name.slice(cut + 1) !== hosts.previewDomain) return undefined;
  return { kind: 'label', label: name.slice(0, cut) };
}

/**
 * App host and preview domain must not share a site, or a preview could set cookies for the app
 * host. Without a public suffix list the rule is: neither is below the other, and their last two
 * labels differ. Returns what is wrong, or undefined.
 */
export function hostsFault({ appHost, previewDomain }: Hosts): string | undefined {
  if (canonicalHost(appHost) !== appHost) return `${appHost} is no host name`;
  if (canonicalHost(previewDomain) !== previewDomain) return `${previewDomain} is no host name`;
  if (`.${appHost}`.endsWith(`.${previewDomain}`) || `.${previewDomain}`.endsWith(`.${appHost}`)) {
    return `${appHost} and ${previewDomain} are the same or one below the other; use different domains`;
  }
  const site = (name: string): string => name.split('.').slice(-2).join('.');
  if (site(appHost) === site(previewDomain)) {
    return `${appHost} and ${previewDomain} share the site ${site(appHost)}; use different domains`;
  }
  return undefined;
}
