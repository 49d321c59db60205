/** What `wrangler.toml` and its secrets give the Worker, checked once. */
import { hostsFault, type Hosts } from '../gate/host.ts';

export interface Environment {
  CLUSTER: DurableObjectNamespace;
  ORG: DurableObjectNamespace;
  /** Origin of the app host: `https://byway.example.com`. */
  APP_URL: string;
  /** `preview.example.dev` */
  PREVIEW_DOMAIN: string;
  /** Secret, 16 to 512 visible characters. */
  OPERATOR_TOKEN: string;
  /** Secret, 64 hexadecimal digits. Another one makes all tokens and cluster keys void. */
  EDGE_SECRET: string;
}

export interface Settings {
  hosts: Hosts;
  appUrl: string;
  originOf(label: string): string;
  operatorToken: string;
  secret: Uint8Array;
}

/** A binding is missing or wrong. The message names it and is for the operator's log. */
export class EnvironmentFault extends Error {}

/** @throws EnvironmentFault */
export function settingsOf(env: Partial<Environment>): Settings {
  const { APP_URL: app = '', PREVIEW_DOMAIN: previewDomain = '' } = env;
  const { OPERATOR_TOKEN: operatorToken = '', EDGE_SECRET: secret = '' } = env;
  const url = URL.canParse(app) ? new URL(app) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new EnvironmentFault('APP_URL must be an http or https URL: scheme, host and port only');
  }
  const hosts = { appHost: url.hostname, previewDomain };
  const fault = hostsFault(hosts);
  if (fault) throw new EnvironmentFault(`APP_URL and PREVIEW_DOMAIN: ${fault}`);
  if (!/^[\x21-\x7e]{16,512}$/.test(operatorToken)) {
    throw new EnvironmentFault('OPERATOR_TOKEN must have 16 to 512 visible characters');
  }
  if (!/^[0-9a-f]{64}$/i.test(secret)) {
    throw new EnvironmentFault('EDGE_SECRET must be 64 hexadecimal digits');
  }
  const port = url.port === '' ? '' : `:${url.port}`;
  return {
    hosts,
    appUrl: url.origin,
    originOf: (label) => `${url.protocol}//${label}.${previewDomain}${port}`,
    operatorToken,
    secret: Uint8Array.from(secret.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)),
  };
}
