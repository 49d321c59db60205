/** Carries out what people do with repositories and pull requests. */
import type { CodeAction } from './code-action-schemas.ts';
import { requestCheckAction } from './deeds/checks.ts';
import { setCollaborator } from './deeds/collaborators.ts';
import { createComment, deleteComment, editComment } from './deeds/comments.ts';
import { person, repositoryCalled, type Doing } from './deeds/doing.ts';
import {
  closePullRequest,
  editPullRequest,
  mergePullRequest,
  openPullRequest,
  reopenPullRequest,
} from './deeds/pull-requests.ts';
import { deleteBranch, push } from './deeds/pushes.ts';
import { react, unreact } from './deeds/reactions.ts';
import {
  createRepository,
  deleteRepository,
  forkRepository,
  renameRepository,
  showRepository,
  transferRepository,
} from './deeds/repositories.ts';
import { newId } from './ids.ts';
import { isActiveMember } from './state.ts';
import { nextNumber, pullRequestOf, reactionsOf, sameAuthor, threadOf } from './threads.ts';
import { repositoryName } from './world-code.ts';
import type { Account, PullRequest, Repository, Thread, User } from './world.ts';

type Of<Name extends CodeAction['action']> = Extract<CodeAction, { action: Name }>;
type OnComment = Of<'edit_comment' | 'delete_comment'>;
type OnThread = Of<'comment' | 'react' | 'unreact'>;
type OnPull = Of<
  'close_pull_request' | 'reopen_pull_request' | 'merge_pull_request' | 'edit_pull_request'
>;

/** @returns what the action says that it answers with. @throws Error saying what is not there */
export function actOnCode(doing: Doing, action: CodeAction): object | undefined {
  if (action.action === 'create_repository') return create(doing, action);
  if (action.action === 'request_check_action') return pressButton(doing, action);
  if ('comment_id' in action && !('number' in action)) return onComment(doing, action);
  const repository = repositoryCalled(doing, action.repository);
  const user = doer(doing, action.login, repository.owner_id);
  if (!('number' in action)) return onRepository(doing, action, repository, user);
  if ('content' in action || action.action === 'comment') {
    return onThread(doing, action, repository, user);
  }
  return onPullRequest(doing, action, user, pullIn(doing, repository, action.number));
}

function create(doing: Doing, { repository, private: isPrivate, login }: Of<'create_repository'>) {
  const [ownerLogin = '', ...rest] = repository.split('/');
  const name = repositoryName.parse(rest.join('/'));
  const owner = account(doing, ownerLogin);
  const user = doer(doing, login, owner.id);
  const created = createRepository(doing, { owner, name, private: isPrivate }, person(user));
  return { repository_id: created.id };
}

function pressButton(doing: Doing, action: Of<'request_check_action'>): undefined {
  const run = doing.state.world.check_runs.find(({ id }) => id === action.check_run_id);
  const repository = run && doing.state.repository(run.repository_id);
  if (run === undefined || repository === undefined) {
    throw new Error(`there is no check run ${action.check_run_id}`);
  }
  const user = doer(doing, action.login, repository.owner_id);
  requestCheckAction(doing, run, action.identifier, user.id);
}

function onComment(doing: Doing, action: OnComment): undefined {
  const { world } = doing.state;
  const comment = world.comments.find(({ id }) => id === action.comment_id);
  const repository = comment && doing.state.repository(comment.repository_id);
  const thread = repository && threadOf(doing.state, repository.id, comment.number);
  if (comment === undefined || repository === undefined || thread === undefined) {
    throw new Error(`there is no comment ${action.comment_id}`);
  }
  const by = person(doer(doing, action.login, repository.owner_id));
  const place = { repository, thread };
  if (action.action === 'delete_comment') deleteComment(doing, place, comment, by);
  else editComment(doing, place, comment, action.body, by);
}

function onThread(doing: Doing, action: OnThread, repository: Repository, user: User) {
  const thread = threadIn(doing, repository, action.number);
  if (action.action === 'comment') {
    const place = { repository, thread };
    return { comment_id: createComment(doing, place, action.body, person(user)).id };
  }
  const { content, comment_id } = action;
  if (action.action === 'react') react(doing, thread, comment_id, content, person(user));
  else {
    const mine = reactionsOf(doing.state, thread, comment_id).find(
      (reaction) => reaction.content === content && sameAuthor(reaction, person(user)),
    );
    if (mine !== undefined) unreact(doing, mine);
  }
  return undefined;
}

