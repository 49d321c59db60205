/** What is known of the pull request and of our comment at it. */
import type { PullId, Repository, Store } from './ports.ts';

export interface PullState {
  /** undefined: nothing was told yet. */
  repository: Repository | undefined;
  number: number;
  /** Of the previews; whoever owns the repository later has no say. */
  organisationId: number;
  /** '' while GitHub does not tell. */
  sha: string;
  closed: boolean;
  /** Our comment. `deleted`: by a person, so it is not made again for what there was then. */
  comment: { id: number; body: string } | 'deleted' | undefined;
  /** Since when it is `deleted`. */
  deletedMs: number;
  /** A comment was sent, and whether GitHub took it is not known. */
  isSending: boolean;
  /** When the comment is to be looked at; undefined: nothing has changed. */
  refreshMs: number | undefined;
  /** How often in a row GitHub did not answer when it was to be shown. */
  failures: number;
  deployment: { id: number; sha: string; url: string; state: string } | undefined;
}

const initial: PullState = {
  repository: undefined,
  number: 0,
  organisationId: 0,
  sha: '',
  closed: false,
  comment: undefined,
  deletedMs: 0,
  isSending: false,
  refreshMs: undefined,
  failures: 0,
  deployment: undefined,
};

/** The object is the only writer. */
export class PullStates {
  readonly #store: Store;
  #state: PullState;

  constructor(store: Store) {
    this.#store = store;
    const [row] = store.all('SELECT state FROM pull_state');
    const known = row && (JSON.parse(String(row.state)) as Partial<PullState>);
    this.#state = { ...initial, ...known };
  }

  get current(): Readonly<PullState> {
    return this.#state;
  }

  get id(): PullId {
    const { repository, number } = this.#state;
    return { repositoryId: repository?.id ?? 0, number };
  }

  change(part: Partial<PullState>): void {
    this.#state = { ...this.#state, ...part };
    this.#store.run('INSERT OR REPLACE INTO pull_state VALUES (1, ?)', JSON.stringify(this.#state));
  }
}
