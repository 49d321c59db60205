/** Shows how things stand at the pull request: the comment, the deployment, and answers to `status`. */
import { waitingOrder, type AccessOrders } from './access-orders.ts';
import { changesAtMs, render, summaryOf, type CommentView } from './comment.ts';
import { Deployments } from './deployments.ts';
import type { Answer, AppServices, Failure, Place } from './ports.ts';
import { pullLink } from './pull-link.ts';
import type { PullStates } from './pull-state.ts';
import { Sticky } from './sticky.ts';

export type Shown =
  /** `againMs`: when it will say something else by itself. `isPublic`: whether a preview is. */
  { kind: 'shown'; againMs: number | undefined; isPublic: boolean } | Failure;

export class Display {
  readonly #services: AppServices;
  readonly #states: PullStates;
  readonly #orders: AccessOrders;
  readonly #sticky: Sticky;
  readonly #deployments: Deployments;

  constructor(services: AppServices, states: PullStates, orders: AccessOrders) {
    this.#services = services;
    this.#states = states;
    this.#orders = orders;
    this.#sticky = new Sticky(services, states);
    this.#deployments = new Deployments(services, states);
  }

  /** A person has deleted our comment. */
  get isDeleted(): boolean {
    return this.#states.current.comment === 'deleted';
  }

  deleted(): void {
    this.#sticky.deleted();
  }

  restore(): void {
    this.#sticky.restore();
  }

  /**
   * What GitHub refuses for good is logged and left; only `unavailable` is worth another try. `gone`: the
   * pull request is out of reach.
   */
  async show(place: Place): Promise<Shown> {
    const view = await this.#view();
    if (view.kind !== 'ok') return view;
    const { comment, waitsUntilMs } = view.value;
    const mayBegin = !comment.closed && comment.previews.length > 0;
    const { deletedMs } = this.#states.current;
    if (comment.previews.some(({ sinceMs }) => sinceMs > deletedMs)) this.#sticky.restore();
    const shown = await this.#sticky.show(place, render(comment), mayBegin);
    if (shown.kind === 'unavailable' || shown.kind === 'gone') return shown;
    const deployed = await this.#deployments.show(place, comment.previews);
    if (deployed.kind === 'unavailable') return deployed;
    const times = [changesAtMs(comment), waitsUntilMs].filter((atMs) => atMs !== undefined);
    const isPublic = comment.previews.some(({ access }) => access === 'public');
    return {
      kind: 'shown',
      againMs: times.length === 0 ? undefined : Math.min(...times),
      isPublic,
    };
  }

  async status(): Promise<string> {
    const view = await this.#view();
    if (view.kind !== 'ok') return 'How things stand is not known at the moment.';
    const { comment, repository, number } = this.#states.current;
    const { webUrl } = this.#services.config;
    const text = summaryOf(view.value.comment);
    if (typeof comment !== 'object' || !repository) return text;
    const { url } = pullLink(webUrl, { repository, number });
    return `${text}\n\nThe links are [above](${url}#issuecomment-${comment.id}).`;
  }

  async #view(): Promise<Answer<{ comment: CommentView; waitsUntilMs: number | undefined }>> {
    const { closed, sha } = this.#states.current;
    const pull = this.#states.id;
    const attached = await this.#services.previews.attached(pull);
    if (attached.kind !== 'ok') return attached;
    const previews = attached.value;
    const nowMs = this.#services.clock.nowMs();
    const waits = waitingOrder(this.#orders.all(), previews, nowMs);
    const { dashboardUrl } = this.#services.config;
    const waitsFor = waits?.actor;
    const comment: CommentView = { pull, closed, sha, previews, waitsFor, dashboardUrl, nowMs };
    return { kind: 'ok', value: { comment, waitsUntilMs: waits?.untilMs } };
  }
}
