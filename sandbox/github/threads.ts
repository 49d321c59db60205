/** Issues and pull requests, which count together and are talked about alike. */
import { reaches, roleIn } from './roles.ts';
import { isActiveMember, memberOf, type GitHubState } from './state.ts';
import type {
  Author,
  Comment,
  Happening,
  PullRequest,
  Reaction,
  Repository,
  Thread,
} from './world.ts';

export function pullRequestOf(
  state: GitHubState,
  repositoryId: number,
  number: number,
): PullRequest | undefined {
  return state.world.pull_requests.find(
    (pull) => pull.repository_id === repositoryId && pull.number === number,
  );
}

export function threadOf(
  state: GitHubState,
  repositoryId: number,
  number: number,
): Thread | undefined {
  const issue = state.world.issues.find(
    (each) => each.repository_id === repositoryId && each.number === number,
  );
  return issue ?? pullRequestOf(state, repositoryId, number);
}

export function isPullRequest(thread: Thread): thread is PullRequest {
  return 'head' in thread;
}

export function nextNumber({ world }: GitHubState, repositoryId: number): number {
  const taken = [...world.issues, ...world.pull_requests]
    .filter(({ repository_id }) => repository_id === repositoryId)
    .map(({ number }) => number);
  return Math.max(0, ...taken) + 1;
}

/** Oldest first. */
export function commentsOf({ world }: GitHubState, thread: Thread): Comment[] {
  return world.comments.filter((comment) => isOn(comment, thread));
}

/** On a comment, or on the issue or pull request itself. */
export function reactionsOf({ world }: GitHubState, thread: Thread, commentId: number | null) {
  return world.reactions.filter(
    (reaction: Reaction) => isOn(reaction, thread) && reaction.comment_id === commentId,
  );
}

/** Oldest first. */
export function happeningsOf({ world }: GitHubState, thread: Thread): Happening[] {
  return world.happenings.filter((happening) => isOn(happening, thread));
}

function isOn(
  { repository_id, number }: { readonly repository_id: number; readonly number: number },
  thread: Thread,
): boolean {
  return repository_id === thread.repository_id && number === thread.number;
}

export function sameAuthor(left: Author, right: Author): boolean {
  if (left.user_id !== null || right.user_id !== null) return left.user_id === right.user_id;
  return left.app_id === right.app_id;
}

/**
 * What GitHub says of an author. A member who does not show it is taken for anybody
 * (actions/github-script#643, coder/coder#24149), which is why nothing may be decided by this.
 */
export function associationOf(
  { user_id }: { readonly user_id: number | null },
  repository: Repository,
  state: GitHubState,
): string {
  if (user_id === null) return 'NONE';
  if (repository.owner_id === user_id) return 'OWNER';
  const owner = state.organization(repository.owner_id);
  if (owner !== undefined && isActiveMember(owner, user_id) && memberOf(owner, user_id)?.public) {
    return 'MEMBER';
  }
  if (repository.collaborators.some((each) => each.user_id === user_id)) return 'COLLABORATOR';
  const merged = state.world.pull_requests.some(
    (pull) =>
      pull.repository_id === repository.id && pull.user_id === user_id && pull.merged_at !== null,
  );
  return merged ? 'CONTRIBUTOR' : 'NONE';
}

/** Whether somebody may close, open and change it: its author, and whoever may write. */
export function mayChange(thread: Thread, userId: number, state: GitHubState): boolean {
  const repository = state.repository(thread.repository_id);
  if (repository === undefined) return false;
  return thread.user_id === userId || reaches(roleIn(repository, userId, state), 'write');
}
