/** A pull request at GitHub: what people do to it, the webhooks that follow, and the API. */
import type {
  Account,
  Answer,
  Comment,
  Permission,
  Place,
  Pull,
  PullRequests,
  Reaction,
  Repository,
} from '#github-app/ports.ts';
import { ann, commentCreated, pullRequest, repository, shaOf } from './payloads.ts';

export const appId = 99;

export interface Delivery {
  guid: string;
  payload: object;
  /** When it happened. */
  atMs: number;
}

interface Said extends Comment {
  by: Account;
  reactions: Reaction[];
}

const floor = (atMs: number): number => atMs - (atMs % 1000);

export class FakeGitHub implements PullRequests {
  readonly said = new Map<number, Said>();
  readonly permissions = new Map<number, Permission>();
  readonly users: Account[] = [ann];
  readonly deliveries: Delivery[] = [];
  readonly deployments: { sha: string; environment: string; states: string[] }[] = [];
  /** Each call's name, in order. */
  readonly calls: string[] = [];
  /** What the next calls of a name answer instead; `lost`: it is done, and the answer does not come. */
  readonly faults: { call: string; answer: Exclude<Answer<never>, { kind: 'ok' }> | 'lost' }[] = [];
  sha = shaOf(1);
  state: 'open' | 'closed' = 'open';
  closedMs: number | undefined;
  pushedMs: number;
  author: Account = ann;
  /** Of the head; another id makes it a fork. */
  headRepositoryId = repository.id;
  base: Repository = repository;
  readonly #nowMs: () => number;
  #lastId = 1000;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.pushedMs = floor(nowMs());
  }

  // What people do.

  open(): void {
    this.#tell(pullRequest({ action: 'opened', sha: this.sha, atMs: this.#nowMs() }));
  }

  write(body: string, by: Account = ann): number {
    const id = (this.#lastId += 1);
    this.said.set(id, { id, body, authorType: 'User', appId: undefined, by, reactions: [] });
    this.#tell(
      commentCreated({ id, body, by, atMs: this.#nowMs(), of: this.base, state: this.state }),
    );
    return id;
  }

  push(sha: string): void {
    const before = this.sha;
    this.sha = sha;
    const atMs = this.#nowMs();
    this.pushedMs = floor(atMs);
    if (this.state === 'open')
      this.#tell(pullRequest({ action: 'synchronize', sha, before, atMs }));
  }

  /** To another branch: GitHub tells only when. */
  pushElsewhere(): void {
    this.pushedMs = floor(this.#nowMs());
  }

  close(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.closedMs = floor(this.#nowMs());
    const { sha, closedMs } = this;
    this.#tell(pullRequest({ action: 'closed', sha, atMs: this.#nowMs(), closedMs }));
  }

  edit(): void {
    const { sha, closedMs } = this;
    const closed = closedMs === undefined ? {} : { closedMs };
    this.#tell(pullRequest({ action: 'edited', sha, atMs: this.#nowMs(), ...closed }));
  }

  reopen(): void {
    if (this.state === 'open') return;
    this.state = 'open';
    this.closedMs = undefined;
    this.#tell(pullRequest({ action: 'reopened', sha: this.sha, atMs: this.#nowMs() }));
  }

  /** Comments of the app. */
  get ours(): Said[] {
    return [...this.said.values()].filter((each) => each.appId === appId);
  }

  /** The one that stays. */
  get sticky(): Said | undefined {
    return this.ours.find(({ body }) => body.startsWith('<!-- byway:previews'));
  }

  get replies(): string[] {
    return this.ours.flatMap(({ body }) => (body.startsWith('<!-- byway:reply') ? [body] : []));
  }

  // The API.

  pull(_place: Place): Promise<Answer<Pull>> {
    return this.#answer('pull', () => this.#pull());
  }

  pullsByHead(_repository: Repository, _owner: string, branch: string): Promise<Answer<Pull[]>> {
    return this.#answer('pullsByHead', () =>
      [this.#pull()].filter(({ head }) => head.branch === branch),
    );
  }

  pullsOfCommit(_repository: Repository, sha: string): Promise<Answer<Pull[]>> {
    return this.#answer('pullsOfCommit', () =>
      [this.#pull()].filter(({ head }) => head.sha === sha),
    );
  }

  comment(_place: Place, id: number): Promise<Answer<Comment>> {
    return this.#answer('comment', () => this.said.get(id));
  }

  comments(_place: Place): Promise<Answer<Comment[]>> {
    return this.#answer('comments', () => [...this.said.values()]);
  }

  createComment(_place: Place, body: string): Promise<Answer<{ id: number }>> {
    return this.#answer('createComment', () => {
      const id = (this.#lastId += 1);
      const by = { id: 900, login: 'byway[bot]' };
      this.said.set(id, { id, body, authorType: 'Bot', appId, by, reactions: [] });
      return { id };
    });
  }

  updateComment(_place: Place, id: number, body: string): Promise<Answer<unknown>> {
    return this.#answer('updateComment', () => {
      const known = this.said.get(id);
      if (known) known.body = body;
      return known;
    });
  }

  react(_place: Place, id: number, reaction: Reaction): Promise<Answer<unknown>> {
    return this.#answer('react', () => {
      const known = this.said.get(id);
      if (known && !known.reactions.includes(reaction)) known.reactions.push(reaction);
      return known;
    });
  }

  permission(_repository: Repository, login: string) {
    return this.#answer('permission', () => {
      const user = this.#user(login);
      return user && { permission: this.permissions.get(user.id) ?? 'none', userId: user.id };
    });
  }

  user(login: string): Promise<Answer<Account>> {
    return this.#answer('user', () => this.#user(login));
  }

  createDeployment(_place: Place, deployment: { sha: string; environment: string }) {
    return this.#answer('createDeployment', () => {
      this.deployments.push({ ...deployment, states: [] });
      return { id: this.deployments.length };
    });
  }

  createDeploymentStatus(_place: Place, id: number, status: { state: string }) {
    return this.#answer('createDeploymentStatus', () => {
      this.deployments[id - 1]?.states.push(status.state);
      return {};
    });
  }

  #pull(): Pull {
    const owner = this.headRepositoryId === this.base.id ? this.base.owner : this.author;
    return {
      number: 42,
      state: this.state,
      closedMs: this.closedMs,
      author: this.author,
      head: {
        sha: this.sha,
        branch: 'feature',
        repository: { id: this.headRepositoryId, owner, pushedMs: this.pushedMs },
      },
      base: { repository: this.base },
    };
  }

  #user(login: string): Account | undefined {
    return this.users.find((each) => each.login.toLowerCase() === login.toLowerCase());
  }

  #tell(payload: object): void {
    const guid = `delivery-${this.deliveries.length + 1}`;
    this.deliveries.push({ guid, payload, atMs: this.#nowMs() });
  }

  /** undefined: 404. */
  #answer<T>(call: string, work: () => T | undefined): Promise<Answer<T>> {
    this.calls.push(call);
    const at = this.faults.findIndex((fault) => fault.call === call);
    const [fault] = at < 0 ? [] : this.faults.splice(at, 1);
    if (fault && fault.answer !== 'lost') return Promise.resolve(fault.answer);
    const value = work();
    if (fault) return Promise.resolve({ kind: 'unavailable', retryAfterMs: 1000 });
    return Promise.resolve(value === undefined ? { kind: 'gone' } : { kind: 'ok', value });
  }
}
