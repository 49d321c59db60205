/**
 * What joins the previews of one shard to pull requests: they are told of every change, and a new
 * preview looks for its own. What is told is written down first, and sent until it has arrived.
 */
import type { Clock, Log, Sql } from '../ports.ts';
import { migrate } from '../schema.ts';
import type { Account, Objects, Preview, PreviewQuery, PullId, Repository } from './calls.ts';
import { Guests } from './guests.ts';
import { PreviewPulls, pullKey } from './preview-pulls.ts';
import type { Previews } from './previews.ts';
import { Pushes, steps as pushSteps, type Push } from './pushes.ts';

type News =
  | { kind: 'changed'; repository: Repository; number: number }
  /** A new preview looks for its pull request. */
  | { kind: 'find'; label: string };

export interface PullLinkServices {
  sql: Sql;
  clock: Clock;
  log: Log;
  objects: Pick<Objects, 'org' | 'pull'>;
}

/** A pull request that has not heard for a day will at its next event. */
const lifeMs = 24 * 3_600_000;

export class PullLinks {
  readonly guests: Guests;
  readonly #services: PullLinkServices;
  readonly #onGuestGone: (label: string, userId: number) => void;
  readonly #previews: Previews;
  readonly #pulls: PreviewPulls;
  readonly #pushes: Pushes<News>;

