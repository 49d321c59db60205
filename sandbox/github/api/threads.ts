/** The issue, pull request or comment that a path names. */
import type { InstallationActor, UserActor } from '../actor.ts';
import type { Place } from '../deeds/comments.ts';
import { ApiError, notFound } from '../reply.ts';
import { isPullRequest, pullRequestOf, threadOf } from '../threads.ts';
import type { Comment, PullRequest, Repository, Thread } from '../world.ts';
import { numberParam, type Call } from './call.ts';
import { requireInRepository, visibleRepository } from './repository-access.ts';

type Reader = InstallationActor | UserActor;

export interface CommentPlace extends Place {
  readonly comment: Comment;
}

/** @throws ApiError when it may not be seen or not be used so */
export function placeOf(call: Call, actor: Reader): Place {
  const repository = visibleRepository(call, actor);
  const thread = threadOf(call.state, repository.id, numberParam(call, 'issue_number'));
  return permitted(call, actor, repository, thread);
}

/** @throws ApiError when it may not be seen or not be used so */
export function commentPlaceOf(call: Call, actor: Reader): CommentPlace {
  const repository = visibleRepository(call, actor);
  const id = numberParam(call, 'comment_id');
  const comment = call.state.world.comments.find(
    (each) => each.id === id && each.repository_id === repository.id,
  );
  const thread = comment && threadOf(call.state, repository.id, comment.number);
  const place = permitted(call, actor, repository, thread);
  if (comment === undefined) throw notFound();
  return { ...place, comment };
}

function permitted(
  call: Call,
  actor: Reader,
  repository: Repository,
  thread: Thread | undefined,
): Place {
  const pull = thread === undefined || isPullRequest(thread);
  requireInRepository(call, actor, repository, pull ? 'pull_request' : 'issue');
  if (thread === undefined) throw notFound();
  return { repository, thread };
}

/** @throws ApiError when it may not be seen */
export function pullRequestPlaceOf(
  call: Call,
  actor: Reader,
): { repository: Repository; pull: PullRequest } {
  const repository = visibleRepository(call, actor);
  requireInRepository(call, actor, repository, 'pull_request');
  const pull = pullRequestOf(call.state, repository.id, numberParam(call, 'pull_number'));
  if (pull === undefined) throw notFound();
  return { repository, pull };
}

/** GitHub's 422, with what is wrong. */
export function invalid(resource: string, field: string, message: string): ApiError {
  const errors = [{ resource, code: 'unprocessable', field, message }];
  return new ApiError(422, 'Validation Failed', {}, { errors });
}
