/** `edge.yaml`; documented in `docs/configuration.md`. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as yaml from 'yaml';
import { z } from 'zod';
import { ConfigError, readConfig } from '#protocol/config.ts';
import { hostsFault, type Hosts } from '../gate/host.ts';

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
  metrics: address.optional(),
});

/** What is no URL at all is another check's to refuse. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { pathname, search, hash, username, password } = new URL(text);
  return pathname === '/' && !(search || hash || username || password);
}

export type EdgeConfig = z.infer<typeof schema> & { hosts: Hosts };

/** Paths in the file are relative to it. @throws ConfigError */
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
  return {
    ...config,
    hosts,
    data_dir: path(config.data_dir),
    operator_token_file: path(config.operator_token_file),
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
}
