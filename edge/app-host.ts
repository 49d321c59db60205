/** The app host, put together; the same on every engine. */
import { pullLink } from '#github-app/pull-link.ts';
import type { Context, Hono } from 'hono';
import { appOf } from './api/app.ts';
import type { PullRequestLink } from './dashboard/services.ts';
import type { Gate } from './gate/gate.ts';
import type { Secrets } from './gate/secrets.ts';
import { appHealthOf } from './github/app-health.ts';
import type { GitHubConfig } from './github/config.ts';
import { OAuth } from './github/oauth.ts';
import { loginPortOf } from './login/login-port.ts';
import type { LoginServices } from './login/services.ts';
import type { Objects, Preview } from './objects/calls.ts';
import type { SetupStore } from './setup/ports.ts';

export interface AppHost {
  gate: Gate;
  objects: Objects;
  secrets: Secrets;
  operatorTokens: readonly string[];
  github: GitHubConfig | undefined;
  /** `iss` of tokens of GitHub Actions. */
  actionsIssuer: string;
  /** Of a new cluster. */
  shards: number;
  version: string;
  /** Where a request came from: an IP address. */
  addressOf(c: Context): string;
  /** undefined: a GitHub App that is set up in the browser has to be stored by hand. */
  setupStore?: SetupStore | undefined;
  report(error: Error): void;
}

export async function appHostOf(host: AppHost): Promise<Hono> {
  const { gate, objects, secrets, github, operatorTokens, shards, version, addressOf } = host;
  const { clock, random, log, appOrigin, originOf } = gate;
  const { tokenHash } = secrets;
  const login: LoginServices | undefined = github && {
    port: loginPortOf(objects),
    ring: secrets.ring,
    sealKeys: secrets.sealKeys,
    oauth: new OAuth(github, { clock, log }),
    ...{ appOrigin, addressOf, clock, random, log },
  };
  const operatorHashes = await Promise.all(operatorTokens.map((token) => tokenHash.of(token)));
  const { sealKeys } = secrets;
  return appOf({
    ...{ objects, shards, version, originOf, tokenHash, clock, log, addressOf },
    appUrl: appOrigin,
    operatorHashes,
    ...(login && { login }),
    setup: {
      ...{ store: host.setupStore, operatorHashes, tokenHash, sealKeys, appOrigin },
      ...{ addressOf, clock, random, log },
      identity: () => objects.identity(),
    },
    ...(github && {
      dashboard: {
        gitHubApp: appHealthOf(github, { clock, log }),
        pullRequests: async (_organisationId, previews) => pullRequestLinks(github, previews),
      },
    }),
    ...(github && { github: { config: github, issuer: host.actionsIssuer } }),
    report: (error) => host.report(error),
  });
}

/** The first of those that show a preview. */
function pullRequestLinks(
  { webUrl }: GitHubConfig,
  previews: readonly Preview[],
): ReadonlyMap<string, PullRequestLink> {
  const links = new Map<string, PullRequestLink>();
  for (const { label, pulls = [] } of previews) {
    const [pull] = pulls;
    if (!pull) continue;
    links.set(label, pullLink(webUrl, pull));
  }
  return links;
}
