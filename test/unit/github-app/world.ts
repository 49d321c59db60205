/** GitHub, the previews and the object between them, with a clock that moves when it is told to. */
import { afterEach, beforeEach } from 'vitest';
import { migrate } from '#edge/schema.ts';
import { openSql } from '#edge/node/sql.ts';
import { eventOf } from '#github-app/events.ts';
import type { Received } from '#github-app/inbox.ts';
import type { AppConfig, AppServices, Store } from '#github-app/ports.ts';
import { PullRequest } from '#github-app/pull-request.ts';
import { steps } from '#github-app/steps.ts';
import { appId, FakeGitHub, type Delivery } from './fake-github.ts';
import { FakePreviews } from './fake-previews.ts';
import { ann, bob } from './payloads.ts';

export const startMs = Date.UTC(2026, 10, 21, 12, 0, 0);
export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

export class World {
  nowMs = startMs;
  alarmMs: number | undefined;
  readonly github = new FakeGitHub(() => this.nowMs);
  readonly previews = new FakePreviews(() => this.nowMs);
  readonly store: Store & { close(): void } = openSql(':memory:');
  readonly warnings: string[] = [];
  object: PullRequest;
  readonly #config: AppConfig;
  #delivered = 0;

  constructor(config: Partial<AppConfig> = {}) {
    this.#config = {
      appId,
      dashboardUrl: 'https://app.example.com/dashboard',
      webUrl: 'https://github.com',
      deployments: false,
      ...config,
    };
    migrate(this.store, steps);
    this.object = this.#made();
    // Ann writes and is a member; Bob is a stranger until somebody says otherwise.
    this.github.users.push(bob);
    this.github.permissions.set(ann.id, 'write');
    this.previews.roles.set(ann.id, 'member');
    this.github.permissions.set(bob.id, 'read');
  }

  /** The process ends and comes back. */
  restart(): void {
    this.object = this.#made();
  }

  deliver({ guid, payload }: Pick<Delivery, 'guid' | 'payload'>): Received | undefined {
    const event = eventOf(payload);
    if (event?.kind !== 'pull-request') return undefined;
    return this.object.receive(guid, event.source, event.pull.number, event.event);
  }

  /** What GitHub has told since the last time, at once and in order. */
  deliverAll(): void {
    const { deliveries } = this.github;
    while (this.#delivered < deliveries.length) this.deliver(deliveries[this.#delivered++]!);
  }

  /** The time passes; alarms ring. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    while (this.alarmMs !== undefined && this.alarmMs <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.alarmMs);
      this.alarmMs = undefined;
      await this.object.alarm();
    }
    this.nowMs = untilMs;
  }

  /** Delivers what was told, and waits until all is shown. */
  async settle(): Promise<void> {
    this.deliverAll();
    await this.pass(10_000);
  }

  /** The usual beginning: an open pull request with one preview, both older than any margin. */
  async begin(label = 'web'): Promise<void> {
    this.github.open();
    this.previews.add(label);
    await this.settle();
    await this.pass(10 * minuteMs);
    this.github.calls.length = 0;
    this.previews.deeds.length = 0;
  }

  /** Somebody comments, and all that comes of it is done; returns the comment's id. */
  async say(body: string, by = ann): Promise<number> {
    const id = this.github.write(body, by);
    await this.settle();
    return id;
  }

  reactionsTo(commentId: number): string[] {
    return this.github.said.get(commentId)!.reactions;
  }

  /** What was done to previews, each as `public web`. */
  whatWasDone(): string[] {
    return this.previews.deeds.map(({ what, label }) => `${what} ${label}`);
  }

  #made(): PullRequest {
    const services: AppServices = {
      store: this.store,
      clock: { nowMs: () => this.nowMs },
      alarm: {
        set: (atMs) => {
          this.alarmMs = atMs;
        },
        clear: () => {
          this.alarmMs = undefined;
        },
      },
      log: { info: () => {}, warn: (_fields, message) => void this.warnings.push(message) },
      github: this.github,
      previews: this.previews,
      config: this.#config,
    };
    return new PullRequest(services);
  }
}

export let world: World;

/** A new one for each test of the file. */
export function useWorld(config?: Partial<AppConfig>): void {
  beforeEach(() => {
    world = new World(config);
  });
  afterEach(() => world.store.close());
}
