/**
 * What the edge knows about its GitHub App and where GitHub is. The two URLs are the only thing that
 * tells github.com, GitHub Enterprise Server, GHE.com and a stand-in apart.
 */
import { ConfigError } from '#protocol/config.ts';
import { plainUrl, urlFault } from '#github-app/registration/place.ts';
import { pkcs8PemOf, PrivateKeyError } from './private-key.ts';

export interface GitHubConfig {
  /** `https://github.com`, `https://github.example.com`; no slash at the end. */
  webUrl: string;
  /** `https://api.github.com`, `https://github.example.com/api/v3`; no slash at the end. */
  apiUrl: string;
  appId: number;
  clientId: string;
  clientSecret: string;
  /** PEM. GitHub hands out PKCS#1, Web Crypto takes PKCS#8 only; after `gitHubConfigOf` PKCS#8. */
  privateKey: string;
  /** Each is good; more than one while a secret is being replaced. */
  webhookSecrets: readonly string[];
  /** The app's name in URLs: `https://github.com/apps/<slug>`. */
  slug: string;
  /** Whether pull requests get a GitHub Deployment, for which the app needs *Deployments: write*. */
  deployments?: boolean;
}

/** Shorter ones can be guessed from one captured delivery. GitHub's own have 40 characters. */
export const minWebhookSecretCharacters = 16;

/** The configuration in the form that the rest uses. @throws ConfigError, one line for each fault */
export function gitHubConfigOf(raw: GitHubConfig): GitHubConfig {
  const faults: string[] = [];
  const note = (key: string, fault: string | undefined): void => {
    if (fault !== undefined) faults.push(`${key}: ${fault}`);
  };
  note('webUrl', urlFault(raw.webUrl));
  note('apiUrl', urlFault(raw.apiUrl));
  note('appId', appIdFault(raw.appId));
  note('clientId', clientIdFault(raw.clientId));
  note('clientSecret', raw.clientSecret === '' ? 'is empty' : undefined);
  note('privateKey', privateKeyFault(raw.privateKey));
  note('webhookSecrets', webhookSecretsFault(raw.webhookSecrets));
  note('slug', slugFault(raw.slug));
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return {
    ...raw,
    webUrl: plainUrl(raw.webUrl),
    apiUrl: plainUrl(raw.apiUrl),
    privateKey: pkcs8PemOf(raw.privateKey),
  };
}

export function appIdFault(id: number): string | undefined {
  return Number.isSafeInteger(id) && id > 0 ? undefined : 'must be the numeric App ID';
}

export function clientIdFault(id: string): string | undefined {
  return /^[A-Za-z0-9._-]{1,100}$/.test(id) ? undefined : 'must be the Client ID, such as Iv23li…';
}

export function slugFault(slug: string): string | undefined {
  return /^[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?$/.test(slug)
    ? undefined
    : 'must be the last part of https://github.com/apps/…';
}

export function webhookSecretsFault(secrets: readonly string[]): string | undefined {
  if (secrets.length === 0) return 'must hold at least one secret';
  if (secrets.some((secret) => secret.length < minWebhookSecretCharacters)) {
    return `each must have at least ${minWebhookSecretCharacters} characters`;
  }
  return undefined;
}

export function privateKeyFault(pem: string): string | undefined {
  try {
    pkcs8PemOf(pem);
    return undefined;
  } catch (error) {
    if (error instanceof PrivateKeyError) return error.message;
    throw error;
  }
}
