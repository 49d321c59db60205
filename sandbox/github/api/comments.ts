/** Issues as far as pull requests are issues, and the comments on both. */
import { authorOf, type InstallationActor, type UserActor } from '../actor.ts';
import { createComment, deleteComment, editComment, type Place } from '../deeds/comments.ts';
import { pageOf } from '../paging.ts';
import { ApiError, ok } from '../reply.ts';
import { commentShape, issueShape } from '../shapes/threads.ts';
import { commentsOf, sameAuthor } from '../threads.ts';
import { maxBodyChars } from '../world-code.ts';
import type { Comment } from '../world.ts';
import { asReader, type Call, type Operations } from './call.ts';
import { mayModerate } from './repository-access.ts';
import { commentPlaceOf, invalid, placeOf, type CommentPlace } from './threads.ts';

export const commentOperations: Operations = {
  'issues/get': asReader((call, actor) => {
    const { repository, thread } = placeOf(call, actor);
    return ok(issueShape(thread, repository, call.state, call.addresses));
  }),

  'issues/list-comments': asReader((call, actor) => {
    const place = placeOf(call, actor);
    const sinceMs = Date.parse(call.url.searchParams.get('since') ?? '') || 0;
    const comments = commentsOf(call.state, place.thread).filter(
      ({ updated_at }) => Date.parse(updated_at) >= sinceMs,
    );
    const { items, headers } = pageOf(comments, call.url);
    return ok(
      items.map((comment) => shapeOf(call, place, comment)),
      headers,
    );
  }),

  'issues/create-comment': asReader((call, actor) => {
    const place = placeOf(call, actor);
    const comment = createComment(call, place, bodyOf(call), authorOf(actor));
    const body = shapeOf(call, place, comment);
    return { status: 201, body, headers: { location: body.url } };
  }),

  'issues/get-comment': asReader((call, actor) => {
    const place = commentPlaceOf(call, actor);
    return ok(shapeOf(call, place, place.comment));
  }),

  'issues/update-comment': asReader((call, actor) => {
    const place = commentPlaceOf(call, actor);
    requireOwn(call, actor, place);
    editComment(call, place, place.comment, bodyOf(call), authorOf(actor));
    return ok(shapeOf(call, place, place.comment));
  }),

  'issues/delete-comment': asReader((call, actor) => {
    const place = commentPlaceOf(call, actor);
    requireOwn(call, actor, place);
    deleteComment(call, place, place.comment, authorOf(actor));
    return { status: 204 };
  }),
};

function shapeOf(call: Call, { thread, repository }: Place, comment: Comment) {
  return commentShape(comment, thread, repository, call.state, call.addresses);
}

/** @throws ApiError 422 */
function bodyOf({ body }: Call): string {
  const text = (body as { body: string }).body;
  if (text.trim() === '') throw invalid('IssueComment', 'data', 'Body cannot be blank');
  if (text.length > maxBodyChars) {
    const message = `Body is too long (maximum is ${maxBodyChars} characters)`;
    throw invalid('IssueComment', 'data', message);
  }
  return text;
}

/** @throws ApiError 403 when they are somebody else's words and not theirs to change */
function requireOwn(
  call: Call,
  actor: InstallationActor | UserActor,
  { repository, comment }: CommentPlace,
): void {
  if (sameAuthor(comment, authorOf(actor)) || mayModerate(call, actor, repository)) return;
  throw new ApiError(403, 'Must have admin rights to Repository.');
}
