/**
 * docs.github.com/en/rest/authentication/permissions-required-for-github-apps: what a token needs,
 * row by row. A private repository that it does not see is 404; one that it sees, 403.
 */
import { describe, expect, it } from 'vitest';
import type { ActionSeed } from '#sandbox/github/actions.ts';
import type { Permissions } from '#sandbox/github/world.ts';
import { useGitHub } from './client.ts';

const client = useGitHub();
const root = '/repos/sandbox/shop';
const act = (action: ActionSeed) => client.github.actions.act(action) as Record<string, number>;

interface Ids {
  readonly comment: number;
  readonly issueComment: number;
}
type Request = (ids: Ids) => [method: string, path: string, body?: object];

/** An issue beside the pull request, a comment on each. */
function scene(): Ids {
  act({ action: 'open_issue', repository: 'sandbox/shop', login: 'bob' });
  const comment = (number: number) =>
    act({ action: 'comment', repository: 'sandbox/shop', number, body: 'x', login: 'bob' })
      .comment_id!;
  return { comment: comment(1), issueComment: comment(2) };
}

const body = { body: 'x' };
const eyes = { content: 'eyes' };
const deployment = { ref: 'free-shipping', required_contexts: [], auto_merge: false };
const check = { name: 'preview', head_sha: '5be0c1f8d1d3cb3fb0b33c6a0f0e4c6fb3c1a002' };
const both: Permissions = { issues: 'write', pull_requests: 'write' };

const rows: [what: string, request: Request, allowed: Permissions[], refused: Permissions[]][] = [
  [
    'list pull requests',
    () => ['GET', '/pulls'],
    [{ pull_requests: 'read' }],
    [{ issues: 'write' }],
  ],
  ['get a pull request', () => ['GET', '/pulls/1'], [{ pull_requests: 'read' }], [{}]],
  [
    'pull requests of a commit',
    () => ['GET', `/commits/${check.head_sha}/pulls`],
    [{ pull_requests: 'read' }],
    [{ issues: 'read' }],
  ],
  [
    'list comments of a pull request',
    () => ['GET', '/issues/1/comments'],
    [{ pull_requests: 'read' }, { issues: 'read' }],
    [{}],
  ],
  [
    'comment on a pull request',
    () => ['POST', '/issues/1/comments', body],
    [{ pull_requests: 'write' }, { issues: 'write' }],
    [{ pull_requests: 'read', issues: 'read' }],
  ],
  [
    'comment on an issue',
    () => ['POST', '/issues/2/comments', body],
    [{ issues: 'write' }],
    [{ pull_requests: 'write' }, { issues: 'read' }],
  ],
  [
    'edit a comment of a pull request',
    ({ comment }) => ['PATCH', `/issues/comments/${comment}`, body],
    [{ pull_requests: 'write' }, { issues: 'write' }],
    [{ issues: 'read' }],
  ],
  [
    'delete a comment of an issue',
    ({ issueComment }) => ['DELETE', `/issues/comments/${issueComment}`],
    [{ issues: 'write' }],
    [{ pull_requests: 'write' }],
  ],
  // NOFireAI/ravel#347, eneo-ai/eneo#512
  [
    'react to a comment of a pull request',
    ({ comment }) => ['POST', `/issues/comments/${comment}/reactions`, eyes],
    [both],
    [{ issues: 'write' }, { pull_requests: 'write' }, { ...both, issues: 'read' }],
  ],
  [
    'react to a comment of an issue',
    ({ issueComment }) => ['POST', `/issues/comments/${issueComment}/reactions`, eyes],
    [{ issues: 'write' }],
    [{ pull_requests: 'write' }],
  ],
  [
    'react to a pull request',
    () => ['POST', '/issues/1/reactions', eyes],
    [both],
    [{ issues: 'write' }],
  ],
  ['list deployments', () => ['GET', '/deployments'], [{ deployments: 'read' }], [both]],
  [
    'create a deployment',
    () => ['POST', '/deployments', deployment],
    [{ deployments: 'write' }],
    [{ deployments: 'read' }, both],
  ],
  [
    'create a check run',
    () => ['POST', '/check-runs', check],
    [{ checks: 'write' }],
    [{ checks: 'read' }, both],
  ],
  [
    'list check runs',
    () => ['GET', '/commits/free-shipping/check-runs'],
    [{ checks: 'read' }],
    [both],
  ],
  [
    'permission of a person',
    () => ['GET', '/collaborators/bob/permission'],
    [{ metadata: 'read' }],
    [],
  ],
  ['a collaborator', () => ['GET', '/collaborators/bob'], [{ metadata: 'read' }], []],
];

async function tryOut(request: Request, permissions: Permissions, as?: string) {
  const ids = scene();
  client.github.actions.act({
    action: 'set_permissions',
    installation_id: 501,
    permissions: { metadata: 'read', ...permissions },
  });
  const [method, path, content] = request(ids);
  return client.api(`${root}${path}`, {
    method,
    as: as ?? (await client.installationToken()),
    ...(content === undefined ? {} : { body: content }),
  });
}

describe.each(rows)('%s', (_what, request, allowed, refused) => {
  it.each(allowed.map((permissions) => [permissions]))('with %o', async (permissions) => {
    const { status } = await tryOut(request, permissions);
    expect([200, 201, 204]).toContain(status);
  });

  it.each(refused.map((permissions) => [permissions]))('not with %o', async (permissions) => {
    const { status, body: answer } = await tryOut(request, permissions);
    expect([status, answer.message]).toEqual([403, 'Resource not accessible by integration']);
  });

  it('not there for an outsider, nor for a token of another repository', async () => {
    act({ action: 'create_repository', repository: 'sandbox/docs' });
    const { id } = client.github.state.repositoryByName('sandbox', 'docs')!;
    for (const as of [
      await client.userToken('mallory'),
      await client.installationToken({ repository_ids: [id] }),
    ]) {
      client.github.state.world.issues = [];
      expect((await tryOut(request, allowed[0]!, as)).status).toBe(404);
    }
  });
});

describe('a public repository', () => {
  const open = () => act({ action: 'set_visibility', repository: 'sandbox/shop', private: false });

  it('is read without a permission, and not written', async () => {
    open();
    expect((await tryOut(() => ['GET', '/pulls/1'], {})).status).toBe(200);
    expect((await tryOut(() => ['POST', '/issues/1/comments', body], {})).status).toBe(403);
  });

  it('is read by everybody; they write as far as the app may', async () => {
    open();
    const as = await client.userToken('mallory');
    expect((await tryOut(() => ['GET', '/issues/1/comments'], both, as)).status).toBe(200);
    expect((await tryOut(() => ['POST', '/issues/1/comments', body], both, as)).status).toBe(201);
    expect((await tryOut(() => ['POST', '/issues/1/comments', body], {}, as)).status).toBe(403);
  });
});

it('deployments of a person need push access; check runs are for apps', async () => {
  const as = await client.userToken('bob');
  const grant = { deployments: 'write', checks: 'write' } as const;
  expect((await tryOut(() => ['POST', '/deployments', deployment], grant, as)).status).toBe(403);
  expect((await tryOut(() => ['POST', '/check-runs', check], grant, as)).status).toBe(403);
  const admin = await client.userToken('alice');
  expect((await tryOut(() => ['POST', '/deployments', deployment], grant, admin)).status).toBe(201);
});

it('a permission that is not described is not given: nothing without a token', async () => {
  expect((await client.api(`${root}/pulls`)).status).toBe(401);
  expect((await client.api(`${root}/pulls`, { as: client.jwt() })).status).toBe(401);
});
