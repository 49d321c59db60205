/** What `wrangler.toml` and its secrets give the Worker, checked once. */
import { ConfigError } from '#protocol/config.ts';
import { githubIssuer } from '../gate/github-oidc.ts';
import { hostsFault, type Hosts } from '../gate/host.ts';
import { bytesOfHex, keyGenerationsOf } from '../gate/key-generations.ts';
import { operatorTokensOf } from '../gate/operator-tokens.ts';
import type { GitHubConfig } from '../github/config.ts';
import { gitHubSettingsOf, type GitHubNames, type GitHubSettings } from '../github/settings.ts';

export interface Environment {
  CLUSTER: DurableObjectNamespace;
  ORG: DurableObjectNamespace;
  IDENTITY: DurableObjectNamespace;
  PULL_REQUEST: DurableObjectNamespace;
  /** Origin of the app host: `https://byway.example.com`. */
  APP_URL: string;
  /** `preview.example.dev` */
  PREVIEW_DOMAIN: string;
  /** Secret, 16 to 512 visible characters; while it is being replaced two, the new one first, and a comma. */
  OPERATOR_TOKEN: string;
  /** Secret, 64 hexadecimal digits. Another one makes all tokens and cluster keys void. */
  EDGE_SECRET: string;
  /** Secret: keys that were added to EDGE_SECRET since (`gate/key-generations.ts`). */
  EDGE_KEYS?: string;
  /** The GitHub App. Empty is as good as missing; the first three have defaults. */
  GITHUB_WEB_URL?: string;
  GITHUB_API_URL?: string;
  GITHUB_ACTIONS_ISSUER?: string;
  GITHUB_APP_ID?: string;
  GITHUB_CLIENT_ID?: string;
  GITHUB_SLUG?: string;
  /** `true`: pull requests get a GitHub Deployment. */
  GITHUB_DEPLOYMENTS?: string;
  /** Secret. */
  GITHUB_CLIENT_SECRET?: string;
  /** Secret, PEM. */
  GITHUB_PRIVATE_KEY?: string;
  /** Secret: one, or several with commas or line ends between them. */
  GITHUB_WEBHOOK_SECRETS?: string;
}

export interface Settings {
  hosts: Hosts;
  appUrl: string;
  originOf(label: string): string;
  /** The first of `operatorTokens`. */
  operatorToken: string;
  /** All are good. */
  operatorTokens: readonly [string, ...string[]];
  /** The root secret, 32 bytes. */
  secret: Uint8Array;
  /** Text of the generations of keys; checked. */
  keys: string;
  /** undefined: nobody can log in. */
  github: GitHubConfig | undefined;
  /** `iss` of tokens of GitHub Actions. */
  actionsIssuer: string;
}

/** A binding is missing or wrong. The message names it and is for the operator's log. */
export class EnvironmentFault extends Error {}

/** @throws EnvironmentFault */
export function settingsOf(env: Partial<Environment>): Settings {
  const { APP_URL: app = '', PREVIEW_DOMAIN: previewDomain = '' } = env;
  const { OPERATOR_TOKEN: tokens = '', EDGE_SECRET: secret = '', EDGE_KEYS: keys = '' } = env;
  const url = URL.canParse(app) ? new URL(app) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new EnvironmentFault('APP_URL must be an http or https URL: scheme, host and port only');
  }
  const hosts = { appHost: url.hostname, previewDomain };
  const fault = hostsFault(hosts);
  if (fault) throw new EnvironmentFault(`APP_URL and PREVIEW_DOMAIN: ${fault}`);
  const operatorTokens = checked('OPERATOR_TOKEN ', () => operatorTokensOf(tokens, ','));
  if (!/^[0-9a-f]{64}$/i.test(secret)) {
    throw new EnvironmentFault('EDGE_SECRET must be 64 hexadecimal digits');
  }
  const generations = checked('EDGE_KEYS: ', () => keyGenerationsOf(keys));
  const root = bytesOfHex(secret);
  if (generations.some(({ key }) => key.every((byte, index) => byte === root[index]))) {
    throw new EnvironmentFault('EDGE_KEYS: holds EDGE_SECRET; make a new key');
  }
  const port = url.port === '' ? '' : `:${url.port}`;
  const github = gitHubIn(env);
  return {
    hosts,
    appUrl: url.origin,
    originOf: (label) => `${url.protocol}//${label}.${previewDomain}${port}`,
    operatorToken: operatorTokens[0],
    operatorTokens,
    secret: root,
    keys,
    github: github?.github,
    actionsIssuer: github?.actionsIssuer ?? githubIssuer,
  };
}

const gitHubNames: GitHubNames = {
  webUrl: 'GITHUB_WEB_URL',
  apiUrl: 'GITHUB_API_URL',
  appId: 'GITHUB_APP_ID',
  clientId: 'GITHUB_CLIENT_ID',
  clientSecret: 'GITHUB_CLIENT_SECRET',
  privateKey: 'GITHUB_PRIVATE_KEY',
  webhookSecrets: 'GITHUB_WEBHOOK_SECRETS',
  slug: 'GITHUB_SLUG',
  actionsIssuer: 'GITHUB_ACTIONS_ISSUER',
  deployments: 'GITHUB_DEPLOYMENTS',
};

/** Of the bindings that have no default all are there, or none. */
function gitHubIn(env: Partial<Environment>): GitHubSettings | undefined {
  const needed = {
    GITHUB_APP_ID: env.GITHUB_APP_ID?.trim() ?? '',
    GITHUB_CLIENT_ID: env.GITHUB_CLIENT_ID?.trim() ?? '',
    GITHUB_SLUG: env.GITHUB_SLUG?.trim() ?? '',
    GITHUB_CLIENT_SECRET: env.GITHUB_CLIENT_SECRET?.trim() ?? '',
    GITHUB_PRIVATE_KEY: env.GITHUB_PRIVATE_KEY?.trim() ?? '',
    GITHUB_WEBHOOK_SECRETS: env.GITHUB_WEBHOOK_SECRETS?.trim() ?? '',
  };
  const names = Object.entries(needed);
  const missing = names.filter(([, value]) => value === '').map(([name]) => name);
  if (missing.length === names.length) return undefined;
  if (missing.length > 0) {
    const what = 'missing, while other values of the GitHub App are there; set all or none';
    throw new EnvironmentFault(`${missing.join(', ')}: ${what}`);
  }
  const texts = {
    webUrl: env.GITHUB_WEB_URL,
    apiUrl: env.GITHUB_API_URL,
    actionsIssuer: env.GITHUB_ACTIONS_ISSUER,
    deployments: env.GITHUB_DEPLOYMENTS,
    appId: needed.GITHUB_APP_ID,
    clientId: needed.GITHUB_CLIENT_ID,
    clientSecret: needed.GITHUB_CLIENT_SECRET,
    privateKey: needed.GITHUB_PRIVATE_KEY,
    webhookSecrets: needed.GITHUB_WEBHOOK_SECRETS,
    slug: needed.GITHUB_SLUG,
  };
  return checked('', () => gitHubSettingsOf(texts, gitHubNames, /[\n,]/));
}

function checked<T>(prefix: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigError) throw new EnvironmentFault(`${prefix}${error.message}`);
    throw error;
  }
}
