/** The reactions to a comment, and the buttons that add one or take one back. */
import { authorShape } from '../shapes/accounts.ts';
import { reactionsOf } from '../threads.ts';
import { reactionContents } from '../world-code.ts';
import type { Reaction, ReactionContent } from '../world.ts';
import type { Place } from './comment.ts';
import { html, type Html } from './page.ts';
import type { Visit } from './visit.ts';

const emoji: Readonly<Record<ReactionContent, string>> = {
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

/**
 * A button for each kind that is there, and the others folded; pressed once more, mine is gone.
 * @param commentId null: of the issue or pull request itself
 */
export function reactionRow({ visit, thread, here }: Place, commentId: number | null): Html {
  const all = reactionsOf(visit.state, thread, commentId);
  const there = reactionContents.filter((content) => all.some((each) => each.content === content));
  const others = reactionContents.filter((content) => !there.includes(content));
  return html`<form class="row reactions" method="post" action="${here}">
    <input type="hidden" name="comment" value="${commentId ?? ''}" />
    <input type="hidden" name="do" value="react" />
    ${there.map((content) => counted(visit, content, all))}
    <details>
      <summary aria-label="Add a reaction">☺</summary>
      <span class="row">${others.map(offer)}</span>
    </details>
  </form>`;
}

function offer(content: ReactionContent): Html {
  return html`<button class="small" name="content" value="${content}" aria-label="React ${content}">
    ${emoji[content]}
  </button>`;
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
