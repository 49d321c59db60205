/** The Markdown that is printed of the loop of a pull request. */
import { sumOf, type Calls } from './calls.ts';
import type { Crowd } from './crowds.ts';
import { pauseBefore } from './fixed-pause.ts';
import { crowdKinds, timedKinds, type PullRequestLoop, type TimedResult } from './result.ts';

const timedTitles: Readonly<Record<(typeof timedKinds)[number], string>> = {
  command: '`/preview public` or `private` → access in the comment',
  link: 'first preview made → link in the comment',
  push: 'push that ends public access → comment',
  closed: 'pull request closed → comment',
};

const crowdTitles: Readonly<Record<(typeof crowdKinds)[number], string>> = {
  bare: 'a pull request without previews: opened, pushed to, closed',
  quietPush: 'pushes, a private preview at each pull request',
  swarm: 'pushes at once, a public preview',
};

/** Events one at a time beside the fixed pause, then crowds of webhooks, then the calls by name. */
export function loopTableOf(loop: PullRequestLoop): string {
  const { pause, timed, crowds, omitted, faults } = loop;
  const timedRows = timedKinds.map((kind) =>
    timedRow(timedTitles[kind], timed[kind], pauseBefore(kind)),
  );
  const crowdRows = crowdKinds.map((kind) => crowdRow(crowdTitles[kind], crowds[kind]));
  return `The loop of a pull request, events one at a time. By design the app waits ${pause.gatherMs} ms, in which
webhooks gather for one look at GitHub; before a new comment and between two edits ${pause.refreshDelayMs} ms, in which changes
become one. Quantiles by nearest rank.

| from → to | events | p50 ms | p95 ms | fixed pause, ms | p50 ÷ pause | API calls per event |
|---|---|---|---|---|---|---|
${timedRows.join('\n')}

| webhooks | how many | comments | API calls | shown after ms | last call after ms |
|---|---|---|---|---|---|
${crowdRows.join('\n')}

API calls of one event, by GitHub’s names:

${timedKinds.map((kind) => `- ${timedTitles[kind]}: ${namesOf(timed[kind].calls, timed[kind].timesMs.length)}`).join('\n')}
- ${crowds.swarm.webhooks} ${crowdTitles.swarm}, together: ${namesOf(crowds.swarm.calls, 1)}
${list('Left out:', omitted)}${list('Wrong:', faults)}`;
}

function timedRow(title: string, result: TimedResult, pauseMs: number): string {
  const { timesMs, calls, p50Ms, p95Ms, p50ToPause } = result;
  const count = timesMs.length;
  if (count === 0) return `| ${title} | 0 | – | – | – | – | – |`;
  const cells = [title, count, p50Ms, p95Ms, pauseMs, p50ToPause.toFixed(2)];
  return `| ${cells.join(' | ')} | ${per(sumOf(calls), count)} |`;
}

function crowdRow(title: string, { webhooks, comments, calls, shownMs, settledMs }: Crowd): string {
  const cells = [title, webhooks, comments, sumOf(calls), shownMs ?? '–', settledMs ?? '–'];
  return `| ${cells.join(' | ')} |`;
}

/** `1 pulls/get, 1.5 issues/update-comment` */
function namesOf(calls: Calls, events: number): string {
  const names = Object.entries(calls).map(([name, count]) => `${per(count, events)} ${name}`);
  return names.length === 0 ? 'none' : names.join(', ');
}

/** At most one digit after the point, and none where it says nothing. */
function per(count: number, events: number): string {
  return events === 0 ? '–' : String(Math.round((count / events) * 10) / 10);
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `- ${line}`).join('\n')}\n`;
}
