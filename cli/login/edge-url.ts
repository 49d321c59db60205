/** Which edge a login is for. */
import { ExitCode, Failure } from '../failure.ts';

/**
 * The edge's origin. Tokens travel to it, so plain HTTP is for this machine only (RFC 6749 §1.6).
 * @throws Failure naming `where` the URL stands
 */
export function parseEdgeUrl(where: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Failure(ExitCode.usage, `${where} ${text}: must be an https URL`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new Failure(ExitCode.usage, `${where}: must have no user or password in it`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new Failure(
      ExitCode.usage,
      `${where} ${text}: must be scheme, host and port only, like ${url.origin}`,
    );
  }
  if (url.protocol === 'http:' && !isLocal(url.hostname)) {
    throw new Failure(
      ExitCode.usage,
      `${where} ${text}: must be https; http is for localhost only, as the login would be readable on its way`,
    );
  }
  return url.origin;
}

/** RFC 6761 §6.3, RFC 1122 §3.2.1.3, RFC 4291 §2.5.3. */
function isLocal(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    /^127(\.\d{1,3}){3}$/.test(hostname) ||
    hostname === '[::1]'
  );
}

/** Whether both URLs are the same edge's. */
export function sameEdge(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).origin === new URL(other).origin;
}
