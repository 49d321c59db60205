/**
 * One pull request: takes in what webhooks tell, works on it in its own time, and shows how things
 * stand. Webhooks come late, twice, in any order or not at all, so they only say that there is
 * something to look at; what is true is asked of GitHub, and where that does not tell, private wins.
 */
import { AccessOrders } from './access-orders.ts';
import { attachedTo, hasNone } from './attach.ts';
import { CarryOut, type Outcome } from './carry-out.ts';
import { Display } from './display.ts';
import { Enforcement } from './enforce.ts';
import type { PullEvent, Source } from './events.ts';
import { Facts, mayLag } from './facts.ts';
import { Heads } from './heads.ts';
import { Inbox, type Received, type Waiting } from './inbox.ts';
import type { AppServices, Place, Reaction, Repository } from './ports.ts';
import { PullStates } from './pull-state.ts';
import { RefreshTime } from './refresh-time.ts';
import { Removals } from './removals.ts';
import { Replies } from './replies.ts';
import { Visit } from './visit.ts';

/**
 * While a comment keeps something public: a push may have been told to nobody, or the repository be out
 * of reach since.
 */
export const lookAgainMs = 10 * 60_000;
/** After a failure that names no time. */
const retryMs = 5_000;

export class PullRequest {
  readonly #services: AppServices;
  readonly #states: PullStates;
  readonly #inbox: Inbox;
  readonly #refreshTime: RefreshTime;
  readonly #facts: Facts;
  readonly #orders: AccessOrders;
  readonly #removals: Removals;
  readonly #enforcement: Enforcement;
  readonly #carryOut: CarryOut;
  readonly #replies: Replies;
  readonly #display: Display;
  #isWorking = false;
  #isCalledAgain = false;

  /** The host has taken the steps of `steps.ts` before. */
  constructor(services: AppServices) {
    const { store, clock } = services;
    const heads = new Heads(store);
    const removals = new Removals(store);
    const orders = new AccessOrders(store);
    const states = new PullStates(store);
    this.#services = services;
    this.#states = states;
    this.#inbox = new Inbox(store, clock);
    this.#refreshTime = new RefreshTime(states, clock);
    this.#orders = orders;
    this.#removals = removals;
    this.#facts = new Facts({ store, clock, states, heads, orders, removals });
    this.#enforcement = new Enforcement(services);
    this.#replies = new Replies(services);
    this.#display = new Display(services, states, orders);
    const display = this.#display;
    this.#carryOut = new CarryOut({ ...services, heads, accessOrders: orders, removals, display });
  }

  /**
   * Takes an event in; the alarm does the rest. That the installation is the organisation's, the owner
   * of `source.repository`, was checked before. `guid`: of the delivery.
   */
  receive(guid: string, source: Source, number: number, event: PullEvent): Received {
    const { comment } = this.#states.current;
    if (event.kind === 'comment-deleted') {
      const isOurs = typeof comment === 'object' && comment.id === event.commentId;
      if (isOurs) this.#display.deleted();
      return isOurs ? 'queued' : 'seen';
    }
    if (!this.#states.current.repository) this.#meet(source.repository, number);
    const received = this.#inbox.receive(event, guid);
    this.#setAlarm();
    return received;
  }

  /** Something about its previews is different, or `repository` has another name. */
  changed(repository: Repository, number: number): void {
    const { sha, organisationId } = this.#states.current;
    if (organisationId === 0) this.#meet(repository, number);
    else this.#states.change({ repository });
    if (sha === '') this.#inbox.receive({ kind: 'look' }, undefined);
    else this.#refreshTime.soon();
    this.#setAlarm();
  }

  /** Works on all that is due, on one thing at a time. Early calls do nothing. */
  async alarm(): Promise<void> {
    if (this.#isWorking) {
      this.#isCalledAgain = true;
      return;
    }
    this.#isWorking = true;
    try {
      do {
        this.#isCalledAgain = false;
        await this.#pass();
      } while (this.#isCalledAgain);
    } finally {
      this.#isWorking = false;
      this.#setAlarm();
    }
  }

  /** A port that breaks its word must not make the alarm ring without end. */
  async #pass(): Promise<void> {
    const due = this.#inbox.due();
    try {
      if (due.length > 0) {
        this.#refreshTime.soon();
        await this.#work(due);
      }
      if (this.#refreshTime.isDue) await this.#refresh();
    } catch (error) {
      this.#services.log.warn({ error: String(error) }, 'the work on a pull request failed');
      for (const each of due) this.#postpone(each, retryMs);
      this.#refreshTime.in(retryMs);
    }
  }

  async #work(due: readonly Waiting[]): Promise<void> {
    const place = this.#place();
    if (!place) return;
    const events = due.map(({ event }) => event);
    // Most pull requests never have a preview: GitHub is not asked about those.
    if (this.#isUntouched && (await this.#hasNone(events))) {
      this.#facts.hear(events);
      // Whatever comes next is no longer about the head that was known.
      this.#states.change({ sha: '' });
      for (const each of due) this.#inbox.done(each);
      return;
    }
    const answer = await this.#services.github.pull(place);
    if (answer.kind === 'unavailable') {
      this.#facts.doubt(events);
      await this.#enforce();
      for (const each of due) this.#postpone(each, answer.retryAfterMs);
      return;
    }
    if (answer.kind !== 'ok' || !this.#facts.isOurs(answer.value)) {
      // Nobody can tell any more for which commit it is public, or it has another owner.
      this.#orders.endAll();
      this.#states.change({ sha: '' });
      await this.#enforce();
      for (const each of due) this.#inbox.done(each);
      this.#services.log.info({ kind: answer.kind }, 'the pull request is out of reach');
      return;
    }
    this.#facts.learn(answer.value, events);
    if (mayLag(events, answer.value)) {
      this.#inbox.receive({ kind: 'look' }, undefined, retryMs);
    }
    const { repository } = answer.value.base;
    const { organisationId } = this.#states.current;
    const about = { place: { ...place, repository }, pull: answer.value, organisationId };
    await this.#workWith(new Visit(this.#services, about), due);
  }

  /** We have said nothing there, and nobody has ordered anything. */
  get #isUntouched(): boolean {
    const { comment, isSending, deployment } = this.#states.current;
    return !comment && !isSending && !deployment && this.#orders.all().length === 0;
  }