  /** `onChange`: `nextMs` may be another one. `onGuestGone`: what they have open closes. */
  constructor(
    services: PullLinkServices,
    previews: Previews,
    onChange: () => void,
    onGuestGone: (label: string, userId: number) => void,
  ) {
    this.#onGuestGone = onGuestGone;
    const { sql, clock, log } = services;
    this.#services = services;
    this.#previews = previews;
    this.guests = new Guests(services);
    this.#pulls = new PreviewPulls(services);
    migrate(sql, pushSteps, 'pushes');
    this.#pushes = new Pushes<News>({
      ...{ sql, clock, log, onChange },
      send: (target, what) => this.#send(target, what),
      subjectOf: ({ kind }) => kind,
    });
  }

  /** What a preview shows beside its record. */
  factsOf(
    label: string,
  ): Pick<Preview, 'pulls' | 'pullSearch' | 'guests' | 'askers' | 'madePrivate'> {
    const pulls = [...this.#pulls.of(label)];
    const guests = this.guests.of(label);
    const askers = this.guests.askers(label);
    const pullSearch = pulls.length > 0 ? 'found' : this.#pulls.search(label);
    return {
      ...(pulls.length > 0 && { pulls, madePrivate: this.#pulls.timesPrivate(label) }),
      ...(pullSearch && { pullSearch }),
      ...(guests.length > 0 && { guests }),
      ...(askers.length > 0 && { askers }),
    };
  }

  /** Repositories of the pull requests that show it, by numeric id. */
  repositoriesOf(label: string): readonly number[] {
    return [...new Set(this.#pulls.of(label).map(({ repository }) => repository.id))];
  }

  /** A new preview; whoever made it does not wait. */
  begin({ label, source }: Preview): void {
    if (!source || source.pr === 'none') return;
    this.#pulls.searched(label, 'looking');
    this.#push([label], { kind: 'find', label });
  }

  /** False: there is no such live preview. */
  attach(label: string, repository: Repository, number: number): boolean {
    if (!this.#previews.find(label)) return false;
    if (this.#pulls.attach(label, repository, number)) this.tell(label);
    return true;
  }

  /** False: others show it still. */
  detach(label: string, pull: PullId): boolean {
    const before = this.#pulls.of(label);
    this.#pulls.detach(label, pull);
    this.#tell(before);
    return this.#pulls.of(label).length === 0;
  }

  /** `by`: a comment there said so. */
  madePrivate(label: string, by: PullId | undefined): void {
    this.#pulls.madePrivate(label, by);
  }

  revokeGuest(label: string, userId: number): void {
    if (this.guests.revoke(label, userId)) this.#gone([{ label, userId }]);
  }

  /** Of everybody, or of one person, on all previews. */
  dropGuests(userId?: number): void {
    this.#gone(this.guests.drop(userId));
  }

  /** Returns whether it was heard. */
  ask(label: string, user: Account): boolean {
    const heard = this.#previews.find(label) !== undefined && this.guests.ask(label, user);
    if (heard) this.tell(label);
    return heard;
  }

  /** Something that its pull requests show is different. */
  tell(label: string): void {
    this.#tell(this.#pulls.of(label));
  }

  /** Laptops of these intercepts came or went. */
  tellOf(interceptIds: readonly string[]): void {
    for (const { label, intercept } of this.#previews.list()) {
      if (interceptIds.includes(intercept.id)) this.tell(label);
    }
  }

  /** The tunnel came or went. */
  tellAll(): void {
    for (const { label } of this.#previews.list()) this.tell(label);
  }

  /** The preview is over. */
  end(label: string): void {
    const refs = this.#pulls.of(label);
    this.#pulls.end(label);
    this.guests.end(label);
    this.#pushes.forget(label);
    this.#tell(refs);
  }

  search(query: PreviewQuery): Preview[] {
    return this.#previews.list().filter((each) => this.#fits(each, query));
  }

  /** Guests whose time is over leave. */
  sweep(): void {
    this.#gone(this.guests.over());
  }

  /** What was not told is told again. */
  retry(): Promise<void> {
    return this.#pushes.retry();
  }

  get nextMs(): number {
    return Math.min(this.#pushes.nextMs, this.guests.nextMs);
  }

  #gone(guests: readonly { label: string; userId: number }[]): void {
    for (const { label, userId } of guests) {
      this.#onGuestGone(label, userId);
      this.tell(label);
    }
  }

  #fits({ label, source }: Preview, query: PreviewQuery): boolean {
    if (query.kind === 'pull') return this.#pulls.has(label, query.pull);
    if (query.kind === 'repository') {
      return this.#pulls.of(label).some(({ repository: { id } }) => id === query.repositoryId);
    }
    if (!source || source.pr !== undefined || this.#pulls.has(label, query.pull)) return false;
    const known = new Set(source.remotes.map((name) => name.toLowerCase()));
    // Whoever may push a commit anywhere could show a preview there that is of another repository.
    const isHere =
      query.names.some((name) => known.has(name.toLowerCase())) ||
      query.repositoryIds.some((id) => this.#previews.repositoriesOf(label).includes(id));
    if (!isHere) return false;
    if (source.sha === query.sha) return true;
    if (source.branch !== query.branch || !query.owner) return false;
    return source.owner?.toLowerCase() === query.owner.toLowerCase();
  }

  #tell(refs: readonly { repository: Repository; number: number }[]): void {
    for (const { repository, number } of refs) {
      const target = pullKey({ repositoryId: repository.id, number });
      this.#push([target], { kind: 'changed', repository, number });
    }
  }

  #push(targets: readonly string[], what: News): void {
    const untilMs = this.#services.clock.nowMs() + lifeMs;
    const pushes: Push<News>[] = this.#pushes.add(targets, what, untilMs);
    // Failures are logged there, and tried again.
    void this.#pushes.deliver(pushes).catch(() => {});
  }

  #send(_target: string, what: News): Promise<void> {
    if (what.kind === 'find') return this.#find(what.label);
    const { repository, number } = what;
    const pull = this.#services.objects.pull({ repositoryId: repository.id, number });
    return pull.changed(repository, number);
  }

  /** @throws Error when GitHub is away */
  async #find(label: string): Promise<void> {
    const { objects } = this.#services;
    const preview = this.#previews.find(label);
    const { organisationId } = this.#previews;
    if (!preview?.source || organisationId === undefined) return;
    const found = await objects.org(organisationId).findPulls(preview.owner, preview.source);
    if (found.kind === 'unavailable') throw new Error('GitHub is away');
    // It may have ended while GitHub was asked.
    if (!this.#previews.find(label)) return;
    this.#pulls.searched(label, found.kind === 'ok' ? found.value.outcome : 'no-app');
    if (found.kind !== 'ok') return;
    const { installationId, repositoryIds, named, pulls } = found.value;
    this.#previews.resolve(label, repositoryIds);
    if (named) this.attach(label, named.repository, named.number);
    for (const { repository, number } of pulls) {
      const source = { installationId, repository };
      const pull = objects.pull({ repositoryId: repository.id, number });
      const taken = await pull.receive(`preview:${label}`, source, number, { kind: 'look' });
      if (taken === 'full') throw new Error('the pull request has too much to do');
    }
  }
}
