/** The answer's head: what names the layer-5 host names the preview instead, on exact match only. */
import type { Route } from '#protocol/control.ts';

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** `:status`, `:reason`, then fields. */
export function viewerHead(
  status: number,
  reason: string,
  fields: readonly string[],
  route: Route,
): string[] {
  const head = [':status', String(status), ':reason', reason];
  let named = '';
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    const value = fields[index + 1] ?? '';
    const lower = name.toLowerCase();
    if (!hopByHop.has(lower)) head.push(name, rewritten(lower, value, route));
    else if (lower === 'connection') named += `,${value}`;
  }
  return named === '' || ordinary.test(named) ? head : withoutNamed(head, named);
}

/** What nearly every Connection field says; nothing else has to go then. */
const ordinary = /^,\s*(?:close|keep-alive|upgrade)\s*$/i;

/** `Connection` does not take these along: they belong to the message. */
const notHopByHop = /^(?::|content-|set-cookie$|date$|location$)/;

function withoutNamed(head: readonly string[], list: string): string[] {
  const named = new Set(list.split(',').map((option) => option.trim().toLowerCase()));
  const kept: string[] = [];
  for (let index = 0; index < head.length; index += 2) {
    const name = head[index] ?? '';
    const lower = name.toLowerCase();
    if (!named.has(lower) || notHopByHop.test(lower)) kept.push(name, head[index + 1] ?? '');
  }
  return kept;
}

function rewritten(name: string, value: string, route: Route): string {
  switch (name) {
    case 'location':
    case 'content-location':
    case 'access-control-allow-origin':
      return withOrigin(value, route);
    case 'refresh':
      return value.replace(
        /^(\s*[\d.]*\s*[;,]\s*(?:url\s*=\s*)?["']?)(.*)$/i,
        (_all, before: string, url: string) => before + withOrigin(url, route),
      );
    case 'set-cookie':
      return withoutDomain(value, route);
    default:
      return value;
  }
}

/** Replaces the origin of an absolute URL whose host is the layer-5 host. */
function withOrigin(url: string, { origin, ingress }: Route): string {
  const match = /^(https?:)?\/\/([^/?#]*)(.*)$/is.exec(url);
  if (!match) return url;
  const [, scheme, authority = '', rest = ''] = match;
  if (hostOf(authority) !== hostOf(ingress.l5) || !isIngressPort(authority, ingress)) return url;
  const target = scheme === undefined ? origin.replace(/^https?:/, '') : origin;
  return target + rest;
}

/** Another port of the same host is another app. */
function isIngressPort(authority: string, ingress: Route['ingress']): boolean {
  const port = /:(\d*)$/.exec(authority)?.[1];
  const wanted = /:(\d+)$/.exec(ingress.l5)?.[1];
  if (port === undefined || port === '') return true;
  return ['80', '443', String(ingress.port), wanted].includes(port);
}

function hostOf(authority: string): string {
  return authority.toLowerCase().replace(/:\d*$/, '');
}

/**
 * A cookie for the layer-5 host, or a domain above it, becomes one of the preview's host alone. So
 * does one for the preview's own domain: no preview may set cookies for another.
 */
function withoutDomain(cookie: string, { ingress, origin }: Route): string {
  if (!/;\s*domain\s*=/i.test(cookie)) return cookie;
  const parts = cookie.split(';');
  const host = hostOf(ingress.l5);
  const preview = hostOf(origin.replace(/^https?:\/\//, ''));
  const kept = parts.filter((part, index) => {
    const domain =
      index > 0 ? /^\s*domain\s*=\s*\.?(.*?)\s*$/i.exec(part)?.[1]?.toLowerCase() : undefined;
    return domain === undefined || !(isWithin(host, domain) || isWithin(preview, domain));
  });
  return kept.join(';');
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
