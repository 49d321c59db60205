/** Files that `edge.yaml` names and whose text is secret; faults name key and file, never the text. */
import { readFileSync } from 'node:fs';
import { ConfigError } from '#protocol/config.ts';
import { keyGenerationsOf } from '../gate/key-generations.ts';
import { operatorTokensOf } from '../gate/operator-tokens.ts';
import { gitHubSettingsOf, type GitHubSettings } from '../github/settings.ts';

/** The current token, and the former one in a second line. @throws ConfigError */
export function operatorTokensIn(file: string): readonly [string, ...string[]] {
  const text = textOf('operator_token_file', file).replaceAll('\r\n', '\n').trim();
  return named('operator_token_file', file, () => operatorTokensOf(text, '\n'));
}

/** Text of the generations of keys; checked. @throws ConfigError */
export function keysIn(file: string | undefined): string {
  if (file === undefined) return '';
  const text = textOf('keys_file', file);
  named('keys_file', file, () => keyGenerationsOf(text));
  return text;
}

/** The section `github` of the file; paths are absolute. */
export interface GitHubSection {
  web_url?: string | undefined;
  api_url?: string | undefined;
  app_id: number;
  client_id: string;
  client_secret_file: string;
  private_key_file: string;
  webhook_secret_file: string;
  slug: string;
  actions_issuer?: string | undefined;
  deployments?: boolean | undefined;
}

/** @throws ConfigError, a line for each fault */
export function gitHubIn(section: GitHubSection): GitHubSettings {
  const read = (key: 'client_secret_file' | 'private_key_file' | 'webhook_secret_file'): string =>
    textOf(`github.${key}`, section[key]);
  const texts = {
    webUrl: section.web_url,
    apiUrl: section.api_url,
    appId: String(section.app_id),
    clientId: section.client_id,
    clientSecret: read('client_secret_file'),
    privateKey: read('private_key_file'),
    webhookSecrets: read('webhook_secret_file'),
    slug: section.slug,
    actionsIssuer: section.actions_issuer,
    deployments: section.deployments === undefined ? undefined : String(section.deployments),
  };
  const names = {
    webUrl: 'github.web_url',
    apiUrl: 'github.api_url',
    appId: 'github.app_id',
    clientId: 'github.client_id',
    clientSecret: `github.client_secret_file: ${section.client_secret_file}`,
    privateKey: `github.private_key_file: ${section.private_key_file}`,
    webhookSecrets: `github.webhook_secret_file: ${section.webhook_secret_file}`,
    slug: 'github.slug',
    actionsIssuer: 'github.actions_issuer',
    deployments: 'github.deployments',
  };
  return gitHubSettingsOf(texts, names, /\n/);
}

function textOf(key: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read: ${code}`;
    throw new ConfigError(`${key}: ${file} ${why}`);
  }
}

function named<T>(key: string, file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`${key}: ${file}: ${error.message}`);
  }
}
