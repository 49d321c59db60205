/** The edge on Node: three files beside `edge.yaml`, and its section `github`. */
import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as yaml from 'yaml';
import { z } from 'zod';
import { ConfigError, readConfig } from '#protocol/config.ts';
import { ExitCode, Failure } from '../failure.ts';
import { pkcs8PemOf } from './app-key.ts';
import type { RegisteredApp } from '#github-app/registration/registered-app.ts';
import type { GitHubPlace } from '#github-app/registration/place.ts';
import type { SetupStore, Stored } from './store.ts';
import { writeTogether } from './whole-files.ts';

export const secretFiles = {
  client_secret_file: 'github-client.secret',
  private_key_file: 'github-app.pem',
  webhook_secret_file: 'github-webhook.secret',
} as const;

/** In `data_dir`. */
const browserFile = 'github-app.json';

/** The rest is the edge's to judge. */
const schema = z.looseObject({
  app_url: z.url({ protocol: /^https?$/, error: 'must be the http or https URL of the edge' }),
  data_dir: z.unknown().optional(),
  github: z.unknown().optional(),
});

/** @throws Failure unless the secrets can be stored there */
export function nodeStore(file: string, force: boolean): SetupStore {
  const { app_url, data_dir, github } = read(file, textOf(file));
  const { origin, port } = new URL(app_url);
  if (port === '0') {
    throw new Failure(
      ExitCode.notConfigured,
      `${file}: app_url: port 0 is another one at each start, and GitHub has to know it; write a port`,
    );
  }
  const paths = Object.values(secretFiles).map((name) => join(dirname(file), name));
  if (!force) {
    // The edge keeps an app that was set up in the browser in the second place.
    const own = resolve(dirname(file), typeof data_dir === 'string' ? data_dir : '', browserFile);
    const there = [...paths, own].filter((path) => existsSync(path));
    if (github !== undefined && github !== null) there.unshift(`section github in ${file}`);
    if (there.length > 0) {
      throw new Failure(
        ExitCode.refused,
        `a GitHub App is configured already: ${there.join(', ')}. --force replaces it; keep a copy`,
      );
    }
  }
  for (const folder of new Set([dirname(file), dirname(realpathSync(file))])) checkFolder(folder);
  return {
    appUrl: origin,
    appUrlWhere: `app_url in ${file}`,
    save: (app, place) => Promise.resolve(save(file, force, app, place)),
  };
}

/** Before anything happens at GitHub. @throws Failure */
function checkFolder(folder: string): void {
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new Failure(
      ExitCode.notConfigured,
      `${folder} cannot be written to, and the secrets are stored there; run this as the user that runs the edge`,
    );
  }
}

function save(file: string, force: boolean, app: RegisteredApp, place: GitHubPlace): Stored {
  // As it is now: it may have been edited while the browser was open.
  const text = edited(file, textOf(file), app, place);
  const secrets = {
    client_secret_file: `${app.client_secret}\n`,
    private_key_file: pkcs8PemOf(app.pem),
    webhook_secret_file: `${app.webhook_secret}\n`,
  };
  const keys = Object.keys(secretFiles) as (keyof typeof secretFiles)[];
  const paths = keys.map((key) => join(dirname(file), secretFiles[key]));
  writeTogether([
    ...keys.map((key, index) => ({
      file: paths[index] ?? '',
      text: secrets[key],
      replace: force,
      secret: true,
    })),
    // Last: it names the others. What a link leads to is replaced, not the link.
    { file: realpathSync(file), text, replace: true, secret: false },
  ]);
  return {
    result: { edge_config: file, files: paths },
    rows: [['Edge config', file], ...paths.map((path): [string, string] => ['Secret', path])],
    next: `restart the edge: byway edge --config ${file}`,
  };
}

/** The text with the section; comments and everything else stay. @throws Failure */
export function edited(
  file: string,
  text: string,
  app: Pick<RegisteredApp, 'id' | 'client_id' | 'slug' | 'permissions'>,
  { isDotCom, webUrl, apiUrl, actionsIssuer }: GitHubPlace,
): string {
  read(file, text);
  const document = yaml.parseDocument(text);
  const deployments = app.permissions['deployments'] === 'write';
  const values: Record<string, string | number | boolean> = {
    web_url: webUrl,
    api_url: apiUrl,
    app_id: app.id,
    client_id: app.client_id,
    slug: app.slug,
    ...secretFiles,
    actions_issuer: actionsIssuer ?? defaultIssuerOf(webUrl, isDotCom),
    deployments,
  };
  const isDefault = (key: string): boolean => {
    if (key === 'deployments') return !deployments;
    return key === 'actions_issuer'
      ? actionsIssuer === undefined
      : isDotCom && key.endsWith('_url');
  };
  if (!yaml.isMap(document.get('github'))) document.set('github', new yaml.YAMLMap());
  for (const [key, value] of Object.entries(values)) {
    // What the edge knows by itself is not added, but put right where it is written down.
    if (isDefault(key) && !document.hasIn(['github', key])) continue;
    document.setIn(['github', key], value);
  }
  return document.toString({ lineWidth: 0 });
}

function defaultIssuerOf(webUrl: string, isDotCom: boolean): string {
  return isDotCom ? 'https://token.actions.githubusercontent.com' : `${webUrl}/_services/token`;
}

function read(file: string, text: string): z.infer<typeof schema> {
  try {
    return readConfig(yaml, schema, file, text);
  } catch (error) {
    if (error instanceof ConfigError) throw new Failure(ExitCode.notConfigured, error.message);
    throw error;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Failure(
      ExitCode.notConfigured,
      code === 'ENOENT'
        ? `${file} does not exist; name the edge's configuration with --edge-config, and write app_url and the rest into it first (docs/configuration.md)`
        : `${file} cannot be read: ${message}`,
    );
  }
}
