/** `edge.yaml`; documented in `docs/configuration.md`. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as yaml from 'yaml';
import { z } from 'zod';
import { ConfigError, readConfig } from '#protocol/config.ts';
import { githubIssuer } from '../gate/github-oidc.ts';
import { hostsFault, type Hosts } from '../gate/host.ts';
import type { GitHubSettings } from '../github/settings.ts';
import { gitHubFileOf, gitHubOfFile } from './github-file.ts';
import { gitHubIn, keysIn, operatorTokensIn } from './secret-files.ts';

const address = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.int().min(0).max(65_535),
});

const schema = z.strictObject({
  app_url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .refine(isOrigin, 'must be scheme, host and port only'),
  preview_domain: z.string(),
  listen: address,
  tls: z
    .strictObject({ listen: address, certificate_file: z.string(), key_file: z.string() })
    .optional(),
  data_dir: z.string(),
  operator_token_file: z.string(),
  keys_file: z.string().optional(),
  github: z
    .strictObject({
      web_url: z.string().optional(),
      api_url: z.string().optional(),
      app_id: z.int().min(1),
      client_id: z.string(),
      client_secret_file: z.string(),
      private_key_file: z.string(),
      webhook_secret_file: z.string(),
      slug: z.string(),
      actions_issuer: z.string().optional(),
      deployments: z.boolean().optional(),
    })
    .optional(),
  metrics: address.optional(),
});

/** What is no URL at all is another check's to refuse. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { pathname, search, hash, username, password } = new URL(text);
  return pathname === '/' && !(search || hash || username || password);
}

type File = z.infer<typeof schema>;

export interface EdgeConfig extends Omit<File, 'github'> {
  hosts: Hosts;
  /** All are good; the current one first. */
  operatorTokens: readonly [string, ...string[]];
  /** Text of the generations of keys (`gate/key-generations.ts`); checked. */
  keys: string;
  /** Of the file, or set up in the browser; undefined: nobody can log in. */
  github: GitHubSettings['github'] | undefined;
  /** `iss` of tokens of GitHub Actions. */
  actionsIssuer: string;
}

/** Paths in the file are relative to it; what they lead to is read, but for TLS. @throws ConfigError */
export function loadEdgeConfig(file: string): EdgeConfig {
  const config = readConfig(yaml, schema, file, readFileSync(file, 'utf8'));
  const path = (name: string): string => resolve(dirname(file), name);
  const appUrl = new URL(config.app_url);
  if (appUrl.protocol === 'https:' && appUrl.port === '0' && !config.tls) {
    throw new ConfigError(
      `${file}: app_url: port 0 of an https URL is that of tls, which is missing`,
    );
  }
  const hosts: Hosts = {
    appHost: appUrl.hostname,
    previewDomain: config.preview_domain,
  };
  const fault = hostsFault(hosts);
  if (fault) throw new ConfigError(`${file}: app_url and preview_domain: ${fault}`);
  const { github: section, ...rest } = config;
  const files = {
    data_dir: path(config.data_dir),
    operator_token_file: path(config.operator_token_file),
    ...(config.keys_file === undefined ? {} : { keys_file: path(config.keys_file) }),
    ...(config.tls
      ? {
          tls: {
            ...config.tls,
            certificate_file: path(config.tls.certificate_file),
            key_file: path(config.tls.key_file),
          },
        }
      : {}),
  };
  return { ...rest, ...files, hosts, ...secretsIn(file, { ...rest, ...files }, section, path) };
}

/** What the named files hold. */
function secretsIn(
  file: string,
  { data_dir, operator_token_file, keys_file }: Omit<File, 'github'>,
  section: File['github'],
  path: (name: string) => string,
): Pick<EdgeConfig, 'operatorTokens' | 'keys' | 'github' | 'actionsIssuer'> {
  try {
    const settings = section
      ? gitHubIn({
          ...section,
          client_secret_file: path(section.client_secret_file),
          private_key_file: path(section.private_key_file),
          webhook_secret_file: path(section.webhook_secret_file),
        })
      : gitHubOfFile(gitHubFileOf(data_dir));
    return {
      operatorTokens: operatorTokensIn(operator_token_file),
      keys: keysIn(keys_file),
      github: settings?.github,
      actionsIssuer: settings?.actionsIssuer ?? githubIssuer,
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.message.replaceAll(/^/gm, `${file}: `));
  }
}
