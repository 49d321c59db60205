/** The answer's head: what names the layer-5 host names the preview instead, on exact match only. */
import type { Route } from '#protocol/control.ts';

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
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
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    const value = fields[index + 1] ?? '';
    const lower = name.toLowerCase();
    if (!hopByHop.has(lower)) head.push(name, rewritten(lower, value, route));
  }
  return head;
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
 * A cookie for the layer-5 host, or a domain above it, becomes one of the preview's host alone: no
 * preview may set cookies for another.
 */
function withoutDomain(cookie: string, { ingress }: Route): string {
  const parts = cookie.split(';');
  const host = hostOf(ingress.l5);
  const kept = parts.filter((part, index) => {
    const domain =
      index > 0 ? /^\s*domain\s*=\s*\.?(.*?)\s*$/i.exec(part)?.[1]?.toLowerCase() : undefined;
    return domain === undefined || (domain !== host && !host.endsWith(`.${domain}`));
  });
  return kept.length === parts.length ? cookie : kept.join(';');
}
