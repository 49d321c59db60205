/**
 * What the app takes out of a webhook's payload. The header with the event's name is unsigned, so the
 * kind is told by the signed payload's shape alone (threat 44). Whatever is not named here is ignored.
 */
import { z } from 'zod';
import { commandIn } from './command.ts';
import type { Account, Order, PullId, Repository } from './ports.ts';

/** Where it comes from. Whether installation and organisation belong together, the host checks (threat 49). */
export interface Source {
  installationId: number;
  /** As GitHub names it now; its owner is the organisation. */
  repository: Repository;
}

export type PullAction = 'opened' | 'reopened' | 'closed' | 'synchronize' | 'edited';

/** Something happened to one pull request; what is true now is asked of GitHub. */
export type PullEvent =
  | { kind: 'command'; order: Order }
  | {
      kind: 'pull';
      action: PullAction;
      /** GitHub's time of the change, in whole seconds. */
      atMs: number;
      /** `closed`: since when. */
      closedMs?: number;
      /** The head at that time. */
      sha: string;
      /** Where it comes from, as far as it is told; a deleted fork's repository is undefined. */
      from?: { branch: string; repository: { id: number; owner: Account } | undefined };
      /** `synchronize`: the head before it. */
      before?: string;
    }
  /** Somebody deleted a comment. */
  | { kind: 'comment-deleted'; commentId: number }
  /** Something else than the pull request changed: look at it. */
  | { kind: 'look' };

export type AppEvent =
  | { kind: 'pull-request'; source: Source; pull: PullId; event: PullEvent }
  /** To a branch; of interest to the pull requests that have it as their head. */
  | { kind: 'push'; source: Source; branch: string; before: string; after: string }
  /** Renamed, or moved to another owner, who is then the one in `source`; `from`: the one before. */
  | { kind: 'repository-moved'; source: Source; from?: Account }
  /** `account`: whose installation it is. */
  | { kind: 'installation'; action: InstallationAction; installationId: number; account: Account }
  | {
      kind: 'installation-repositories';
      installationId: number;
      account: Account;
      added: number[];
      removed: number[];
    };

export type InstallationAction =
  | 'created'
  | 'deleted'
  | 'suspend'
  | 'unsuspend'
  | 'new_permissions_accepted';

const id = z.int().positive();
const sha = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);
const absent = z.undefined().optional();
const account = z.object({ id, login: z.string().min(1).max(100) });
const typedAccount = account.extend({ type: z.string() });
const timeMs = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const source = z.object({
  installation: z.object({ id }),
  repository: z.object({ id, name: z.string().min(1).max(200), owner: account }),
});

/** A plain issue has no `pull_request`, a review's comment has no `issue`. */
const issueComment = source.extend({
  action: z.enum(['created', 'deleted']),
  issue: z.object({ number: id, state: z.string(), pull_request: z.object({}) }),
  comment: z.object({
    id,
    body: z.string().nullable(),
    created_at: timeMs,
    user: typedAccount.nullable(),
    performed_via_github_app: z.unknown(),
  }),
  sender: typedAccount,
});

/** Events about reviews carry a pull request too, but never its `number` beside it. */
const pullRequest = source.extend({
  action: z.enum(['opened', 'reopened', 'closed', 'synchronize', 'edited']),
  number: id,
  pull_request: z.object({
    number: id,
    updated_at: timeMs,
    closed_at: timeMs.nullish(),
    head: z.object({
      sha,
      ref: z.string().min(1).optional(),
      repo: z.object({ id, owner: account }).nullish(),
    }),
    base: z.object({ repo: z.object({ id }) }),
  }),
  before: sha.optional(),
  review: absent,
  comment: absent,
});

const push = source.extend({
  action: absent,
  ref: z.string().regex(/^refs\/heads\/./),
  before: sha,
  after: sha,
  pusher: z.object({}),
  commits: z.array(z.unknown()),
});

const repositoryMoved = source.extend({
  action: z.enum(['renamed', 'transferred']),
  changes: z.union([
    z.object({ repository: z.object({ name: z.object({ from: z.string() }) }) }),
    z.object({
      owner: z.object({
        from: z.object({ user: account.nullish(), organization: account.nullish() }),
      }),
    }),
  ]),
});

