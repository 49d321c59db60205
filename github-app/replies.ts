/**
 * Answers that need words: help, status, refusals. One for each comment at most, and no more in an hour
 * than a thread can bear, since anybody may ask for help.
 */
import { usage } from './command.ts';
import { isOurs } from './ours.ts';
import type { Answer, AppServices, Place } from './ports.ts';

export const maxRepliesPerHour = 10;
const hourMs = 3_600_000;

type ReplyServices = Pick<AppServices, 'store' | 'clock' | 'github' | 'config' | 'log'>;

export class Replies {
  readonly #services: ReplyServices;

  constructor(services: ReplyServices) {
    this.#services = services;
  }

  /** `gone` and `forbidden` count as done: nobody can be told. */
  async post(place: Place, commentId: number, text: string): Promise<Answer<unknown>> {
    const { store, clock, github, log } = this.#services;
    const nowMs = clock.nowMs();
    const marker = `<!-- byway:reply ${commentId} -->`;
    const [before] = store.all('SELECT at_ms FROM replies WHERE comment_id = ?', commentId);
    if (before) {
      // It was sent, and whether GitHub took it is not known.
      const found = await github.comments(place);
      if (found.kind !== 'ok') return found;
      const { appId } = this.#services.config;
      if (found.value.some((each) => isOurs(each, marker, appId))) return { kind: 'ok', value: 0 };
    } else {
      const [row] = store.all(
        'SELECT COUNT(*) AS count FROM replies WHERE at_ms > ?',
        nowMs - hourMs,
      );
      if (Number(row?.count) >= maxRepliesPerHour) {
        log.info({ commentId }, 'no reply: enough were sent to this pull request');
        return { kind: 'ok', value: 0 };
      }
      store.run('INSERT INTO replies VALUES (?, ?)', commentId, nowMs);
    }
    return github.createComment(place, `${marker}\n${text}\n`);
  }
}

export function helpText(fault?: string): string {
  const lines = usage.map(([command, what]) => `- \`${command}\`: ${what}`);
  return [
    ...(fault === undefined ? [] : [`That was not understood: ${fault}.`, '']),
    'The first line of a new comment may be one of these:',
    '',
    ...lines,
  ].join('\n');
}

export function confirmText(sha: string): string {
  return [
    'Nothing was changed yet: a comment makes one commit public, and which one was meant is not',
    'certain, because of a push close to it or because the pull request comes from a fork.',
    `If it is the present one, comment \`/preview public ${sha}\`.`,
  ].join(' ');
}

export const noPreviews = 'There is no preview here that this could be about.';

export const closed = 'The pull request was closed, and its previews were removed.';
