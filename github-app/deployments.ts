/**
 * A GitHub Deployment, so that the pull request says "View deployment". Each pull request has its own
 * environment: in a shared one GitHub makes the others inactive.
 */
import type { Answer, AppServices, Place, Preview } from './ports.ts';
import type { PullStates } from './pull-state.ts';

export class Deployments {
  readonly #services: Pick<AppServices, 'github' | 'config'>;
  readonly #states: PullStates;

  constructor(services: Pick<AppServices, 'github' | 'config'>, states: PullStates) {
    this.#services = services;
    this.#states = states;
  }

  /** One for as long as its preview lives, whatever is pushed: each would be a line in the thread. */
  async show(place: Place, previews: readonly Preview[]): Promise<Answer<unknown>> {
    const { deployment, sha, closed } = this.#states.current;
    if (!this.#services.config.deployments) return done;
    const sorted = previews.toSorted((left, right) => (left.label < right.label ? -1 : 1));
    const first = sorted.find(({ url }) => url === deployment?.url) ?? sorted[0];
    if (deployment?.state === 'success' && (closed || deployment.url !== first?.url)) {
      const ended = await this.#set(place, deployment.id, 'inactive', undefined);
      if (ended.kind === 'unavailable') return ended;
      this.#states.change({ deployment: { ...deployment, state: 'inactive' } });
    }
    const now = this.#states.current.deployment;
    if (!first || closed || now?.state === 'success') return done;
    const made = await this.#made(place, sha, first.url);
    if (made.kind !== 'ok') return made;
    const shown = await this.#set(place, made.value.id, 'success', first.url);
    if (shown.kind === 'ok') {
      this.#states.change({
        deployment: { id: made.value.id, sha, url: first.url, state: 'success' },
      });
    }
    return shown;
  }

  /** One that was begun before and has no state yet is taken up again. */
  async #made(place: Place, sha: string, url: string): Promise<Answer<{ id: number }>> {
    const { deployment } = this.#states.current;
    if (deployment?.state === '' && deployment.url === url)
      return { kind: 'ok', value: deployment };
    const environment = `preview/pr-${place.number}`;
    const made = await this.#services.github.createDeployment(place, { sha, environment });
    if (made.kind === 'ok') {
      this.#states.change({ deployment: { id: made.value.id, sha, url, state: '' } });
    }
    return made;
  }

  #set(place: Place, id: number, state: 'success' | 'inactive', url: string | undefined) {
    return this.#services.github.createDeploymentStatus(place, id, { state, url });
  }
}

const done = { kind: 'ok', value: undefined } as const;
