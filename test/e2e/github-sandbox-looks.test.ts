/**
 * The sandbox's pages as a person sees them, in Chromium: nothing that axe-core objects to, nothing
 * wider than the screen, and people who come in and go out again. With `BYWAY_SCREENSHOTS` set to a
 * folder, pictures are written there.
 */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGitHub, type GitHubSandbox } from '#sandbox/github/github.ts';
import { Client } from '../unit/sandbox/github/client.ts';
import { faultsInEachLook, unfold } from './dashboard-checks.ts';
import { startChromium } from './gate/chromium.ts';

let browser: Browser;
let github: GitHubSandbox;
const repository = 'sandbox/shop';
const pull = `/${repository}/pull/1`;

beforeAll(async () => {
  [browser, github] = await Promise.all([startChromium(), startGitHub()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await github?.stop();
});

const at = async (page: Page, path: string) => {
  await page.goto(`${github.url}${path}`);
};

async function actAs(page: Page, login: string): Promise<void> {
  await page.getByLabel('Acting as').selectOption(login);
  await page.getByRole('button', { name: 'Switch' }).click();
}

async function picture(page: Page, name: string): Promise<void> {
  const dir = process.env.BYWAY_SCREENSHOTS;
  if (dir === undefined) return;
  await page.screenshot({ path: join(dir, `github-sandbox-${name}.png`), fullPage: true });
}

/** Tables are as people write them: Markdown knows neither their names nor heads of rows. */
const ofMarkdown = /a table has no name|a row has no head/;

const words = `> The basket says how much is missing
>
> > Deeper

### What changes

| Service | What | Since |
|---|---|---|
| \`checkout\` | says how much is missing | 2026-11-20 14:00 UTC |

> [!WARNING]
> Not before \`main\` is free.

\`\`\`ts
export const missing = (total: number, limit = 50): number => Math.max(0, limit - total); // a long line
\`\`\`

1. Round up
   - also in [the docs](https://docs.example.test/)
2. Say when it **changes**, @alice! :tada:

<details><summary>More</summary>

- [x] tests
- [ ] words
</details>`;

/** A pull request at which everything has happened that its page can show. */
async function busy(): Promise<void> {
  github.reset();
  const { actions, state } = github;
  const on = { repository, number: 1 } as const;
  const push = { action: 'push', repository, branch: 'free-shipping', login: 'alice' } as const;
  Object.assign(state.world.installations[0]!.permissions, {
    deployments: 'write',
    checks: 'write',
  });
  const client = new Client();
  client.github = github;
  const as = await client.installationToken();
  const post = async (path: string, body: object) => {
    const answer = await client.api(`/repos/${repository}${path}`, { method: 'POST', as, body });
    expect(answer.status).toBe(201);
    return answer.body as { id: number };
  };
  await post('/issues/1/comments', { body: words });
  const made = actions.act({ action: 'comment', ...on, body: '/preview public 2h', login: 'bob' });
  const { comment_id } = made as { comment_id: number };
  for (const content of ['eyes', 'rocket']) {
    await post(`/issues/comments/${comment_id}/reactions`, { content });
  }
  actions.act({ action: 'react', ...on, comment_id, content: 'rocket', login: 'alice' });
  actions.act({ ...push, message: 'Round up to whole euros' });
  actions.act({ ...push, force: true, message: 'Round up' });
  actions.act({ action: 'edit_pull_request', ...on, title: 'Free shipping over 50 euros' });
  actions.act({ action: 'close_pull_request', ...on });
  actions.act({ action: 'reopen_pull_request', ...on });
  const deployment = await post('/deployments', {
    ref: 'free-shipping',
    environment: 'preview/pr-1',
    required_contexts: [],
    auto_merge: false,
    transient_environment: true,
  });
  const environment_url = 'http://preview.localhost/';
  await post(`/deployments/${deployment.id}/statuses`, { state: 'success', environment_url });
  await post('/check-runs', {
    name: 'Preview',
    head_sha: state.world.pull_requests[0]!.head.sha,
    output: { title: 'For members only', summary: 'Open it **to everybody** below.' },
    actions: [{ label: 'Make public', description: 'For two hours', identifier: 'public' }],
  });
  actions.act({ action: 'set_collaborator', repository, person: 'mallory', role: 'triage' });
  github.state.world.apps[0]!.webhook_url = 'http://127.0.0.1:1/';
  actions.act({ action: 'comment', ...on, body: 'Nobody hears this', login: 'bob' });
  await github.webhooks.settled();
}

it.each([
  ['home', '/'],
  ['organization', '/sandbox'],
  ['people', '/orgs/sandbox/people'],
  ['repository', `/${repository}`],
  ['settings', `/${repository}/settings`],
  ['access', `/${repository}/settings/access`],
  ['pull-request', pull],
  ['app', '/apps/byway-sandbox'],
  ['install', '/apps/byway-sandbox/installations/new'],
  ['installation', '/organizations/sandbox/settings/installations/501'],
  ['deliveries', '/apps/byway-sandbox/deliveries'],
  ['manifest', '/organizations/sandbox/settings/apps/new'],
  ['sign-in', '/login/oauth/authorize?client_id=Iv23liSandboxByway00&redirect_uri='],
])(
  '%s is in order in light and dark, wide and narrow',
  async (name, path) => {
    await busy();
    const callback = 'http://byway.localhost/callback';
    github.state.world.apps[0]!.callback_urls = [callback];
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await at(page, path.endsWith('=') ? `${path}${encodeURIComponent(callback)}` : path);
    await picture(page, `${name}-wide`);
    await unfold(page);
    const faults = await faultsInEachLook(page);
    expect(faults.filter((fault) => !ofMarkdown.test(fault))).toEqual([]);
    await at(page, path.endsWith('=') ? `${path}${encodeURIComponent(callback)}` : path);
    await page.setViewportSize({ width: 390, height: 844 });
    await picture(page, `${name}-narrow`);
    await context.close();
  },
  60_000,
);

it('a person from outside is let into a repository, may do more, and is put out again', async () => {
  github.reset();
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const seenByMallory = async () => {
    await at(page, '/');
    await actAs(page, 'mallory');
    const response = await page.goto(`${github.url}${pull}`);
    const status = response!.status();
    await at(page, '/');
    await actAs(page, 'alice');
    return status;
  };
  expect(await seenByMallory()).toBe(404);
  await at(page, `/${repository}`);
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'Who has access' }).click();
  await page.getByLabel('Person').selectOption('mallory');
  await page.getByRole('button', { name: 'Give access' }).click();
  await page.getByText('@mallory · outside collaborator').waitFor();
  expect(await seenByMallory()).toBe(200);
  await at(page, `/${repository}/settings/access`);
  await page.getByLabel('Role of mallory', { exact: true }).selectOption('maintain');
  await page.getByRole('button', { name: 'Change role of mallory' }).click();
  expect(await page.getByLabel('Role of mallory', { exact: true }).inputValue()).toBe('maintain');
  await page.getByRole('button', { name: 'Remove mallory' }).click();
  await page.getByText('Nobody was given a role').waitFor();
  expect(await seenByMallory()).toBe(404);
  await at(page, `/${repository}/settings`);
  await page.getByLabel('Who sees it').selectOption('public');
  await page.getByRole('button', { name: 'Change visibility' }).click();
  await page.getByText('Public').waitFor();
  expect(await seenByMallory()).toBe(200);
  await context.close();
}, 60_000);

it('what is written lands in view, and the timeline shows the button that leads to the preview', async () => {
  await busy();
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await at(page, pull);
  await page.getByLabel('Comment as alice').fill('Here I am');
  await page.getByRole('button', { name: 'Comment', exact: true }).click();
  const mine = page.getByRole('article', { name: 'Comment by alice' });
  await mine.waitFor();
  expect(new URL(page.url()).hash).toBe(`#${await mine.getAttribute('id')}`);
  const links = page.getByRole('link', { name: 'View deployment' });
  expect(await links.count()).toBe(2);
  expect(await links.first().getAttribute('href')).toBe('http://preview.localhost/');
  await page.getByLabel('Comment as alice').fill('And I am gone');
  await page.getByRole('button', { name: 'Close pull request' }).click();
  await page.getByRole('article').filter({ hasText: 'And I am gone' }).waitFor();
  await page.getByText('Closed', { exact: true }).waitFor();
  await context.close();
}, 60_000);
