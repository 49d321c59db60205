/** To which pull requests a preview belongs, asked of GitHub with the organisation's installation. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealerOf } from '#edge/gate/sealer.ts';
import { gitHubConfigOf } from '#edge/github/config.ts';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import type { PreviewSource } from '#edge/objects/calls.ts';
import { foundPulls } from '#edge/objects/organisation/found-pulls.ts';
import { Installation, steps } from '#edge/objects/organisation/installation.ts';
import { migrate } from '#edge/schema.ts';
import type { ActionSeed } from '#sandbox/github/actions.ts';
import { startGitHub, type GitHubSandbox } from '#sandbox/github/github.ts';

const alice = { id: 1001, login: 'alice' };
const bob = { id: 1002, login: 'bob' };
const mallory = { id: 1003, login: 'mallory' };
const repository = 'sandbox/shop';

let gitHub: GitHubSandbox;
let sql: SqlFile;
let installation: Installation;

beforeEach(async () => {
  gitHub = await startGitHub();
  sql = openSql(':memory:');
  migrate(sql, steps, 'installation');
  installation = made();
  installation.take(501, 'sandbox');
});
afterEach(async () => {
  sql.close();
  await gitHub.stop();
  expect(gitHub.journal.violations).toEqual([]);
});

function made(): Installation {
  const app = gitHub.state.world.apps[0]!;
  return new Installation(1, {
    sql,
    clock: { nowMs: () => Date.now() },
    log: { info() {}, warn() {} },
    sealer: sealerOf([new Uint8Array(32).fill(7)]),
    github: gitHubConfigOf({
      webUrl: gitHub.url,
      apiUrl: gitHub.apiUrl,
      appId: app.id,
      clientId: app.client_id,
      clientSecret: app.client_secret,
      privateKey: app.private_key,
      webhookSecrets: [app.webhook_secret],
      slug: app.slug,
    }),
  });
}

const act = (action: ActionSeed): Record<string, unknown> => ({ ...gitHub.actions.act(action) });
const source = (more: Partial<PreviewSource>): PreviewSource => ({
  remotes: [repository],
  ...more,
});

async function found(more: Partial<PreviewSource>, owner = bob) {
  const answer = await foundPulls(installation, owner, source(more));
  if (answer.kind !== 'ok') throw new Error(answer.kind);
  const { repositoryIds, named, pulls } = answer.value;
  const numbers = pulls.map(({ number }) => number);
  return { repositoryIds, named: named?.number, numbers };
}

describe('by branch', () => {
  it('the open ones of the branch, in repositories of the organisation only', async () => {
    act({ action: 'create_repository', repository: 'mallory/own' });
    expect(
      await found({
        remotes: ['mallory/own', repository, 'nobody/nothing', '../..', 'Sandbox/Shop'],
        ...{ owner: 'sandbox', branch: 'free-shipping' },
      }),
    ).toEqual({ repositoryIds: [2001], named: undefined, numbers: [1] });
  });

  it('of a fork: the pull request is at the repository that it came from', async () => {
    act({ action: 'fork_repository', repository, owner: 'bob' });
    act({ action: 'push', repository: 'bob/shop', branch: 'topic', login: 'bob' });
    const { number } = act({
      ...{ action: 'open_pull_request', repository, head: 'bob:topic', login: 'bob' },
    } as ActionSeed);
    expect(
      await found({ remotes: [repository, 'bob/shop'], owner: 'Bob', branch: 'topic' }),
    ).toEqual({ repositoryIds: [2001], named: undefined, numbers: [number] });
    // The same branch of another owner is another branch.
    expect((await found({ owner: 'sandbox', branch: 'topic' })).numbers).toEqual([]);
    act({ action: 'delete_repository', repository: 'bob/shop' });
    expect((await found({ owner: 'bob', branch: 'topic' })).numbers).toEqual([]);
  });

  it('under a name that the repository had before', async () => {
    act({ action: 'rename_repository', repository, to: 'store' });
    expect(await found({ owner: 'sandbox', branch: 'free-shipping' })).toMatchObject({
      repositoryIds: [2001],
      numbers: [1],
    });
  });

  it('not in a repository that went to another owner, or where the app is not', async () => {
    act({ action: 'transfer_repository', repository, to: 'mallory' });
    expect(await found({ owner: 'mallory', branch: 'free-shipping' })).toEqual({
      ...{ repositoryIds: [], named: undefined, numbers: [] },
    });
    act({ action: 'create_repository', repository: 'sandbox/other' });
    act({ action: 'choose_repositories', installation_id: 501, repository_ids: [] });
    expect((await found({ remotes: ['sandbox/other'], branch: 'main' })).numbers).toEqual([]);
  });

  it('not closed ones', async () => {
    act({ action: 'close_pull_request', repository, number: 1 });
    expect((await found({ owner: 'sandbox', branch: 'free-shipping' })).numbers).toEqual([]);
  });
});

describe('by commit', () => {
  it('where the branch is not known', async () => {
    const { sha } = gitHub.state.world.pull_requests[0]!.head;
    expect((await found({ sha })).numbers).toEqual([1]);
    expect((await found({ sha: 'f'.repeat(40) })).numbers).toEqual([]);
  });
});

describe('by the owner’s word', () => {
  it('that one alone, wherever it is in the organisation', async () => {
    expect(
      await found({ remotes: [], pr: { repository: 'sandbox/shop', number: 1 } }, alice),
    ).toEqual({ repositoryIds: [], named: 1, numbers: [] });
    expect(await found({ pr: 1, owner: 'sandbox', branch: 'elsewhere' })).toMatchObject({
      named: 1,
    });
  });

  it.each<[string, PreviewSource['pr']]>([
    ['is not there', 99],
    ['is in a repository of nobody', { repository: 'sandbox/none', number: 1 }],
    ['is in another organisation', { repository: 'mallory/own', number: 1 }],
    ['is none', 'none'],
  ])('none where it %s', async (_what, pr) => {
    expect(await found({ pr, owner: 'sandbox', branch: 'free-shipping' })).toMatchObject({
      named: undefined,
      numbers: [],
    });
  });

  it('none for somebody who may not read that repository', async () => {
    expect(await found({ pr: 1 }, mallory)).toMatchObject({ named: undefined });
    expect(await found({ pr: 1 }, { id: 555, login: 'alice' })).toMatchObject({ named: undefined });
  });

  it('none that is closed', async () => {
    act({ action: 'close_pull_request', repository, number: 1 });
    expect(await found({ pr: 1 })).toMatchObject({ named: undefined, numbers: [] });
  });
});

describe('what came of it is told', () => {
  async function outcome(more: Partial<PreviewSource>, owner = bob): Promise<string> {
    const answer = await foundPulls(installation, owner, source(more));
    return answer.kind === 'ok' ? answer.value.outcome : answer.kind;
  }
  const branch = { owner: 'sandbox', branch: 'free-shipping' };

  it('of the branch: found, or none so far', async () => {
    expect(await outcome(branch)).toBe('found');
    expect(await outcome({ ...branch, branch: 'unheard-of' })).toBe('none');
    expect(await outcome({})).toBe('none');
  });

  it('of the one that is named: found, closed, or no such one', async () => {
    expect(await outcome({ pr: 1 })).toBe('found');
    expect(await outcome({ pr: 99 })).toBe('no-pull');
    act({ action: 'close_pull_request', repository, number: 1 });
    expect(await outcome({ pr: 1 })).toBe('closed');
  });

  it('the same of a repository that one may not read as of none', async () => {
    act({ action: 'set_visibility', repository, private: true });
    const none = { repository: 'sandbox/none', number: 1 };
    for (const pr of [none, { repository, number: 1 }, { repository, number: 99 }]) {
      expect(await outcome({ remotes: [], pr }, mallory)).toBe('no-repository');
    }
    expect(await outcome({ ...branch, branch: 'unheard-of' }, mallory)).toBe('no-repository');
    expect(await outcome({ remotes: ['sandbox/none'], branch: 'main' })).toBe('no-repository');
    expect(await outcome({ remotes: [] })).toBe('no-repository');
  });
});

describe('GitHub', () => {
  it('away is no “none”', async () => {
    gitHub.faults.arm({
      times: 100,
      match: { path: '/pulls' },
      fault: { kind: 'status', status: 503 },
    });
    const answer = await foundPulls(
      installation,
      bob,
      source({ owner: 'sandbox', branch: 'free-shipping' }),
    );
    expect(answer).toMatchObject({ kind: 'unavailable' });
  });

  it('without the app is asked nothing', async () => {
    act({ action: 'uninstall', installation_id: 501, webhook: false });
    installation.drop();
    expect((await foundPulls(installation, bob, source({ branch: 'x' }))).kind).toBe('gone');
  });
});
