/** The Durable Object of one pull request: ports and calls for `objects/pull-requests/`. */
import { DurableObject } from 'cloudflare:workers';
import type { PullEvent, Source } from '#github-app/events.ts';
import type { Received } from '#github-app/inbox.ts';
import type { PullCalls, Repository } from '../objects/calls.ts';
import { pullOfKey } from '../objects/preview-pulls.ts';
import { PullObject } from '../objects/pull-requests/pull-object.ts';
import type { Environment } from './environment.ts';
import { gateOf } from './gate.ts';
import { clock, log, StoredAlarm } from './ports.ts';
import { sqlOf } from './sql.ts';

export class PullRequestObject extends DurableObject<Environment> implements PullCalls {
  readonly #alarm: StoredAlarm;
  /** undefined: this edge knows no GitHub any more. */
  #pull: PullObject | undefined;

  constructor(state: DurableObjectState, env: Environment) {
    super(state, env);
    this.#alarm = new StoredAlarm(state.storage);
    void state.blockConcurrencyWhile(async () => {
      const { stubs, settings } = await gateOf(env);
      const pull = pullOfKey(state.id.name ?? '');
      const { github, appUrl, originOf } = settings;
      if (!github || !pull) return;
      this.#alarm.wake();
      this.#pull = new PullObject(pull, {
        ...{ clock, log, github, originOf },
        sql: sqlOf(state.storage),
        alarm: this.#alarm,
        objects: stubs,
        appOrigin: () => appUrl,
      });
    });
  }

  override async alarm(): Promise<void> {
    this.#alarm.gone();
    await this.#pull?.alarm();
  }

  async receive(guid: string, source: Source, number: number, event: PullEvent): Promise<Received> {
    return this.#pull?.receive(guid, source, number, event) ?? 'seen';
  }

  async changed(repository: Repository, number: number): Promise<void> {
    await this.#pull?.changed(repository, number);
  }
}
