/** Reactions: one of each kind by each author on each thing. GitHub sends no event for them. */
import { newId } from '../ids.ts';
import { reactionsOf, sameAuthor } from '../threads.ts';
import type { Author, Reaction, ReactionContent, Thread } from '../world.ts';
import type { Doing } from './doing.ts';

export interface Reacted {
  readonly reaction: Reaction;
  /** False: it was there. */
  readonly created: boolean;
}

/** @param commentId null: on the issue or pull request itself */
export function react(
  { state }: Doing,
  thread: Thread,
  commentId: number | null,
  content: ReactionContent,
  author: Author,
): Reacted {
  const known = reactionsOf(state, thread, commentId).find(
    (reaction) => reaction.content === content && sameAuthor(reaction, author),
  );
  if (known !== undefined) return { reaction: known, created: false };
  const reaction = {
    id: newId(),
    repository_id: thread.repository_id,
    number: thread.number,
    comment_id: commentId,
    content,
    user_id: author.user_id,
    app_id: author.app_id,
    created_at: state.clock.timestamp(),
  };
  state.world.reactions.push(reaction);
  return { reaction, created: true };
}

export function unreact({ state }: Doing, reaction: Reaction): void {
  state.world.reactions = state.world.reactions.filter((each) => each !== reaction);
}
