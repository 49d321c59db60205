/** What the buttons of a pull request do, as far as the person may. */
import type { ActionSeed } from '../actions.ts';
import type { Outgoing } from '../http.ts';
import { reaches, roleIn } from '../roles.ts';
import { fullNameOf } from '../shapes/repositories.ts';
import { isPullRequest, mayChange, reactionsOf } from '../threads.ts';
import type { Comment, ReactionContent, Repository, Thread, User } from '../world.ts';
import { threadAddress } from './pull-request.ts';
import { pushCommit } from './repository-forms.ts';
import { attempt, backTo, missing, type Visit } from './visit.ts';

/** Comes back to what it was about. */
export function changeThread(visit: Visit, repository: Repository, thread: Thread): Outgoing {
  const { fields, state, user } = visit;
  const here = threadAddress(fullNameOf(repository, state), thread);
  if (user === undefined) return missing(visit);
  if (fields.get('do') === 'push' && isPullRequest(thread)) {
    const { repository_id: headId, ref } = thread.head;
    const from = headId === null ? undefined : state.repository(headId);
    return from === undefined ? missing(visit) : pushCommit(visit, from, ref, here);
  }
  let anchor = fields.get('comment') ?? '';
  const done = attempt(visit, here, () => {
    const action = wanted(visit, repository, thread, user);
    const words = fields.get('body') ?? '';
    // What is written beside the button that closes or opens is said first.
    if (closing.has(action.action) && words.trim() !== '') {
      const place = { repository: fullNameOf(repository, state), number: thread.number };
      visit.actions.act({ action: 'comment', ...place, login: user.login, body: words });
    }
    const made = visit.actions.act(action) as { comment_id?: number } | undefined;
    anchor = action.action === 'delete_comment' ? '' : String(made?.comment_id ?? anchor);
  });
  return done.status === 303 && anchor !== '' ? backTo(`${here}#issuecomment-${anchor}`) : done;
}

const closing = new Set<ActionSeed['action']>(['close_pull_request', 'reopen_pull_request']);

/** @throws Error when the person may not, or there is no such button */
function wanted(
  { fields, state }: Visit,
  repository: Repository,
  thread: Thread,
  user: User,
): ActionSeed {
  const place = { repository: fullNameOf(repository, state), number: thread.number };
  const by = { login: user.login };
  const field = (name: string): string => fields.get(name) ?? '';
  const what = field('do');
  switch (what) {
    case 'comment':
      if (field('body').trim() === '') throw new Error('A comment needs words.');
      return { action: 'comment', ...place, ...by, body: field('body') };
    case 'react': {
      const comment_id = field('comment') === '' ? null : Number(field('comment'));
      const content = field('content') as ReactionContent;
      const mine = reactionsOf(state, thread, comment_id).some(
        (reaction) => reaction.content === content && reaction.user_id === user.id,
      );
      const action = mine ? 'unreact' : 'react';
      return { action, ...place, ...by, comment_id, content };
    }
    case 'edit-comment':
    case 'delete-comment': {
      const comment = commentOf(state.world.comments, repository, Number(field('comment')));
      const own = comment.user_id === user.id;
      if (!own && !reaches(roleIn(repository, user.id, state), 'write')) throw notAllowed();
      const on = { comment_id: comment.id, ...by };
      if (what === 'delete-comment') return { action: 'delete_comment', ...on };
      return { action: 'edit_comment', ...on, body: field('body') };
    }
    case 'check-action': {
      const check_run_id = Number(field('run'));
      return {
        action: 'request_check_action',
        check_run_id,
        identifier: field('identifier'),
        ...by,
      };
    }
    case 'merge':
      if (!reaches(roleIn(repository, user.id, state), 'write')) throw notAllowed();
      return { action: 'merge_pull_request', ...place, ...by };
  }
  if (!mayChange(thread, user.id, state)) throw notAllowed();
  if (what === 'close') return { action: 'close_pull_request', ...place, ...by };
  if (what === 'reopen') return { action: 'reopen_pull_request', ...place, ...by };
  if (what !== 'edit') throw new Error('There is no such button.');
  const words = { title: field('title'), body: field('body'), base: field('base') };
  return { action: 'edit_pull_request', ...place, ...by, ...words };
}

function commentOf(all: readonly Comment[], { id }: Repository, commentId: number): Comment {
  const comment = all.find((each) => each.id === commentId && each.repository_id === id);
  if (comment === undefined) throw new Error('The comment is gone.');
  return comment;
}

const notAllowed = (): Error => new Error('You may not do that here.');
