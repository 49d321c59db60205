/**
 * The one comment that stays at a pull request: the same state always gives the same text, so that it
 * is edited when something changed and at no other time. Times are absolute, since a countdown would
 * be an edit each minute.
 */
import { usage } from './command.ts';
import { code, linkTarget, utc } from './markdown.ts';
import type { Account, Preview, PullId } from './ports.ts';

/** GitHub takes 65,536 characters; a table that nobody reads to its end helps nobody. */
const maxRows = 20;
const maxPersons = 10;

export interface CommentView {
  pull: PullId;
  closed: boolean;
  /** The head commit, of which only a confirmation speaks: each push would be an edit. */
  sha: string;
  previews: readonly Preview[];
  /** Whose `/preview public` waits for the commit to be spelt out. */
  waitsFor: Account | undefined;
  /** '' where there is no dashboard to link to. */
  dashboardUrl: string;
  nowMs: number;
}

const states = {
  live: '🟢 live, from a laptop',
  waiting: '🟡 laptop away',
  offline: '⚪ cluster not connected',
} as const;

/** First line of the comment. Anybody can paste one, so it is never a proof. */
export function markerOf({ repositoryId, number }: PullId): string {
  return `<!-- byway:previews ${repositoryId}#${number} -->`;
}

export function render(view: CommentView): string {
  const parts = [markerOf(view.pull), '### Preview links', bodyOf(view)];
  if (!view.closed) {
    parts.push(...waiting(view), ...asking(view), help(), ...manage(view));
  }
  return `${parts.join('\n\n')}\n`;
}

/** The next time at which `render` says something else though nothing happens; undefined: never. */
export function changesAtMs({ previews, nowMs }: CommentView): number | undefined {
  const times = previews.flatMap(({ access, publicUntilMs, allowed }) => [
    ...(access === 'public' ? [publicUntilMs] : []),
    ...allowed.map(({ untilMs }) => untilMs),
  ]);
  const coming = times.filter((atMs) => atMs > nowMs);
  return coming.length === 0 ? undefined : Math.min(...coming);
}

/** The rows as text for a reply: no links, which would be dead soon. */
export function summaryOf(view: CommentView): string {
  if (view.previews.length === 0) return 'There are no previews at this pull request.';
  return sorted(view.previews)
    .slice(0, maxRows)
    .map(
      (each) =>
        `- ${serviceOf(each)} of ${code(each.owner.login)}: ${accessOf(each, view.nowMs)}; ${stateOf(each)}`,
    )
    .join('\n');
}

function bodyOf({ closed, previews, nowMs }: CommentView): string {
  if (closed) return 'The pull request is closed, and its previews were removed.';
  if (previews.length === 0) return 'There are no previews at the moment.';
  const all = sorted(previews);
  const rows = all.slice(0, maxRows).map((each) => {
    const cells = [
      linkOf(each),
      serviceOf(each),
      code(each.owner.login),
      accessOf(each, nowMs),
      stateOf(each),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const table = [
    '| Preview | Service | Owner | Access | State |',
    '|---|---|---|---|---|',
    ...rows,
  ];
  const more = all.length - rows.length;
  return more > 0 ? `${table.join('\n')}\n\nand ${more} more` : table.join('\n');
}

function sorted(previews: readonly Preview[]): readonly Preview[] {
  const key = ({ service, name, label }: Preview): string => `${service}\n${name}\n${label}`;
  return previews.toSorted((left, right) => (key(left) < key(right) ? -1 : 1));
}

function linkOf({ url }: Preview): string {
  const target = linkTarget(url);
  return target === undefined ? '—' : `[Open](${target})`;
}

function serviceOf({ service, name }: Preview): string {
  return name === service ? code(service) : `${code(service)} (${code(name)})`;
}

function accessOf(preview: Preview, nowMs: number): string {
  const { access, publicUntilMs, allowed, readersOnly = false } = preview;
  if (access === 'public' && publicUntilMs > nowMs) {
    return `🌐 public until ${utc(publicUntilMs)}`;
  }
  const persons = allowed
    .filter(({ untilMs }) => untilMs > nowMs)
    .toSorted((left, right) => left.user.id - right.user.id)
    .map(({ user, untilMs }) => `${code(user.login)} until ${utc(untilMs)}`);
  const rule = readersOnly ? '🔒 readers of the repository' : '🔒 organisation';
  return [rule, ...short(persons)].join(', ');
}

function stateOf({ state, endsMs, idleS }: Preview): string {
  if (endsMs === undefined) return states[state];
  // Not the time of that end: each use moves it, and would be an edit.
  const idle = idleS === undefined ? '' : ` or after ${spanOf(idleS)} without use`;
  return `${states[state]}, ends ${utc(endsMs)}${idle}`;
}

/** `3 days`, `8 hours`, `90 minutes`: the largest unit that fits. */
function spanOf(seconds: number): string {
  const units: [number, string][] = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
  ];
  const [size, name] = units.find(([unit]) => seconds % unit === 0) ?? [1, 'second'];
  const count = seconds / size;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

function waiting({ waitsFor, sha }: CommentView): string[] {
  if (!waitsFor) return [];
  return [
    `> [!NOTE]\n> ${code(waitsFor.login)} wants this public. A comment makes one commit public, and ` +
      `which one was meant is not certain. If it is the present one, confirm:\n> \`/preview public ${sha}\``,
  ];
}

function asking({ previews }: CommentView): string[] {
  const byId = new Map(previews.flatMap(({ askers }) => askers).map((user) => [user.id, user]));
  const askers = [...byId.values()].toSorted((left, right) => left.id - right.id);
  if (askers.length === 0) return [];
  const names = short(askers.map(({ login }) => code(login)));
  return [
    `Asking to be let in: ${names.join(', ')}. ` +
      `To let one person in, comment ${code(`/preview allow @${askers[0]?.login} 4h`)}.`,
  ];
}

function help(): string {
  const lines = usage.map(([command, what]) => `- \`${command}\`: ${what}`);
  const text = 'First line of a new comment; edited comments do not count.';
  return `<details><summary>Commands</summary>\n\n${lines.join('\n')}\n\n${text}\n\n</details>`;
}

function manage({ dashboardUrl }: CommentView): string[] {
  const target = linkTarget(dashboardUrl);
  return target === undefined ? [] : [`<sub>[Manage](${target})</sub>`];
}

function short(items: readonly string[]): readonly string[] {
  if (items.length <= maxPersons) return items;
  return [...items.slice(0, maxPersons), `${items.length - maxPersons} more`];
}
