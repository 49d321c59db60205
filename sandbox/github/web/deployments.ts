/** Deployments of a pull request: what runs, and where one looks at it. */
import { commitsOf } from '../commits.ts';
import type { GitHubState } from '../state.ts';
import { happeningsOf } from '../threads.ts';
import type { Deployment, PullRequest } from '../world.ts';
import { html, type Html } from './page.ts';

/** Of any commit that it has or had. */
export function deploymentsOf(state: GitHubState, pull: PullRequest): Deployment[] {
  const pushed = happeningsOf(state, pull).filter(({ what }) => what.endsWith('pushed'));
  const shas = [
    pull.head.sha,
    ...pushed.map(({ from }) => from),
    ...commitsOf(state, pull).map(({ sha }) => sha),
  ];
  return state.world.deployments.filter(
    ({ repository_id, sha }) => repository_id === pull.repository_id && shas.includes(sha),
  );
}

const words: Readonly<Record<string, string>> = {
  success: 'Active',
  inactive: 'Inactive',
  error: 'Failed',
  failure: 'Failed',
  in_progress: 'In progress',
  queued: 'Queued',
};

export function environmentState({ statuses }: Deployment) {
  const state = statuses.at(-1)?.state;
  return { word: words[state ?? ''] ?? 'Pending', live: state === 'success' };
}

/** Only of what runs, and has an address that a person can be sent to. */
export function viewButton({ statuses }: Deployment): Html {
  const last = statuses.at(-1);
  const url = last?.state === 'success' ? last.environment_url : '';
  if (!/^https?:\/\//.test(url)) return html``;
  return html`<a href="${url}" class="button" rel="nofollow noopener">View deployment</a>`;
}

/** What runs now, as it stands above the buttons; nothing when nothing does. */
export function activeDeployments(state: GitHubState, pull: PullRequest): Html {
  const newest = new Map(deploymentsOf(state, pull).map((each) => [each.environment, each]));
  const active = [...newest.values()].filter((each) => environmentState(each).live);
  if (active.length === 0) return html``;
  const places = active.length === 1 ? 'place' : 'places';
  return html`<div class="part">
    <p>
      <span class="mark go" aria-hidden="true">✓</span> <strong>This branch was deployed</strong>
      <span class="soft">to ${active.length} ${places}</span>
    </p>
    <ul>
      ${active.map((each) => html`<li><span>${each.environment}</span> ${viewButton(each)}</li>`)}
    </ul>
  </div>`;
}
