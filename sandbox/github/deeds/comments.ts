/** Words on issues and pull requests. */
import { newId } from '../ids.ts';
import { commentShape, issueShape } from '../shapes/threads.ts';
import type { Author, Comment, Repository, Thread } from '../world.ts';
import type { Doing } from './doing.ts';

export interface Place {
  readonly repository: Repository;
  readonly thread: Thread;
}

export function createComment(doing: Doing, place: Place, body: string, author: Author): Comment {
  const now = doing.state.clock.timestamp();
  const { repository, thread } = place;
  const comment = {
    id: newId(),
    repository_id: repository.id,
    number: thread.number,
    body,
    user_id: author.user_id,
    app_id: author.app_id,
    created_at: now,
    updated_at: now,
  };
  doing.state.world.comments.push(comment);
  thread.updated_at = now;
  tell(doing, place, comment, author, { action: 'created' });
  return comment;
}

/** Nobody hears of an edit that changes nothing. */
export function editComment(
  doing: Doing,
  place: Place,
  comment: Comment,
  body: string,
  sender: Author,
): void {
  const from = comment.body;
  if (from === body) return;
  comment.body = body;
  comment.updated_at = doing.state.clock.timestamp();
  tell(doing, place, comment, sender, { action: 'edited', changes: { body: { from } } });
}

export function deleteComment(doing: Doing, place: Place, comment: Comment, sender: Author): void {
  const { world } = doing.state;
  world.comments = world.comments.filter((each) => each !== comment);
  world.reactions = world.reactions.filter(({ comment_id }) => comment_id !== comment.id);
  tell(doing, place, comment, sender, { action: 'deleted' });
}

function tell(
  { state, events }: Doing,
  { repository, thread }: Place,
  comment: Comment,
  sender: Author,
  what: object,
): void {
  const { addresses } = events;
  events.inRepository(repository, {
    event: 'issue_comment',
    permission: 'issues',
    sender,
    payload: {
      ...what,
      issue: issueShape(thread, repository, state, addresses),
      comment: commentShape(comment, thread, repository, state, addresses),
    },
  });
}
