/** Which GitHub the app is registered at. */
import { ExitCode, Failure } from '../failure.ts';

export interface GitHubPlace {
  /** `https://github.com`; no slash at the end. */
  webUrl: string;
  /** `https://api.github.com`; no slash at the end. */
  apiUrl: string;
  isDotCom: boolean;
  /** `iss` of tokens of GitHub Actions, where the edge does not know it from `webUrl`. */
  actionsIssuer: string | undefined;
}

const dotCom = { web: 'https://github.com', api: 'https://api.github.com' };

/** Of `--github-url` and `--api-url`. @throws Failure naming the flag */
export function placeOf(web: string | undefined, api: string | undefined): GitHubPlace {
  const webUrl = parse('--github-url', web ?? dotCom.web);
  const host = new URL(webUrl).hostname;
  const isDotCom = webUrl === dotCom.web;
  const tenant = /^([a-z0-9-]+)\.ghe\.com$/.exec(host)?.[1];
  const usual = tenant === undefined ? `${webUrl}/api/v3` : `https://api.${tenant}.ghe.com`;
  const apiUrl = parse('--api-url', api ?? (isDotCom ? dotCom.api : usual));
  // The secrets of one GitHub must not travel to another one.
  if (isDotCom !== (apiUrl === dotCom.api)) {
    throw new Failure(
      ExitCode.usage,
      '--github-url and --api-url must belong to the same GitHub; give both, or the first alone',
    );
  }
  const actionsIssuer =
    tenant === undefined ? undefined : `https://token.actions.${tenant}.ghe.com`;
  return { webUrl, apiUrl, isDotCom, actionsIssuer };
}

function parse(flag: string, text: string): string {
  const fault = faultOf(text);
  if (fault !== undefined) throw new Failure(ExitCode.usage, `${flag} ${text}: ${fault}`);
  return new URL(text).href.replace(/\/+$/, '');
}

/** The edge asks the same of `web_url` and `api_url`. */
function faultOf(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be a URL, such as https://github.example.com';
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (username || password) return 'must not carry a user name or password';
  if (search || hash) return 'must not carry a query or fragment';
  if (protocol === 'https:' || (protocol === 'http:' && isOfThisMachine(hostname))) {
    return undefined;
  }
  return 'must begin with https:// (http:// is for this machine only)';
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

/** An app whose webhooks never arrive would look healthy. @throws Failure */
export function checkReach(appUrl: string, where: string, { webUrl }: GitHubPlace): void {
  if (isOfThisMachine(new URL(webUrl).hostname)) return;
  const { protocol, hostname } = new URL(appUrl);
  if (protocol === 'https:' && !isOfThisMachine(hostname)) return;
  throw new Failure(
    ExitCode.notConfigured,
    `${where} is ${appUrl}, which ${webUrl} cannot send webhooks to; it must be the https URL at which browsers and GitHub reach the edge`,
  );
}
