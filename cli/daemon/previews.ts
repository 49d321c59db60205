/** Previews of the daemon's intercepts: none stays behind at the edge, whatever breaks in between. */
import { RequestError } from '#protocol/requests.ts';
import type { PreviewNow } from '../preview-now.ts';
import type { EdgeApi, NewPreview } from './edge-api.ts';
import type { Ending, HeldIntercept, State } from './state.ts';

export type PreviewWish = Pick<NewPreview, 'ingress' | 'access' | 'banner' | 'source' | 'gate'>;

export class Previews {
  readonly #edgeNow: () => EdgeApi | undefined;
  readonly #state: State;
  readonly #save: () => void;

  /** `edge` gives undefined while nobody is logged in. */
  constructor(edge: () => EdgeApi | undefined, state: State, save: () => void) {
    this.#edgeNow = edge;
    this.#state = state;
    this.#save = save;
  }

  /** What was being made when the daemon broke off is to be ended. */
  takeUnfinished(): void {
    this.#state.ending.push(...this.#state.creating);
    this.#state.creating = [];
    for (const { kept, preview } of this.#state.intercepts) {
      if (!kept && preview) this.#state.ending.push({ label: preview.label });
    }
  }

  /** Records the preview in `held` and the state. Returns what it begins as. @throws RequestError */
  async create(
    held: HeldIntercept,
    cluster: string,
    { ingress, ...wish }: PreviewWish,
  ): Promise<PreviewNow> {
    const edge = this.#edge();
    const { id, name, owner } = held.spec;
    const attempt = { cluster, intercept: id };
    this.#state.creating.push(attempt);
    this.#save();
    const settle = (): void => {
      this.#state.creating = this.#state.creating.filter((each) => each !== attempt);
    };
    try {
      const intercept = { id, name };
      const made = await edge.create({ cluster, intercept, owner, ingress, ...wish });
      const { label, url, now } = made;
      held.preview = { label, url, ingress };
      this.#state.ingresses[cluster] = ingress;
      settle();
      this.#save();
      return now;
    } catch (error) {
      settle();
      const certain = error instanceof RequestError && error.code !== 'outcome_unknown';
      if (!certain) this.#state.ending.push(attempt);
      this.#save();
      throw error;
    }
  }

  /** Ends what is to be ended. Returns what went wrong; call it again later. */
  async end(): Promise<string[]> {
    const failures = new Set<string>();
    for (const each of this.#state.ending) {
      try {
        await this.#end(each);
        this.#state.ending = this.#state.ending.filter((other) => other !== each);
        this.#save();
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        failures.add(error.message);
      }
    }
    return [...failures];
  }

  /** @throws RequestError when nobody is logged in */
  #edge(): EdgeApi {
    const edge = this.#edgeNow();
    if (edge) return edge;
    throw new RequestError(
      'not_configured',
      'previews need a login, and nobody is logged in; log in: byway login',
    );
  }

  async #end(ending: Ending): Promise<void> {
    const edge = this.#edge();
    if ('label' in ending) await edge.remove(ending.label);
    else await edge.removeOf(ending.cluster, ending.intercept);
  }
}