function onPullRequest(doing: Doing, action: OnPull, user: User, pull: PullRequest): undefined {
  if (action.action === 'edit_pull_request') editPullRequest(doing, pull, action, person(user));
  else if (action.action === 'close_pull_request') closePullRequest(doing, pull, person(user));
  else if (action.action === 'reopen_pull_request') reopenPullRequest(doing, pull, person(user));
  else mergePullRequest(doing, pull, user.id);
}

type OnRepository = Exclude<
  CodeAction,
  OnComment | OnThread | OnPull | Of<'create_repository' | 'request_check_action'>
>;

function onRepository(
  doing: Doing,
  action: OnRepository,
  repository: Repository,
  user: User,
): object | undefined {
  const by = person(user);
  switch (action.action) {
    case 'fork_repository': {
      const owner = account(doing, action.owner);
      const fork = forkRepository(doing, repository, owner, action.name ?? repository.name);
      return { repository_id: fork.id };
    }
    case 'rename_repository':
      renameRepository(doing, repository, action.to, by);
      return undefined;
    case 'transfer_repository':
      transferRepository(doing, repository, account(doing, action.to), by);
      return undefined;
    case 'set_visibility':
      showRepository(doing, repository, action, by);
      return undefined;
    case 'delete_repository':
      deleteRepository(doing, repository, by);
      return undefined;
    case 'set_collaborator':
      setCollaborator(doing, repository, userCalled(doing, action.person), action.role, by);
      return undefined;
    case 'push':
      return { sha: push(doing, repository, action, user.id).sha };
    case 'delete_branch':
      deleteBranch(doing, repository, action.branch, user.id);
      return undefined;
    case 'open_issue':
      return openIssue(doing, repository, action, user);
    case 'open_pull_request':
      return propose(doing, repository, action, user);
  }
}

function propose(
  doing: Doing,
  repository: Repository,
  { head, base = repository.default_branch, ...words }: Of<'open_pull_request'>,
  { id }: User,
) {
  const [owner, ...rest] = head.split(':');
  const branch = rest.length === 0 ? head : rest.join(':');
  const from = rest.length === 0 ? repository : forkOf(doing, repository, owner ?? '');
  const pull = openPullRequest(doing, repository, { ...words, from, head: branch, base }, id);
  return { number: pull.number };
}

/** The owner's repository that is, or is a fork of, this one. */
function forkOf(doing: Doing, repository: Repository, owner: string): Repository {
  const { id } = account(doing, owner);
  if (id === repository.owner_id) return repository;
  const fork = doing.state.world.repositories.find(
    ({ owner_id, fork_of }) => owner_id === id && fork_of === repository.id,
  );
  if (fork === undefined) throw new Error(`${owner} has no fork of ${repository.name}`);
  return fork;
}

function openIssue(
  { state }: Doing,
  repository: Repository,
  { title, body }: Of<'open_issue'>,
  { id }: User,
) {
  const now = state.clock.timestamp();
  const number = nextNumber(state, repository.id);
  state.world.issues.push({
    id: newId(),
    repository_id: repository.id,
    number,
    title,
    body,
    user_id: id,
    state: 'open',
    created_at: now,
    updated_at: now,
    closed_at: null,
  });
  return { number };
}

function threadIn({ state }: Doing, repository: Repository, number: number): Thread {
  const thread = threadOf(state, repository.id, number);
  if (thread === undefined) throw new Error(`${repository.name} has no #${number}`);
  return thread;
}

function pullIn({ state }: Doing, repository: Repository, number: number): PullRequest {
  const pull = pullRequestOf(state, repository.id, number);
  if (pull === undefined) throw new Error(`${repository.name} has no pull request #${number}`);
  return pull;
}

function userCalled({ state }: Doing, login: string): User {
  const user = state.userByLogin(login);
  if (user === undefined) throw new Error(`there is nobody called ${login}`);
  return user;
}

function account({ state }: Doing, login: string): Account {
  const found = state.accountByLogin(login);
  if (found === undefined) throw new Error(`there is neither person nor organisation ${login}`);
  return found;
}

/** Who is named, or an administrator of the owner. */
function doer(doing: Doing, login: string | undefined, ownerId: number): User {
  if (login !== undefined) return userCalled(doing, login);
  const { state } = doing;
  const organization = state.organization(ownerId);
  const admin = organization?.members.find(
    ({ role, user_id }) => role === 'admin' && isActiveMember(organization, user_id),
  );
  const user = state.user(admin?.user_id ?? ownerId);
  if (user === undefined) throw new Error('nobody may do that: name a login');
  return user;
}
