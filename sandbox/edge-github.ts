/** The GitHub App of an edge in a stack: as files for the Node engine, as bindings for the other one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GitHubSandbox } from './github/github.ts';

export interface EdgeGitHub {
  webUrl: string;
  apiUrl: string;
  appId: number;
  clientId: string;
  clientSecret: string;
  /** PEM */
  privateKey: string;
  webhookSecret: string;
  slug: string;
  actionsIssuer: string;
  /** Whether pull requests get a GitHub Deployment. @default false */
  deployments?: boolean;
}

/** Paths at the edge that the app has to know: for `startGitHub`. */
export function appAddressesOf(appUrl: string): { webhookUrl: string; callbackUrls: string[] } {
  return {
    webhookUrl: `${appUrl}/webhooks/github`,
    callbackUrls: [`${appUrl}/auth/github/callback`],
  };
}

/**
 * The first app of a sandbox. By its loopback address throughout: browsers and edge are sent to the same
 * place, and the edge's resolver may not know names under `localhost`.
 */
export function gitHubOf({ loopbackUrl, state }: GitHubSandbox): EdgeGitHub {
  const [app] = state.world.apps;
  if (!app) throw new Error('the GitHub sandbox has no app');
  return {
    webUrl: loopbackUrl,
    apiUrl: `${loopbackUrl}/api/v3`,
    appId: app.id,
    clientId: app.client_id,
    clientSecret: app.client_secret,
    privateKey: app.private_key,
    webhookSecret: app.webhook_secret,
    slug: app.slug,
    actionsIssuer: `${loopbackUrl}/_sandbox/oidc`,
  };
}

/** The section `github` of `edge.yaml`, whose files are written beside it. */
export function gitHubSection(github: EdgeGitHub, dir: string): Record<string, unknown> {
  const write = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text, { mode: 0o600 });
    return name;
  };
  return {
    web_url: github.webUrl,
    api_url: github.apiUrl,
    app_id: github.appId,
    client_id: github.clientId,
    client_secret_file: write('github-client.secret', github.clientSecret),
    private_key_file: write('github-app.pem', github.privateKey),
    webhook_secret_file: write('github-webhook.secret', github.webhookSecret),
    slug: github.slug,
    actions_issuer: github.actionsIssuer,
    ...(github.deployments === undefined ? {} : { deployments: github.deployments }),
  };
}

export function gitHubBindings(github: EdgeGitHub): Record<string, string> {
  return {
    GITHUB_WEB_URL: github.webUrl,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_APP_ID: String(github.appId),
    GITHUB_CLIENT_ID: github.clientId,
    GITHUB_CLIENT_SECRET: github.clientSecret,
    GITHUB_PRIVATE_KEY: github.privateKey,
    GITHUB_WEBHOOK_SECRETS: github.webhookSecret,
    GITHUB_SLUG: github.slug,
    GITHUB_ACTIONS_ISSUER: github.actionsIssuer,
    ...(github.deployments === undefined ? {} : { GITHUB_DEPLOYMENTS: String(github.deployments) }),
  };
}
