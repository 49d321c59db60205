/** The object of one pull request: `#github-app/` with what it asks of its host. */
import type { PullEvent, Source } from '#github-app/events.ts';
import type { Received } from '#github-app/inbox.ts';
import type { Repository } from '#github-app/ports.ts';
import { PullRequest } from '#github-app/pull-request.ts';
import { steps } from '#github-app/steps.ts';
import type { GitHubConfig } from '../../github/config.ts';
import { GitHubPulls } from '../../github/pulls.ts';
import { Rest } from '../../github/rest.ts';
import type { Alarm, Clock, Log, Sql } from '../../ports.ts';
import { migrate } from '../../schema.ts';
import type { Objects, PullCalls, PullId } from '../calls.ts';
import { Origin, steps as originSteps } from './origin.ts';
import { HostedPreviews } from './hosted-previews.ts';

export interface PullServices {
  sql: Sql;
  clock: Clock;
  log: Log;
  alarm: Alarm;
  objects: Pick<Objects, 'org' | 'cluster' | 'clusterOfLabel'>;
  appOrigin(): string;
  originOf(label: string): string;
  github: GitHubConfig;
  /** For tests; the engine's own when left out. */
  fetch?: typeof fetch | undefined;
}

/** What tells that an object was ever made: a table of its. */
export const madeTable = 'pull_state';

export class PullObject implements PullCalls {
  readonly #origin: Origin;
  readonly #pull: PullRequest;

  constructor(pull: PullId, services: PullServices) {
    const { sql, clock, log, alarm, objects, github, fetch } = services;
    migrate(sql, steps, 'pull_request');
    migrate(sql, originSteps, 'origin');
    this.#origin = new Origin(sql);
    const rest = new Rest(github.apiUrl, { clock, log, ...(fetch && { fetch }) });
    const tokenOf = async (repositoryId: number, refused?: string) => {
      const { organisationId } = this.#origin;
      if (organisationId === undefined) return { kind: 'gone' } as const;
      return objects.org(organisationId).repositoryToken(repositoryId, refused);
    };
    this.#pull = new PullRequest({
      ...{ store: sql, clock, alarm, log },
      github: new GitHubPulls(rest, tokenOf, pull.repositoryId),
      previews: new HostedPreviews(services, this.#origin),
      config: {
        appId: github.appId,
        dashboardUrl: `${services.appOrigin()}/dashboard`,
        webUrl: github.webUrl,
        deployments: github.deployments ?? false,
      },
    });
  }

  async receive(guid: string, source: Source, number: number, event: PullEvent): Promise<Received> {
    this.#origin.take(source.repository);
    return this.#pull.receive(guid, source, number, event);
  }

  async changed(repository: Repository, number: number): Promise<void> {
    this.#origin.take(repository);
    this.#pull.changed(repository, number);
  }

  alarm(): Promise<void> {
    return this.#pull.alarm();
  }
}
