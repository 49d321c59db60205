/** One card of a thread: who says what, and what may be done with it. */
import { reaches, roleIn } from '../roles.ts';
import { authorShape } from '../shapes/accounts.ts';
import { associationOf } from '../threads.ts';
import type { Comment, Repository, Thread } from '../world.ts';
import { ago } from './ago.ts';
import { avatar, named } from './avatar.ts';
import { markdown } from './markdown.ts';
import { html, type Html } from './page.ts';
import { reactionRow } from './reactions.ts';
import type { Visit } from './visit.ts';

export interface Place {
  readonly visit: Visit;
  readonly repository: Repository;
  readonly thread: Thread;
  /** Where the forms go. */
  readonly here: string;
}

const nowhere = { web: '', api: 'http://sandbox.localhost' };

export function descriptionCard(place: Place): Html {
  const { visit, thread } = place;
  const { state } = visit;
  const login = state.user(thread.user_id)?.login ?? 'ghost';
  const text =
    thread.body === null || thread.body.trim() === ''
      ? html`<p class="soft"><em>No description.</em></p>`
      : markdown(thread.body);
  return html`<div class="said">
    ${avatar(login)}
    <article aria-label="Description by ${login}">
      <div class="about">
        <span>${named(login)} opened this ${ago(thread.created_at, state.clock.now())}</span>
        ${standing(place, thread.user_id)}
      </div>
      <div class="text">${text}</div>
      <div class="foot">${reactionRow(place, null)}</div>
    </article>
  </div>`;
}

export function commentCard(place: Place, comment: Comment): Html {
  const { state } = place.visit;
  const { login } = authorShape(comment, state, nowhere);
  const edited = comment.updated_at === comment.created_at ? '' : ' · edited';
  const app = comment.app_id === null ? undefined : state.app(comment.app_id);
  const through = app === undefined || comment.user_id === null ? '' : ` · with ${app.name}`;
  const anchor = `issuecomment-${comment.id}`;
  return html`<div class="said">
    ${avatar(login)}
    <article id="${anchor}" aria-label="Comment by ${login}">
      <div class="about">
        <span>
          ${named(login)} commented
          <a href="#${anchor}">${ago(comment.created_at, state.clock.now())}</a>${edited}${through}
        </span>
        ${standing(place, comment.user_id)}
      </div>
      <div class="text">${markdown(comment.body)}</div>
      <div class="foot">${reactionRow(place, comment.id)} ${changeForm(place, comment)}</div>
    </article>
  </div>`;
}

/** What GitHub says of people beside what they write. */
function standing({ visit, repository, thread }: Place, userId: number | null): Html {
  const association = associationOf({ user_id: userId }, repository, visit.state).toLowerCase();
  const author = userId !== null && userId === thread.user_id;
  return html`<span class="row">
    ${association === 'none' ? '' : tag(association)} ${author ? tag('author') : ''}
  </span>`;
}

function tag(word: string): Html {
  return html`<span class="badge tag">${word}</span>`;
}

function changeForm({ visit, repository, here }: Place, comment: Comment): Html {
  const { user, state } = visit;
  if (user === undefined) return html``;
  const own = comment.user_id === user.id;
  if (!own && !reaches(roleIn(repository, user.id, state), 'write')) return html``;
  const field = `edit-${comment.id}`;
  return html`<details class="change">
    <summary class="soft">Edit or delete</summary>
    <form class="stack" method="post" action="${here}">
      <input type="hidden" name="comment" value="${comment.id}" />
      <label for="${field}">What it shall say</label>
      <textarea id="${field}" name="body">${comment.body}</textarea>
      <span class="row">
        <button name="do" value="edit-comment">Save</button>
        <button class="stop" name="do" value="delete-comment">Delete comment</button>
      </span>
    </form>
  </details>`;
}