/** The only events that carry the whole installation. */
const ofInstallation = z.object({
  installation: z.object({ id, account, target_type: z.string() }),
});
const installation = ofInstallation.extend({
  action: z.enum(['created', 'deleted', 'suspend', 'unsuspend', 'new_permissions_accepted']),
  repositories_added: absent,
});
const repositories = z.array(z.object({ id }));
const installationRepositories = ofInstallation.extend({
  action: z.enum(['added', 'removed']),
  repositories_added: repositories,
  repositories_removed: repositories,
});

/** undefined: nothing that the app acts on. */
export function eventOf(payload: unknown): AppEvent | undefined {
  return (
    ofIssueComment(payload) ??
    ofPullRequest(payload) ??
    ofPush(payload) ??
    ofRepository(payload) ??
    ofInstallations(payload)
  );
}

function ofIssueComment(payload: unknown): AppEvent | undefined {
  const { success, data } = issueComment.safeParse(payload);
  if (!success) return undefined;
  const { action, issue, comment } = data;
  const about = {
    kind: 'pull-request' as const,
    source: sourceOf(data),
    pull: { repositoryId: data.repository.id, number: issue.number },
  };
  if (action === 'deleted') {
    return { ...about, event: { kind: 'comment-deleted', commentId: comment.id } };
  }
  const order = orderOf(data);
  return order && { ...about, event: { kind: 'command', order } };
}

/** A person's own words, written by hand (threat 47); undefined: no command. */
function orderOf({ issue, comment, sender }: z.infer<typeof issueComment>): Order | undefined {
  const { user, body, performed_via_github_app: app } = comment;
  if (user?.id !== sender.id || user.type !== 'User' || sender.type !== 'User') return undefined;
  if (app !== null && app !== undefined) return undefined;
  const command = commandIn(body ?? '');
  if (!command) return undefined;
  const actor = { id: user.id, login: user.login };
  return {
    commentId: comment.id,
    createdMs: comment.created_at,
    atClosed: issue.state === 'closed',
    actor,
    command,
  };
}

function ofPullRequest(payload: unknown): AppEvent | undefined {
  const { success, data } = pullRequest.safeParse(payload);
  if (!success) return undefined;
  const { action, number, pull_request: pull, before } = data;
  if (pull.number !== number || pull.base.repo.id !== data.repository.id) return undefined;
  const closed = action === 'closed' && typeof pull.closed_at === 'number';
  return {
    kind: 'pull-request',
    source: sourceOf(data),
    pull: { repositoryId: data.repository.id, number },
    event: {
      kind: 'pull',
      action,
      atMs: pull.updated_at,
      sha: pull.head.sha,
      ...fromOf(pull.head),
      ...(closed ? { closedMs: pull.closed_at ?? pull.updated_at } : {}),
      ...(action === 'synchronize' && before !== undefined ? { before } : {}),
    },
  };
}

function fromOf({ ref: branch, repo }: z.infer<typeof pullRequest>['pull_request']['head']) {
  if (branch === undefined || repo === undefined) return {};
  return { from: { branch, repository: repo ?? undefined } };
}

function ofPush(payload: unknown): AppEvent | undefined {
  const { success, data } = push.safeParse(payload);
  if (!success) return undefined;
  const { ref, before, after } = data;
  const branch = ref.slice('refs/heads/'.length);
  return { kind: 'push', source: sourceOf(data), branch, before, after };
}

function ofRepository(payload: unknown): AppEvent | undefined {
  const { success, data } = repositoryMoved.safeParse(payload);
  if (!success) return undefined;
  const { changes } = data;
  const { organization, user } = 'owner' in changes ? changes.owner.from : {};
  const from = organization ?? user;
  return { kind: 'repository-moved', source: sourceOf(data), ...(from && { from }) };
}

function ofInstallations(payload: unknown): AppEvent | undefined {
  const parsed = installation.safeParse(payload);
  if (parsed.success) {
    const { id: installationId, account: owner } = parsed.data.installation;
    const { action } = parsed.data;
    return { kind: 'installation', action, installationId, account: owner };
  }
  const { success, data } = installationRepositories.safeParse(payload);
  if (!success) return undefined;
  return {
    kind: 'installation-repositories',
    installationId: data.installation.id,
    account: data.installation.account,
    added: data.repositories_added.map((each) => each.id),
    removed: data.repositories_removed.map((each) => each.id),
  };
}

function sourceOf({ installation: { id: installationId }, repository }: z.infer<typeof source>) {
  const { id: repositoryId, name, owner } = repository;
  return { installationId, repository: { id: repositoryId, name, owner } };
}
