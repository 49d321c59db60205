/** What apps say about a pull request's commit: deployments to look at, checks with buttons. */
import { commitsOf } from '../commits.ts';
import type { CheckRun, Deployment, PullRequest } from '../world.ts';
import { markdown } from './markdown.ts';
import { html, type Html } from './page.ts';
import type { Visit } from './visit.ts';

export function statesOf({ state }: Visit, pull: PullRequest, here: string): Html {
  const shas = [pull.head.sha, ...commitsOf(state, pull).map(({ sha }) => sha)];
  const deployments = state.world.deployments.filter(
    ({ repository_id, sha }) => repository_id === pull.repository_id && shas.includes(sha),
  );
  const runs = state.world.check_runs.filter(
    ({ repository_id, head_sha }) =>
      repository_id === pull.repository_id && head_sha === pull.head.sha,
  );
  return html`${section('Deployments', deployments.map(deploymentRow))}
  ${section(
    'Checks',
    runs.map((run) => checkRow(run, here)),
  )}`;
}

function section(title: string, rows: readonly Html[]): Html {
  if (rows.length === 0) return html``;
  return html`<h2>${title}</h2>
    <ul>
      ${rows}
    </ul>`;
}

function deploymentRow({ environment, statuses, ref }: Deployment): Html {
  const last = statuses.at(-1);
  const live = last?.state === 'success' && /^https?:\/\//.test(last.environment_url);
  return html`<li>
    <span>${environment} <span class="soft">${ref} · ${last?.state ?? 'pending'}</span></span>
    ${live ? html`<a href="${last.environment_url}" rel="nofollow noopener">View deployment</a>` : ''}
  </li>`;
}

function checkRow({ id, name, status, conclusion, output, actions }: CheckRun, here: string): Html {
  return html`<li>
    <span>
      <strong>${name}</strong> <span class="soft">${conclusion ?? status}</span>
      ${output.title === null ? '' : html`<br />${output.title}`}
      ${output.summary === null ? '' : markdown(output.summary)}
    </span>
    <form class="row" method="post" action="${here}">
      <input type="hidden" name="run" value="${id}" />
      <input type="hidden" name="do" value="check-action" />
      ${actions.map(
        ({ label, description, identifier }) =>
          html`<button name="identifier" value="${identifier}" title="${description}">
            ${label}
          </button>`,
      )}
    </form>
  </li>`;
}
