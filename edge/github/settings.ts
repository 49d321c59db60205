/** The GitHub App as an operator writes it down, on either engine: texts with names of their own. */
import { urlFault } from '#github-app/registration/place.ts';
import { ConfigError } from '#protocol/config.ts';
import { githubIssuer } from '../gate/github-oidc.ts';
import { gitHubConfigOf, type GitHubConfig } from './config.ts';

export const gitHubDotCom = { webUrl: 'https://github.com', apiUrl: 'https://api.github.com' };

/** As they stand in files and variables; blanks around them do not count. */
export interface GitHubTexts {
  /** @default 'https://github.com' */
  webUrl?: string | undefined;
  /** @default 'https://api.github.com'; must be there when `webUrl` is another GitHub's */
  apiUrl?: string | undefined;
  appId: string;
  clientId: string;
  clientSecret: string;
  privateKey: string;
  /** One or several. */
  webhookSecrets: string;
  slug: string;
  /** @default that of GitHub Actions at `webUrl` */
  actionsIssuer?: string | undefined;
  /** `true`: pull requests get a GitHub Deployment. @default 'false' */
  deployments?: string | undefined;
}

export interface GitHubSettings {
  github: GitHubConfig;
  /** `iss` of tokens that GitHub Actions gives to its jobs. */
  actionsIssuer: string;
}

/** What the operator calls each text; stands before what is wrong with it. */
export type GitHubNames = Readonly<Record<keyof GitHubTexts, string>>;

/** `separator`: between webhook secrets. @throws ConfigError: a line `<name>: <fault>` for each fault */
export function gitHubSettingsOf(
  texts: GitHubTexts,
  names: GitHubNames,
  separator: RegExp,
): GitHubSettings {
  const webUrl = given(texts.webUrl) ?? gitHubDotCom.webUrl;
  const isDotCom = urlKey(webUrl) === gitHubDotCom.webUrl;
  const apiUrl = given(texts.apiUrl) ?? gitHubDotCom.apiUrl;
  const faults: string[] = [];
  // The client secret of one GitHub must not travel to another one.
  if (isDotCom !== (urlKey(apiUrl) === gitHubDotCom.apiUrl)) {
    faults.push(`${names.webUrl}, ${names.apiUrl}: must belong to the same GitHub; give both`);
  }
  // Numeric ids of repositories mean something at their own GitHub only.
  const issuer =
    given(texts.actionsIssuer) ?? (isDotCom ? githubIssuer : `${urlKey(webUrl)}/_services/token`);
  const issuerFault = urlFault(issuer);
  if (issuerFault !== undefined) faults.push(`${names.actionsIssuer}: ${issuerFault}`);
  else if (isDotCom !== (new URL(issuer).origin === githubIssuer)) {
    faults.push(`${names.actionsIssuer}: must be of the GitHub that ${names.webUrl} names`);
  }
  const clientSecret = texts.clientSecret.trim();
  if (/[^\x21-\x7e]/.test(clientSecret)) {
    faults.push(`${names.clientSecret}: must be one word of visible characters`);
  }
  const deployments = given(texts.deployments) ?? 'false';
  if (!/^(?:true|false)$/.test(deployments)) {
    faults.push(`${names.deployments}: must be true or false`);
  }
  const appId = texts.appId.trim();
  const raw: GitHubConfig = {
    webUrl,
    apiUrl,
    appId: /^\d{1,16}$/.test(appId) ? Number(appId) : Number.NaN,
    clientId: texts.clientId.trim(),
    clientSecret,
    privateKey: texts.privateKey.trim(),
    webhookSecrets: texts.webhookSecrets
      .split(separator)
      .map((secret) => secret.trim())
      .filter((secret) => secret !== ''),
    slug: texts.slug.trim(),
    ...(deployments === 'true' ? { deployments: true } : {}),
  };
  const github = configOf(raw, names, faults);
  if (!github || faults.length > 0) throw new ConfigError(faults.join('\n'));
  return { github, actionsIssuer: urlKey(issuer) };
}

/** undefined: `faults` says why. */
function configOf(
  raw: GitHubConfig,
  names: GitHubNames,
  faults: string[],
): GitHubConfig | undefined {
  try {
    return gitHubConfigOf(raw);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const line of error.message.split('\n')) faults.push(renamed(line, names));
    return undefined;
  }
}

/** `privateKey: is …` in the operator's words. */
function renamed(line: string, names: GitHubNames): string {
  const colon = line.indexOf(':');
  const name = Object.entries(names).find(([key]) => key === line.slice(0, colon))?.[1];
  return name === undefined ? line : name + line.slice(colon);
}

function given(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
}

/** One spelling for one place: no slash at the end, the host in lower case. */
function urlKey(text: string): string {
  return (URL.canParse(text) ? new URL(text).href : text).replace(/\/+$/, '');
}
