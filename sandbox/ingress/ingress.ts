/** What an ingress of the sandbox is told, whichever program it is. */

export interface IngressRule {
  /** Host name without a port; compared without regard to case. */
  readonly host: string;
  /** `http://HOST:PORT`, without a path. */
  readonly upstream: string;
}

export interface IngressOptions {
  /** Plain HTTP. This or `tls` is needed. `host` must be a loopback address. */
  readonly listen?: { readonly host?: string; readonly port: number };
  readonly rules: readonly IngressRule[];
  /** HTTPS besides it, on the same host; `cert` and `key` are PEM files. */
  readonly tls?: { readonly port: number; readonly cert: string; readonly key: string };
  /** Where hosts without a rule go when the path begins with `pathPrefix`. Without it: 404. */
  readonly fallback?: { readonly pathPrefix: string; readonly upstream: string };
}

export interface IngressProcess {
  /** `http://HOST:PORT`; `https://…` where there is TLS only. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export const noSuchHost = 'no such host\n';

export interface Target {
  readonly host: string;
  readonly port: number;
}

const defaultHost = '127.0.0.1';
const loopback = /^(127(\.\d{1,3}){3}|::1)$/;
const hostName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

export interface VerifiedIngress {
  readonly host: string;
  readonly port: number | undefined;
  readonly tls: IngressOptions['tls'];
  /** By host in lower case. */
  readonly targets: ReadonlyMap<string, Target>;
  readonly fallback: { readonly pathPrefix: string; readonly target: Target } | undefined;
  readonly url: string;
}

/** @throws TypeError that names what is wrong */
export function verifyIngress({ listen, rules, tls, fallback }: IngressOptions): VerifiedIngress {
  const host = listen?.host ?? defaultHost;
  if (!loopback.test(host)) throw new TypeError(`listen.host ${host}: must be a loopback address`);
  if (!listen && !tls) throw new TypeError('listen or tls is needed');
  if (listen) verifyPort('listen.port', listen.port);
  if (tls) verifyPort('tls.port', tls.port);
  const targets = new Map<string, Target>();
  for (const { host: name, upstream } of rules) {
    const key = name.toLowerCase();
    if (!hostName.test(key)) throw new TypeError(`rule ${name}: is no host name`);
    if (targets.has(key)) throw new TypeError(`rule ${name}: is there twice`);
    targets.set(key, targetOf(upstream));
  }
  if (fallback && !/^\/[\w./~-]*$/.test(fallback.pathPrefix))
    throw new TypeError(`fallback.pathPrefix ${fallback.pathPrefix}: must be a plain path`);
  const authority = (port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    host,
    port: listen?.port,
    tls,
    targets,
    fallback: fallback && {
      pathPrefix: fallback.pathPrefix,
      target: targetOf(fallback.upstream),
    },
    url: listen ? `http://${authority(listen.port)}` : `https://${authority(tls?.port ?? 0)}`,
  };
}

/** The upstream for a request. */
export function targetFor(
  { targets, fallback }: VerifiedIngress,
  hostField: string | undefined,
  path: string,
): Target | undefined {
  const name = (hostField ?? '').toLowerCase().replace(/:\d*$/, '');
  return (
    targets.get(name) ??
    (fallback && path.startsWith(fallback.pathPrefix) ? fallback.target : undefined)
  );
}

function targetOf(upstream: string): Target {
  const match = /^http:\/\/([\w.-]+):(\d{1,5})\/?$/.exec(upstream);
  if (!match) throw new TypeError(`upstream ${upstream}: must be http://HOST:PORT`);
  const port = Number(match[2]);
  verifyPort(`upstream ${upstream}`, port);
  return { host: match[1] ?? '', port };
}

function verifyPort(what: string, port: number): void {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new TypeError(`${what} ${port}: must be a port from 1 to 65535`);
}
