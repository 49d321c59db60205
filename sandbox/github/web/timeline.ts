/** What was said and done at an issue or pull request, oldest first. */
import { commitsBetween } from '../commits.ts';
import { authorShape } from '../shapes/accounts.ts';
import { commentsOf, happeningsOf, isPullRequest } from '../threads.ts';
import type { Author, Commit, Deployment, Happening, PullRequest } from '../world.ts';
import { ago } from './ago.ts';
import { named } from './avatar.ts';
import { commentCard, type Place } from './comment.ts';
import { deploymentsOf, environmentState, viewButton } from './deployments.ts';
import { html, type Html } from './page.ts';
import type { Visit } from './visit.ts';

interface Entry {
  readonly created_at: string;
  /** Later things have larger ones: times are whole seconds. */
  readonly id: number;
  readonly shown: Html;
}

export function timelineOf(place: Place): Html[] {
  const { visit, thread } = place;
  const { state } = visit;
  const entries: Entry[] = [];
  const add = ({ created_at, id }: Omit<Entry, 'shown'>, shown: Html): void =>
    void entries.push({ created_at, id, shown });
  for (const comment of commentsOf(state, thread)) add(comment, commentCard(place, comment));
  for (const each of happeningsOf(state, thread)) add(each, happeningLine(visit, each));
  if (isPullRequest(thread)) {
    add({ created_at: thread.created_at, id: thread.id }, firstCommits(visit, thread));
    for (const each of deploymentsOf(state, thread)) add(each, deploymentLine(visit, each));
  }
  return entries
    .toSorted(
      (left, right) =>
        Date.parse(left.created_at) - Date.parse(right.created_at) || left.id - right.id,
    )
    .map(({ shown }) => shown);
}

/** Those that were there when it was opened. */
function firstCommits({ state }: Visit, pull: PullRequest): Html {
  const pushed = happeningsOf(state, pull).find(({ what }) => what.endsWith('pushed'));
  const commits = commitsBetween(state, pull.base.sha, pushed?.from ?? pull.head.sha);
  const login = state.user(pull.user_id)?.login ?? 'ghost';
  return html`<div class="event">
    <p>${mark('●')} ${named(login)} added ${counted(commits.length)}</p>
    ${commitList(commits)}
  </div>`;
}

function happeningLine({ state }: Visit, happening: Happening): Html {
  const [sign, words] = wordsFor(happening);
  const commits =
    happening.what === 'pushed' && happening.from !== null && happening.to !== null
      ? commitsBetween(state, happening.from, happening.to)
      : [];
  const said = happening.what === 'pushed' ? html`pushed ${counted(commits.length)}` : words;
  return html`<div class="event ${happening.what}">
    <p>
      ${mark(sign)} ${named(loginOf(happening, state))} ${said}
      ${ago(happening.created_at, state.clock.now())}
    </p>
    ${commitList(commits)}
  </div>`;
}

function wordsFor({ what, from, to }: Happening): [sign: string, words: Html] {
  const place = (sha: string | null): Html => html`<code>${sha?.slice(0, 7) ?? ''}</code>`;
  switch (what) {
    case 'closed':
      return ['⊘', html`closed this`];
    case 'reopened':
      return ['↻', html`reopened this`];
    case 'merged':
      return ['⑂', html`merged commit ${place(from)} into <code>${to ?? ''}</code>`];
    case 'pushed':
      return ['●', html``];
    case 'force_pushed':
      return ['●', html`force-pushed the branch from ${place(from)} to ${place(to)}`];
    case 'renamed':
      return ['✎', html`changed the title <del>${from ?? ''}</del> <strong>${to ?? ''}</strong>`];
    case 'retargeted':
      return [
        '✎',
        html`changed the base branch from <code>${from ?? ''}</code> to <code>${to ?? ''}</code>`,
      ];
    case 'branch_deleted':
      return ['✕', html`deleted the <code>${from ?? ''}</code> branch`];
  }
}

function deploymentLine({ state }: Visit, deployment: Deployment): Html {
  const { word, live } = environmentState(deployment);
  const { environment, created_at } = deployment;
  return html`<div class="event deployed">
    <p>
      ${mark('➚')} ${named(loginOf(deployment, state))} deployed to
      <strong>${environment}</strong> ${ago(created_at, state.clock.now())} ·
      <span class="badge ${live ? 'open' : 'tag'}">${word}</span> ${viewButton(deployment)}
    </p>
  </div>`;
}

function loginOf(author: Author, state: Visit['state']): string {
  return authorShape(author, state, { web: '', api: 'http://sandbox.localhost' }).login;
}

function mark(sign: string): Html {
  return html`<span class="mark" aria-hidden="true">${sign}</span>`;
}

function counted(count: number): string {
  return count === 1 ? 'a commit' : `${count} commits`;
}

function commitList(commits: readonly Commit[]): Html {
  if (commits.length === 0) return html``;
  return html`<ul class="commits">
    ${commits.map(
      ({ sha, message }) =>
        html`<li><span>${message.split('\n')[0] ?? ''}</span> <code>${sha.slice(0, 7)}</code></li>`,
    )}
  </ul>`;
}
