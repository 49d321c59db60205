/** One card of a thread: who says what, and the reactions to it. */
import { reaches, roleIn } from '../roles.ts';
import { authorShape } from '../shapes/accounts.ts';
import { reactionsOf } from '../threads.ts';
import { reactionContents } from '../world-code.ts';
import type { Comment, Reaction, ReactionContent, Repository, Thread } from '../world.ts';
import { markdown } from './markdown.ts';
import { html, type Html } from './page.ts';
import type { Visit } from './visit.ts';

export interface Place {
  readonly visit: Visit;
  readonly repository: Repository;
  readonly thread: Thread;
  /** Where the forms go. */
  readonly here: string;
}

export const emoji: Readonly<Record<ReactionContent, string>> = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  confused: '😕',
  heart: '❤️',
  hooray: '🎉',
  rocket: '🚀',
  eyes: '👀',
};

const nowhere = { web: '', api: 'http://sandbox.localhost' };

export function descriptionCard(place: Place): Html {
  const { visit, thread } = place;
  const author = visit.state.user(thread.user_id)?.login ?? 'ghost';
  const text =
    thread.body === null ? html`<p class="soft">No description.</p>` : markdown(thread.body);
  return html`<article aria-label="Description by ${author}">
    <div class="about"><strong>${author}</strong> ${timeOf(thread.created_at)}</div>
    <div class="text">${text}</div>
    ${reactionRow(place, null)}
  </article>`;
}

export function commentCard(place: Place, comment: Comment): Html {
  const { state } = place.visit;
  const { login } = authorShape(comment, state, nowhere);
  const edited = comment.updated_at === comment.created_at ? '' : ' · edited';
  const app = comment.app_id === null ? undefined : state.app(comment.app_id);
  const through = app === undefined || comment.user_id === null ? '' : ` · with ${app.name}`;
  const bot = comment.user_id === null ? html` <span class="badge">bot</span>` : '';
  return html`<article id="issuecomment-${comment.id}" aria-label="Comment by ${login}">
    <div class="about">
      <span><strong>${login}</strong>${bot}</span>
      <span>
        <a href="#issuecomment-${comment.id}">${timeOf(comment.created_at)}</a>${edited}${through}
      </span>
    </div>
    <div class="text">${markdown(comment.body)}</div>
    ${reactionRow(place, comment.id)} ${changeForm(place, comment)}
  </article>`;
}

function timeOf(timestamp: string): Html {
  const text = `${timestamp.slice(0, 16).replace('T', ' ')} UTC`;
  return html`<time datetime="${timestamp}">${text}</time>`;
}

/** A button for each kind that is there, and the others folded; pressed once more, mine is gone. */
function reactionRow({ visit, thread, here }: Place, commentId: number | null): Html {
  const all = reactionsOf(visit.state, thread, commentId);
  const there = reactionContents.filter((content) => all.some((each) => each.content === content));
  const action = html`<input type="hidden" name="comment" value="${commentId ?? ''}" />`;
  return html`<form class="row" method="post" action="${here}">
    ${action}<input type="hidden" name="do" value="react" />
    ${there.map((content) => counted(visit, content, all))}
    <details>
      <summary aria-label="Add a reaction">☺</summary>
      <span class="row">
        ${reactionContents
          .filter((content) => !there.includes(content))
          .map(
            (content) =>
              html`<button
                class="small"
                name="content"
                value="${content}"
                aria-label="React ${content}"
              >
                ${emoji[content]}
              </button>`,
          )}
      </span>
    </details>
  </form>`;
}

function counted({ user, state }: Visit, content: ReactionContent, all: readonly Reaction[]): Html {
  const these = all.filter((reaction) => reaction.content === content);
  const mine = these.some(({ user_id }) => user_id !== null && user_id === user?.id);
  const who = these.map((reaction) => authorShape(reaction, state, nowhere).login).join(', ');
  return html`<button
    class="small"
    name="content"
    value="${content}"
    aria-pressed="${String(mine)}"
    aria-label="${content}: ${these.length}"
    title="${who}"
  >
    ${emoji[content]} ${these.length}
  </button>`;
}

function changeForm({ visit, repository, here }: Place, comment: Comment): Html {
  const { user, state } = visit;
  if (user === undefined) return html``;
  const own = comment.user_id === user.id;
  if (!own && !reaches(roleIn(repository, user.id, state), 'write')) return html``;
  const field = `edit-${comment.id}`;
  return html`<details>
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
