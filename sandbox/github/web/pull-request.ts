/** `/OWNER/NAME/pull/NUMBER` and `/OWNER/NAME/issues/NUMBER`: what is said, and what one may do. */
import { branchOf, commitsOf } from '../commits.ts';
import type { Outgoing } from '../http.ts';
import { reaches, roleIn } from '../roles.ts';
import { fullNameOf } from '../shapes/repositories.ts';
import { isPullRequest, mayChange } from '../threads.ts';
import type { PullRequest, Repository, Thread } from '../world.ts';
import { avatar } from './avatar.ts';
import { checksOf } from './checks.ts';
import { descriptionCard } from './comment.ts';
import { activeDeployments } from './deployments.ts';
import { html, type Html } from './page.ts';
import { repositoryPath } from './repository-settings.ts';
import { badge } from './repository.ts';
import { timelineOf } from './timeline.ts';
import { framed, type Visit } from './visit.ts';

export function threadPage(visit: Visit, repository: Repository, thread: Thread): Outgoing {
  const { state, incoming } = visit;
  const fullName = fullNameOf(repository, state);
  const here = threadAddress(fullName, thread);
  const pull = isPullRequest(thread) ? thread : undefined;
  const place = { visit, repository, thread, here };
  const time = state.clock.timestamp().slice(11, 19);
  return framed(
    visit,
    `${thread.title} · #${thread.number}`,
    html`<div class="headline">
        <h1>${thread.title} <span class="soft">#${thread.number}</span></h1>
        ${
          pull === undefined
            ? html`<p>${badge({ state: thread.state, merged_at: null })} Issue</p>`
            : summary(visit, pull)
        }
        ${editForm(visit, repository, thread, here)}
      </div>
      <h2 class="hidden">Conversation</h2>
      <div class="timeline">${descriptionCard(place)} ${timelineOf(place)}</div>
      ${pull === undefined ? '' : mergeBox(visit, repository, pull, here)}
      ${commentBox(visit, thread, here)}
      <p class="soft">
        As it was at ${time} UTC. <a href="${incoming.url.pathname}">Look again</a>
      </p>`,
    { path: repositoryPath(fullName) },
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
  const count = commitsOf(state, pull).length;
  const commits = `${count} commit${count === 1 ? '' : 's'}`;
  const merger = pull.merged_by_id === null ? undefined : state.user(pull.merged_by_id);
  const gone = head.repository_id === null ? ' The fork is gone.' : '';
  const at = html`<span class="soft">, at <code>${head.sha.slice(0, 7)}</code>.${gone}</span>`;
  const who =
    pull.merged_at === null
      ? html`<strong>${author}</strong> wants to merge ${commits}`
      : html`<strong>${merger?.login ?? 'ghost'}</strong> merged ${commits}`;
  return html`<p>
    ${badge(pull)} ${who} from <code>${from}</code> into <code>${base.ref}</code>${at}
  </p>`;
}

/** What runs, what was checked, and how it goes on; nothing when there is nothing. */
function mergeBox(visit: Visit, repository: Repository, pull: PullRequest, here: string): Html {
  const parts = [
    activeDeployments(visit.state, pull),
    checksOf(visit.state, pull, here),
    buttons(visit, repository, pull, here),
  ].filter(({ text }) => text !== '');
  if (parts.length === 0) return html``;
  return html`<section class="box" aria-label="State of this pull request">${parts}</section>`;
}

function buttons(
  { state, user }: Visit,
  repository: Repository,
  pull: PullRequest,
  here: string,
): Html {
  if (user === undefined) return html``;
  const writes = reaches(roleIn(repository, user.id, state), 'write');
  const from = sourceOf(state, pull);
  const pushes = from !== undefined && reaches(roleIn(from, user.id, state), 'write');
  const offered: Html[] = [];
  if (pull.state === 'open' && writes) offered.push(button('merge', 'Merge pull request', 'fill'));
  if (pushes) offered.push(button('push', 'Push a commit'));
  if (offered.length === 0) return html``;
  return html`<form class="row part" method="post" action="${here}">${offered}</form>`;
}

/** Where its branch is, if that is still there. */
function sourceOf(state: Visit['state'], { head }: PullRequest): Repository | undefined {
  const from = head.repository_id === null ? undefined : state.repository(head.repository_id);
  return from !== undefined && branchOf(from, head.ref) !== undefined ? from : undefined;
}

function commentBox({ user, state }: Visit, thread: Thread, here: string): Html {
  const login = user?.login ?? 'nobody';
  const changes = user !== undefined && isPullRequest(thread) && mayChange(thread, user.id, state);
  return html`<h2 id="say">Add a comment</h2>
    <div class="said">
      ${avatar(login)}
      <form class="stack" method="post" action="${here}" aria-labelledby="say">
        <label for="comment">Comment as ${login}</label>
        <textarea id="comment" name="body" required placeholder="Markdown works here"></textarea>
        <span class="row end">
          ${changes ? closeButton(state, thread) : ''}
          <button class="fill" name="do" value="comment">Comment</button>
        </span>
      </form>
    </div>`;
}

/** With what is written above, if anything is. */
function closeButton(state: Visit['state'], pull: PullRequest): Html {
  if (pull.state === 'open') return button('close', 'Close pull request', 'stop');
  if (pull.merged_at !== null || sourceOf(state, pull) === undefined) return html``;
  return button('reopen', 'Reopen pull request', 'go');
}

function button(what: string, label: string, kind = ''): Html {
  return html`<button class="${kind}" name="do" value="${what}" formnovalidate>${label}</button>`;
}

function editForm(
  { state, user }: Visit,
  { branches }: Repository,
  thread: Thread,
  here: string,
): Html {
  if (user === undefined || !isPullRequest(thread)) return html``;
  if (!mayChange(thread, user.id, state)) return html``;
  return html`<details>
    <summary class="soft">Edit title, description and base</summary>
    <form class="stack" method="post" action="${here}">
      <label for="title">Title</label>
      <input type="text" id="title" name="title" value="${thread.title}" required />
      <label for="description">Description</label>
      <textarea id="description" name="body">${thread.body ?? ''}</textarea>
      <label for="base">Base</label>
      <select id="base" name="base">
        ${branches.map(({ name }) =>
          name === thread.base.ref
            ? html`<option selected>${name}</option>`
            : html`<option>${name}</option>`,
        )}
      </select>
      <span><button name="do" value="edit">Save</button></span>
    </form>
  </details>`;
}
