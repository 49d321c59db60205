/**
 * Our one comment: made when there is something to show, edited when its text would be another, and not
 * made again against a person's deletion. Its id is what we remember; a marker proves nothing.
 */
import { markerOf } from './comment.ts';
import { isOurs } from './ours.ts';
import type { Answer, AppServices, Place } from './ports.ts';
import type { PullStates } from './pull-state.ts';

export class Sticky {
  readonly #services: Pick<AppServices, 'github' | 'config' | 'log' | 'clock'>;
  readonly #states: PullStates;

  constructor(
    services: Pick<AppServices, 'github' | 'config' | 'log' | 'clock'>,
    states: PullStates,
  ) {
    this.#services = services;
    this.#states = states;
  }

  /**
   * Shows `body`. `mayBegin`: whether a comment is made where there is none. All but `unavailable` is
   * final until something changes. `gone`: the pull request is out of reach.
   */
  async show(place: Place, body: string, mayBegin: boolean): Promise<Answer<unknown>> {
    const { isSending } = this.#states.current;
    if (isSending) {
      const adopted = await this.#adopt(place);
      if (adopted.kind !== 'ok') return adopted.kind === 'unavailable' ? adopted : done;
    }
    const { comment } = this.#states.current;
    if (comment === 'deleted' || comment?.body === body) return done;
    if (comment) return this.#edit(place, comment.id, body);
    return mayBegin ? this.#begin(place, body) : done;
  }

  async #begin(place: Place, body: string): Promise<Answer<unknown>> {
    this.#states.change({ isSending: true });
    const made = await this.#services.github.createComment(place, body);
    if (made.kind === 'ok') {
      this.#states.change({ isSending: false, comment: { id: made.value.id, body } });
    } else if (made.kind !== 'unavailable') {
      this.#states.change({ isSending: false });
      this.#services.log.warn({ kind: made.kind }, 'the pull request takes no comment');
      return done;
    }
    return made;
  }

  /** By a person: not made again before somebody asks for it, or there is something new to show. */
  deleted(): void {
    this.#states.change({ comment: 'deleted', deletedMs: this.#services.clock.nowMs() });
  }

  /** A deletion of before does not count any more. */
  restore(): void {
    if (this.#states.current.comment === 'deleted') this.#states.change({ comment: undefined });
  }

  async #edit(place: Place, id: number, body: string): Promise<Answer<unknown>> {
    const edited = await this.#services.github.updateComment(place, id, body);
    if (edited.kind === 'ok') this.#states.change({ comment: { id, body } });
    if (edited.kind === 'gone') return this.#missing(place);
    if (edited.kind === 'forbidden') {
      this.#services.log.warn({ commentId: id }, 'the comment may not be edited');
    }
    return edited;
  }

  /** A person has deleted it, or all of the repository is out of reach and may come back. */
  async #missing(place: Place): Promise<Answer<unknown>> {
    const pull = await this.#services.github.pull(place);
    if (pull.kind === 'ok') this.deleted();
    return pull.kind === 'forbidden' ? { kind: 'gone' } : pull;
  }

  /** A comment was sent and the answer was lost: it is there or it is not. */
  async #adopt(place: Place): Promise<Answer<unknown>> {
    const found = await this.#services.github.comments(place);
    if (found.kind !== 'ok') return found;
    const marker = markerOf({ repositoryId: place.repository.id, number: place.number });
    const ours = found.value
      .filter((each) => isOurs(each, marker, this.#services.config.appId))
      .toSorted((left, right) => left.id - right.id)[0];
    const comment = ours && { id: ours.id, body: ours.body };
    this.#states.change({ isSending: false, ...(comment ? { comment } : {}) });
    return done;
  }
}

const done = { kind: 'ok', value: undefined } as const;
