/** Check runs of a pull request's head, with their buttons. */
import type { GitHubState } from '../state.ts';
import type { CheckRun, PullRequest } from '../world.ts';
import { markdown } from './markdown.ts';
import { html, type Html } from './page.ts';

/** @param here where the buttons lead */
export function checksOf(state: GitHubState, pull: PullRequest, here: string): Html {
  const runs = state.world.check_runs.filter(
    ({ repository_id, head_sha }) =>
      repository_id === pull.repository_id && head_sha === pull.head.sha,
  );
  if (runs.length === 0) return html``;
  return html`<div class="part">
    <p><strong>Checks</strong></p>
    <ul>
      ${runs.map((run) => row(run, here))}
    </ul>
  </div>`;
}

function row({ id, name, status, conclusion, output, actions }: CheckRun, here: string): Html {
  return html`<li>
    <span>
      <strong>${name}</strong> <span class="soft">${conclusion ?? status}</span>
      ${output.title === null ? '' : html`<br />${output.title}`}
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
    ${output.summary === null ? '' : html`<div class="text">${markdown(output.summary)}</div>`}
  </li>`;
}