  #hasNone(events: readonly PullEvent[]): Promise<boolean> {
    const { organisationId } = this.#states.current;
    return hasNone(this.#services.previews, { organisationId, id: this.#states.id }, events);
  }

  async #workWith(visit: Visit, due: readonly Waiting[]): Promise<void> {
    const attached = await attachedTo(this.#services.previews, visit, this.#removals);
    if (attached.kind !== 'ok') {
      await this.#enforce();
      const afterMs = attached.kind === 'unavailable' ? attached.retryAfterMs : retryMs;
      for (const each of due) this.#postpone(each, afterMs);
      return;
    }
    const outcomes = new Map<number, Outcome>();
    for (const { event, attempts } of due) {
      if (event.kind !== 'command') continue;
      const { order } = event;
      if (attempts === 0) await this.#react(visit.place, order.commentId, 'eyes');
      outcomes.set(order.commentId, await this.#carryOut.do(order, visit, attached.value));
    }
    const refusals = await this.#enforce();
    for (const each of due) {
      if (each.event.kind !== 'command') {
        this.#inbox.done(each);
        continue;
      }
      const { commentId } = each.event.order;
      const reply = refusals.get(commentId);
      const outcome = reply === undefined ? outcomes.get(commentId) : refusedWith(reply);
      await this.#finish(each, commentId, outcome ?? { kind: 'done' }, visit.place);
    }
  }

  async #finish(each: Waiting, commentId: number, outcome: Outcome, place: Place): Promise<void> {
    if (outcome.kind === 'later') {
      this.#postpone(each, outcome.retryAfterMs);
      return;
    }
    await this.#react(place, commentId, outcome.kind === 'done' ? 'rocket' : 'confused');
    if (outcome.reply !== undefined) {
      const posted = await this.#replies.post(place, commentId, outcome.reply);
      if (posted.kind === 'unavailable') {
        this.#postpone(each, posted.retryAfterMs);
        return;
      }
    }
    this.#inbox.done(each);
  }

  /** A reaction that fails changes nothing: it may lack a permission that commands do not need. */
  async #react(place: Place, commentId: number, reaction: Reaction) {
    await this.#services.github.react(place, commentId, reaction);
  }

  /** Returns refusals by comment. */
  async #enforce(): Promise<ReadonlyMap<number, string>> {
    const { id } = this.#states;
    const answer = await this.#enforcement.apply(id, this.#orders.all(), this.#removals);
    if (answer.kind !== 'ok') {
      this.#refreshTime.in(answer.kind === 'unavailable' ? answer.retryAfterMs : retryMs);
      return new Map();
    }
    if (answer.value.retryAfterMs !== undefined) this.#refreshTime.in(answer.value.retryAfterMs);
    return answer.value.refusals;
  }

  async #refresh(): Promise<void> {
    const place = this.#place();
    this.#refreshTime.begun();
    if (!place) return;
    await this.#enforce();
    if (this.#states.current.sha === '') return;
    const shown = await this.#display.show(place);
    if (shown.kind === 'unavailable') {
      this.#refreshTime.failed(shown.retryAfterMs);
      return;
    }
    this.#refreshTime.shown();
    if (shown.kind === 'gone') this.#inbox.receive({ kind: 'look' }, undefined);
    if (shown.kind !== 'shown') return;
    this.#refreshTime.at(shown.againMs);
    if (shown.isPublic) this.#lookAgain();
  }

  #lookAgain(): void {
    const isOpen = this.#orders.isOpen(this.#services.clock.nowMs());
    if (isOpen && !this.#inbox.willLook) {
      this.#inbox.receive({ kind: 'look' }, undefined, lookAgainMs);
    }
  }

  #postpone(each: Waiting, retryAfterMs: number): void {
    if (this.#inbox.postpone(each, retryAfterMs)) return;
    this.#services.log.warn({ event: each.event.kind }, 'an event was given up');
  }

  #meet(repository: Repository, number: number): void {
    this.#states.change({ repository, number, organisationId: repository.owner.id });
  }

  #place(): Place | undefined {
    const { repository, number } = this.#states.current;
    return repository && { repository, number };
  }

  #setAlarm(): void {
    const times = [this.#inbox.nextDueMs(), this.#refreshTime.nextMs];
    const next = Math.min(...times.map((atMs) => atMs ?? Infinity));
    if (next === Infinity) this.#services.alarm.clear();
    else this.#services.alarm.set(next);
  }
}

function refusedWith(reply: string): Outcome {
  return { kind: 'refused', reply };
}
