/** `/OWNER/NAME/pull/NUMBER` and `/OWNER/NAME/issues/NUMBER`: what is said, and what one may do. */
import { branchOf, commitsOf } from '../commits.ts';
import type { Outgoing } from '../http.ts';
import { reaches, roleIn } from '../roles.ts';
import { fullNameOf } from '../shapes/repositories.ts';
import { commentsOf, isPullRequest, mayChange } from '../threads.ts';
import type { PullRequest, Repository, Thread } from '../world.ts';
import { commentCard, descriptionCard } from './comment.ts';
import { html, type Html } from './page.ts';
import { badge } from './repository.ts';
import { statesOf } from './states.ts';
import { framed, type Visit } from './visit.ts';

export function threadPage(visit: Visit, repository: Repository, thread: Thread): Outgoing {
  const { state } = visit;
  const fullName = fullNameOf(repository, state);
  const here = threadAddress(fullName, thread);
  const pull = isPullRequest(thread) ? thread : undefined;
  const place = { visit, repository, thread, here };
  const comments = commentsOf(state, thread).map((comment) => commentCard(place, comment));
  return framed(
    visit,
    `${thread.title} · #${thread.number}`,
    html`<h1>${thread.title} <span class="soft">#${thread.number}</span></h1>
      ${
        pull === undefined
          ? html`<p>${badge({ state: thread.state, merged_at: null })} Issue</p>`
          : summary(visit, pull)
      }
      ${descriptionCard(place)} ${comments} ${pull === undefined ? '' : statesOf(visit, pull, here)}
      ${commentBox(visit, here)} ${pull === undefined ? '' : buttons(visit, repository, pull, here)}
      ${pull === undefined ? '' : editForm(visit, repository, pull, here)}`,
    {
      path: [
        [`/${fullName.split('/')[0] ?? ''}`, fullName.split('/')[0] ?? ''],
        [`/${fullName}`, repository.name],
      ],
    },
  );
}

export function threadAddress(fullName: string, thread: Thread): string {
  return `/${fullName}/${isPullRequest(thread) ? 'pull' : 'issues'}/${thread.number}`;
}

function summary({ state }: Visit, pull: PullRequest): Html {
  const { head, base, repository_id } = pull;
  const owner = state.account(head.owner_id)?.login ?? 'ghost';
  const from = head.repository_id === repository_id ? head.ref : `${owner}:${head.ref}`;
  const author = state.user(pull.user_id)?.login ?? 'ghost';
  const commits = commitsOf(state, pull).length;
  const gone = head.repository_id === null ? ' The fork is gone.' : '';
  return html`<p>
    ${badge(pull)} <strong>${author}</strong> wants to merge ${commits}
    commit${commits === 1 ? '' : 's'} from <code>${from}</code> into <code>${base.ref}</code>, now
    at <code>${head.sha.slice(0, 7)}</code>.${gone}
  </p>`;
}

function commentBox({ user }: Visit, here: string): Html {
  return html`<h2 id="say">Add a comment</h2>
    <form class="stack" method="post" action="${here}" aria-labelledby="say">
      <label for="comment">Comment as ${user?.login ?? 'nobody'}</label>
      <textarea id="comment" name="body" required></textarea>
      <span><button class="go" name="do" value="comment">Comment</button></span>
    </form>`;
}

function buttons(
  { state, user }: Visit,
  repository: Repository,
  pull: PullRequest,
  here: string,
): Html {
  if (user === undefined) return html``;
  const open = pull.state === 'open';
  const writes = reaches(roleIn(repository, user.id, state), 'write');
  const headId = pull.head.repository_id;
  const from = headId === null ? undefined : state.repository(headId);
  const branch = from && branchOf(from, pull.head.ref);
  const pushes = from !== undefined && reaches(roleIn(from, user.id, state), 'write');
  const offered: Html[] = [];
  if (branch !== undefined && pushes) offered.push(button('push', 'Push a commit'));
  if (mayChange(pull, user.id, state)) {
    if (open) offered.push(button('close', 'Close pull request', 'stop'));
    else if (pull.merged_at === null && branch !== undefined) {
      offered.push(button('reopen', 'Reopen pull request', 'go'));
    }
  }
  if (open && writes) offered.push(button('merge', 'Merge pull request', 'go'));
  if (offered.length === 0) return html``;
  return html`<h2 id="act">This pull request</h2>
    <form class="row" method="post" action="${here}" aria-labelledby="act">${offered}</form>`;
}

function button(what: string, label: string, kind = ''): Html {
  return html`<button class="${kind}" name="do" value="${what}">${label}</button>`;
}

function editForm(
  { state, user }: Visit,
  { branches }: Repository,
  pull: PullRequest,
  here: string,
): Html {
  if (user === undefined || !mayChange(pull, user.id, state)) return html``;
  return html`<details>
    <summary>Edit title, description and base</summary>
    <form class="stack" method="post" action="${here}">
      <label for="title">Title</label>
      <input type="text" id="title" name="title" value="${pull.title}" required />
      <label for="description">Description</label>
      <textarea id="description" name="body">${pull.body ?? ''}</textarea>
      <label for="base">Base</label>
      <select id="base" name="base">
        ${branches.map(({ name }) =>
          name === pull.base.ref
            ? html`<option selected>${name}</option>`
            : html`<option>${name}</option>`,
        )}
      </select>
      <span><button name="do" value="edit">Save</button></span>
    </form>
  </details>`;
}
