/** Reactions on comments, and on issues and pull requests themselves. */
import { authorOf, type InstallationActor, type UserActor } from '../actor.ts';
import type { Place } from '../deeds/comments.ts';
import { react, unreact } from '../deeds/reactions.ts';
import { pageOf } from '../paging.ts';
import { ApiError, notFound, ok } from '../reply.ts';
import { reactionShape } from '../shapes/reactions.ts';
import { reactionsOf, sameAuthor } from '../threads.ts';
import type { Reaction, ReactionContent } from '../world.ts';
import { asReader, numberParam, type Call, type Operations } from './call.ts';
import { commentPlaceOf, placeOf } from './threads.ts';

type Reader = InstallationActor | UserActor;
interface Target extends Place {
  /** Null: the issue or pull request itself. */
  readonly commentId: number | null;
}
type Find = (call: Call, actor: Reader) => Target;

const onThread: Find = (call, actor) => ({ ...placeOf(call, actor), commentId: null });
const onComment: Find = (call, actor) => {
  const { comment, ...place } = commentPlaceOf(call, actor);
  return { ...place, commentId: comment.id };
};

export const reactionOperations: Operations = {
  'reactions/list-for-issue': list(onThread),
  'reactions/list-for-issue-comment': list(onComment),
  'reactions/create-for-issue': create(onThread),
  'reactions/create-for-issue-comment': create(onComment),
  'reactions/delete-for-issue': remove(onThread),
  'reactions/delete-for-issue-comment': remove(onComment),
};

function list(find: Find) {
  return asReader((call, actor) => {
    const { thread, commentId } = find(call, actor);
    const content = call.url.searchParams.get('content');
    const all = reactionsOf(call.state, thread, commentId);
    const wanted = all.filter((reaction) => content === null || reaction.content === content);
    const { items, headers } = pageOf(wanted, call.url);
    return ok(
      items.map((reaction) => shapeOf(call, reaction)),
      headers,
    );
  });
}

/** 200 when the same author has left the same one before, else 201. */
function create(find: Find) {
  return asReader((call, actor) => {
    const { thread, commentId } = find(call, actor);
    const { content } = call.body as { content: ReactionContent };
    const { reaction, created } = react(call, thread, commentId, content, authorOf(actor));
    return { status: created ? 201 : 200, body: shapeOf(call, reaction) };
  });
}

function remove(find: Find) {
  return asReader((call, actor) => {
    const { thread, commentId } = find(call, actor);
    const id = numberParam(call, 'reaction_id');
    const reaction = reactionsOf(call.state, thread, commentId).find((each) => each.id === id);
    if (reaction === undefined) throw notFound();
    if (!sameAuthor(reaction, authorOf(actor))) {
      throw new ApiError(403, 'You do not have permission to delete this reaction.');
    }
    unreact(call, reaction);
    return { status: 204 };
  });
}

function shapeOf(call: Call, reaction: Reaction) {
  return reactionShape(reaction, call.state, call.addresses);
}
