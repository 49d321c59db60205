/** `byway setup github` */
import { resolve } from 'node:path';
import { ownerFault } from '#github-app/registration/answers.ts';
import { manifestOf, permissionsOf, type Permissions } from '#github-app/registration/manifest.ts';
import type { GitHubPlace } from '#github-app/registration/place.ts';
import { orphanPage, pageOf, type RegisteredApp } from '#github-app/registration/registered-app.ts';
import { ExitCode, Failure } from '../failure.ts';
import { openBrowser } from '../login/browser.ts';
import { parseOrganisation } from '../login/organisation.ts';
import { keyBlock, print, remark } from '../output.ts';
import { cloudflareStore } from '../setup/cloudflare-store.ts';
import { checkOrganisation, convert, failureOf, verifyApp } from '../setup/github-api.ts';
import { listenForCode, type SetupAnswer } from '../setup/listener.ts';
import { nameOf } from '../setup/app-name.ts';
import { nodeStore } from '../setup/node-store.ts';
import { donePage, failedPage } from '../setup/page.ts';
import { checkReach, placeOf } from '../setup/place.ts';
import type { SetupStore, Stored } from '../setup/store.ts';
import { uninterrupted } from '../setup/uninterrupted.ts';
import type { CommonOptions } from './session.ts';

export interface SetupGitHubOptions extends CommonOptions {
  organisation: string;
  edgeConfig?: string;
  engine: 'node' | 'cloudflare';
  env: string;
  githubUrl?: string;
  apiUrl?: string;
  name?: string;
  deployments?: boolean;
  force?: boolean;
  browser: boolean;
}

export async function setupGitHub(options: SetupGitHubOptions): Promise<void> {
  const organisation = parseOrganisation(options.organisation) ?? '';
  const name = nameOf(options.name, organisation);
  const place = placeOf(options.githubUrl, options.apiUrl);
  const store = await storeOf(options);
  checkReach(store.appUrl, store.appUrlWhere, place);
  await checkOrganisation(place, organisation);
  const { browser, output, deployments = false } = options;
  const listener = await listenForCode({
    action: `${place.webUrl}/organizations/${organisation}/settings/apps/new`,
    manifest: (redirectUrl) =>
      JSON.stringify(manifestOf({ name, appUrl: store.appUrl, redirectUrl, deployments })),
    onForeign: (reason) => remark(`a request to this set-up was ignored: ${reason}`),
  });
  try {
    const opened = browser && (await openBrowser(listener.pageUrl));
    remark(
      `${opened ? 'if no browser opens, open' : 'open'} this page in a browser here, signed in to GitHub as an owner of ${organisation}: ${listener.pageUrl}`,
    );
    const answer = await listener.answer;
    const task = { place, organisation, store, needed: permissionsOf(deployments) };
    const { app, stored } = await uninterrupted(
      () =>
        remark(
          'the app exists already, so its secrets are stored first; Ctrl-C again ends at once',
        ),
      () => finish(task, answer),
    );
    const installationUrl = `${pageOf(place, app)}/installations/new`;
    const { id, slug, client_id } = app;
    const result = {
      engine: options.engine,
      organisation: app.owner.login,
      app: { id, slug, client_id, url: pageOf(place, app) },
      installation_url: installationUrl,
      ...stored.result,
    };
    print(output, result, () => textOf(app, stored, installationUrl));
    remark(`next: ${stored.next}; then install the app: ${installationUrl}`);
  } finally {
    await listener.close();
  }
}

function storeOf({ engine, edgeConfig, env, force = false }: SetupGitHubOptions) {
  if (engine === 'node') return nodeStore(resolve(edgeConfig ?? 'edge.yaml'), force);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(env)) {
    throw new Failure(ExitCode.usage, '--env: must be the name of an environment, like production');
  }
  const file = resolve(edgeConfig ?? 'wrangler.toml');
  return cloudflareStore({ file, environment: env, force });
}

interface Task {
  place: GitHubPlace;
  organisation: string;
  store: SetupStore;
  needed: Permissions;
}

/** From the code to stored secrets; the browser hears how it went. @throws Failure */
async function finish(
  { place, organisation, store, needed }: Task,
  { code, show }: SetupAnswer,
): Promise<{ app: RegisteredApp; stored: Stored }> {
  let app: RegisteredApp | undefined;
  try {
    app = await convert(place, code);
    const notOurs = ownerFault(app, organisation);
    if (notOurs !== undefined) throw failureOf(notOurs);
    await verifyApp(place, app, needed);
    const stored = await store.save(app, place);
    await show(donePage(app.slug, app.owner.login, `${pageOf(place, app)}/installations/new`));
    return { app, stored };
  } catch (error) {
    await show(failedPage);
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.exitCode, `${error.message}\n${orphan(place, organisation, app)}`);
  }
}

/** An app whose secrets nobody has is of no use to anybody. */
function orphan(place: GitHubPlace, organisation: string, app: RegisteredApp | undefined): string {
  const which = app ? `${app.slug} exists at GitHub` : 'the app may exist at GitHub';
  const where = orphanPage(place, organisation, app);
  return `Nothing was stored. As ${which}, delete it at ${where}, then run byway setup github again.`;
}

function textOf(app: RegisteredApp, stored: Stored, installationUrl: string): string {
  const rows: [string, string][] = [
    ['App ID', String(app.id)],
    ['Client ID', app.client_id],
    ...stored.rows,
    ['Install it', installationUrl],
  ];
  return `Registered the GitHub App ${app.slug} for ${app.owner.login}\n${keyBlock(rows)}`;
}
