/** The edge on Cloudflare: secrets of the Worker by wrangler, and variables in `wrangler.toml`. */
import { readFileSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { ExitCode, Failure } from '../failure.ts';
import { pkcs8PemOf } from './app-key.ts';
import type { RegisteredApp } from '#github-app/registration/registered-app.ts';
import type { GitHubPlace } from '#github-app/registration/place.ts';
import type { SetupStore, Stored } from './store.ts';
import { writeTogether } from './whole-files.ts';
import { varsIn, type VarsSection } from './wrangler-toml.ts';
import { runWrangler } from './wrangler.ts';

const identity = ['GITHUB_APP_ID', 'GITHUB_CLIENT_ID', 'GITHUB_SLUG'] as const;

export interface CloudflareOptions {
  /** `wrangler.toml` */
  file: string;
  environment: string;
  force: boolean;
}

/** @throws Failure unless the secrets can be stored there */
export async function cloudflareStore(options: CloudflareOptions): Promise<SetupStore> {
  const { file, environment, force } = options;
  const { values } = sectionOf(options);
  const where = `APP_URL in [env.${environment}.vars] of ${file}`;
  const appUrl = values.get('APP_URL') ?? '';
  if (!URL.canParse(appUrl) || !/^https?:$/.test(new URL(appUrl).protocol)) {
    const what = appUrl === '' ? 'is missing' : `is ${appUrl}`;
    throw new Failure(ExitCode.notConfigured, `${where} ${what}; it must be the edge's URL`);
  }
  const there = identity.filter((name) => (values.get(name) ?? '') !== '');
  if (there.length > 0 && !force) {
    throw new Failure(
      ExitCode.refused,
      `a GitHub App is configured already: ${there.join(', ')} in [env.${environment}.vars] of ${file}. --force replaces it`,
    );
  }
  const { code, said } = await runWrangler(dirname(file), ['whoami', '--json'], '');
  if (code !== 0) {
    const isLoggedOut = /"loggedIn":\s*false/.test(said);
    throw new Failure(
      ExitCode.notConfigured,
      isLoggedOut
        ? 'wrangler is not logged in at Cloudflare; run npx wrangler login, or set CLOUDFLARE_API_TOKEN'
        : `wrangler does not work here: wrangler whoami ended with ${code}. It says:\n${said}`,
    );
  }
  return {
    appUrl: new URL(appUrl).origin,
    appUrlWhere: where,
    save: (app, place) => save(options, app, place),
  };
}

async function save(
  options: CloudflareOptions,
  app: RegisteredApp,
  place: GitHubPlace,
): Promise<Stored> {
  const { file, environment } = options;
  const vars = varsOf(app, place);
  const secrets = {
    GITHUB_CLIENT_SECRET: app.client_secret,
    GITHUB_PRIVATE_KEY: pkcs8PemOf(app.pem),
    GITHUB_WEBHOOK_SECRETS: app.webhook_secret,
  };
  // In one request: all of them, or none.
  const args = ['secret', 'bulk', '--env', environment, '--config', file];
  const { code, said } = await runWrangler(dirname(file), args, JSON.stringify(secrets));
  if (code !== 0) {
    throw new Failure(
      ExitCode.unreachable,
      `wrangler secret bulk ended with ${code}, and no secret was stored. It says:\n${without(said, Object.values(secrets))}`,
    );
  }
  const names = Object.keys(secrets);
  const next = `npx wrangler deploy --env ${environment} at once, as secrets without their variables let nobody in`;
  try {
    const text = sectionOf(options).with(vars);
    writeTogether([{ file: realpathSync(file), text, replace: true, secret: false }]);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const lines = Object.entries(vars).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
    return {
      result: { edge_config: null, environment, vars, secrets: names },
      rows: [['Secrets', names.join(', ')]],
      next: `${error.message}. Write this into [env.${environment}.vars] of ${file} by hand:\n${lines.join('\n')}\nThen run ${next}`,
    };
  }
  return {
    result: { edge_config: file, environment, vars, secrets: names },
    rows: [
      ['Variables', `[env.${environment}.vars] of ${file}`],
      ['Secrets', names.join(', ')],
    ],
    next: `run ${next}`,
  };
}

function varsOf(
  { id, client_id, slug, permissions }: RegisteredApp,
  { isDotCom, webUrl, apiUrl, actionsIssuer }: GitHubPlace,
): Record<string, string> {
  const dotComIssuer = isDotCom ? 'https://token.actions.githubusercontent.com' : '';
  return {
    GITHUB_APP_ID: String(id),
    GITHUB_CLIENT_ID: client_id,
    GITHUB_SLUG: slug,
    GITHUB_WEB_URL: webUrl,
    GITHUB_API_URL: apiUrl,
    // Empty: what the edge makes of the URL.
    GITHUB_ACTIONS_ISSUER: actionsIssuer ?? dotComIssuer,
    GITHUB_DEPLOYMENTS: String(permissions['deployments'] === 'write'),
  };
}

function sectionOf({ file, environment }: CloudflareOptions): VarsSection {
  const section = varsIn(textOf(file), environment);
  if (section) return section;
  throw new Failure(
    ExitCode.notConfigured,
    `${file} has no section [env.${environment}.vars] of lines NAME = "value"; --env chooses another one, docs/github-app.md says how to set the app up by hand`,
  );
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Failure(
      ExitCode.notConfigured,
      code === 'ENOENT'
        ? `${file} does not exist; name the wrangler.toml of the edge with --edge-config`
        : `${file} cannot be read: ${message}`,
    );
  }
}

/** What others say, without what must not be said. */
function without(text: string, secrets: readonly string[]): string {
  let left = text;
  for (const line of secrets.flatMap((secret) => secret.split('\n'))) {
    if (line.length >= 16) left = left.replaceAll(line, '…');
  }
  return left;
}
