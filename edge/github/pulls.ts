/**
 * Pull requests at GitHub, for `#github-app/`. Each call carries a token that is good for one
 * repository, so that a name which belongs to another repository by now opens nothing there.
 */
import { z } from 'zod';
import type {
  Account,
  Answer,
  Comment,
  DeploymentState,
  Permission,
  Place,
  Pull,
  PullRequests,
  Reaction,
  Repository,
} from '#github-app/ports.ts';
import { allPages } from './pages.ts';
import * as shapes from './repository-shapes.ts';
import type { Answer as RestAnswer, Call, Refused, Rest } from './rest.ts';
import { account } from './shapes.ts';

/** `gone`: the app does not reach the repository any more. */
export type RepositoryToken =
  | { kind: 'token'; token: string }
  | { kind: 'gone' }
  | { kind: 'forbidden' }
  | { kind: 'unavailable'; retryAfterMs: number };

type NoToken = Exclude<RepositoryToken, { kind: 'token' }>;

/** `refused`: the token that GitHub no longer takes, to be replaced. */
export type TokenSource = (repositoryId: number, refused?: string) => Promise<RepositoryToken>;

/** 3,000 comments. */
const maxCommentPages = 30;
const maxAttempts = 3;

type Asked<T> = Omit<Call<T>, 'authorization' | 'parameters'> & {
  parameters?: Readonly<Record<string, unknown>>;
};

export class GitHubPulls implements PullRequests {
  readonly #rest: Rest;
  readonly #tokenOf: TokenSource;
  /** By id: where GitHub has said that a repository is. */
  readonly #moved = new Map<number, { owner: string; name: string }>();
  #lastAsked: number;

  /** `repositoryId`: whose token is good for what is about no repository. */
  constructor(rest: Rest, tokenOf: TokenSource, repositoryId: number) {
    this.#rest = rest;
    this.#tokenOf = tokenOf;
    this.#lastAsked = repositoryId;
  }

  async pull({ repository, number }: Place): Promise<Answer<Pull>> {
    const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
    const parameters = { pull_number: number };
    const answer = await this.#ask(repository, { route, parameters, shape: shapes.pull });
    if (answer.kind !== 'ok' || answer.value.base.repository.id === repository.id) return answer;
    // The name is another repository's by now.
    if (!(await this.#find(repository))) return { kind: 'gone' };
    const again = await this.#ask(repository, { route, parameters, shape: shapes.pull });
    const isSame = again.kind === 'ok' && again.value.base.repository.id === repository.id;
    return again.kind !== 'ok' || isSame ? again : { kind: 'gone' };
  }

  pullsByHead(repository: Repository, owner: string, branch: string): Promise<Answer<Pull[]>> {
    return this.#ask(repository, {
      route: 'GET /repos/{owner}/{repo}/pulls',
      parameters: { head: `${owner}:${branch}`, state: 'open', per_page: 100 },
      shape: shapes.pulls,
    });
  }

  async pullsOfCommit(repository: Repository, sha: string): Promise<Answer<Pull[]>> {
    const answer = await this.#asked(repository, {
      route: 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls',
      parameters: { commit_sha: sha, per_page: 100 },
      shape: shapes.pulls,
    });
    // Not pushed yet, or an empty repository.
    const isUnknown = answer.kind === 'refused' && [404, 409, 422].includes(answer.status);
    return isUnknown ? { kind: 'ok', value: [] } : plain(answer);
  }

  comment({ repository }: Place, id: number): Promise<Answer<Comment>> {
    return this.#ask(repository, {
      route: 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}',
      parameters: { comment_id: id },
      shape: shapes.comment,
    });
  }

  async comments({ repository, number }: Place): Promise<Answer<Comment[]>> {
    const list = await this.#insist(repository, (authorization) =>
      allPages(this.#rest, {
        route: 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
        parameters: { ...this.#at(repository), issue_number: number },
        authorization,
        shape: shapes.comments,
        itemsOf: (comments) => comments,
        maxPages: maxCommentPages,
      }),
    );
    if (list.kind === 'ok') return { kind: 'ok', value: list.items };
    return list.kind === 'refused' ? failureOf(list) : list;
  }

  createComment({ repository, number }: Place, body: string): Promise<Answer<{ id: number }>> {
    return this.#ask(repository, {
      route: 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
      parameters: { issue_number: number, body },
      shape: shapes.made,
    });
  }

  updateComment({ repository }: Place, id: number, body: string): Promise<Answer<unknown>> {
    return this.#ask(repository, {
      route: 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
      parameters: { comment_id: id, body },
      shape: z.unknown(),
    });
  }

  react({ repository }: Place, commentId: number, content: Reaction): Promise<Answer<unknown>> {
    return this.#ask(repository, {
      route: 'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
      parameters: { comment_id: commentId, content },
      shape: z.unknown(),
    });
  }

  async permission(
    repository: Repository,
    login: string,
  ): Promise<Answer<{ permission: Permission; userId: number }>> {
    const answer = await this.#ask(repository, {
      route: 'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
      parameters: { username: login },
      shape: shapes.permission,
    });
    if (answer.kind !== 'ok') return answer;
    const { permission, user } = answer.value;
    return user ? { kind: 'ok', value: { permission, userId: user.id } } : { kind: 'gone' };
  }

  /** Anybody may ask; with a token far more often than without. */
  async user(login: string): Promise<Answer<Account>> {
    let refused: string | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const token = await this.#tokenOf(this.#lastAsked, refused);
      if (token.kind !== 'token') return token;
      const answer = await this.#rest.call({
        route: 'GET /users/{username}',
        parameters: { username: login },
        authorization: `Bearer ${token.token}`,
        shape: account,
      });
      const isVoid = answer.kind === 'refused' && answer.status === 401;
      if (!isVoid || attempt === maxAttempts) return plain(answer);
      refused = token.token;
    }
  }

  createDeployment(
    { repository }: Place,
    { sha, environment }: { sha: string; environment: string },
  ): Promise<Answer<{ id: number }>> {
    return this.#ask(repository, {
      route: 'POST /repos/{owner}/{repo}/deployments',
      parameters: {
        ref: sha,
        environment,
        auto_merge: false,
        required_contexts: [],
        transient_environment: true,
        production_environment: false,
      },
      shape: shapes.made,
    });
  }

  createDeploymentStatus(
    { repository }: Place,
    deploymentId: number,
    { state, url }: { state: DeploymentState; url: string | undefined },
  ): Promise<Answer<unknown>> {
    return this.#ask(repository, {
      route: 'POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
      parameters: {
        deployment_id: deploymentId,
        state,
        auto_inactive: false,
        ...(url === undefined ? {} : { environment_url: url }),
      },
      shape: z.unknown(),
    });
  }

  #at({ id, owner, name }: Repository): { owner: string; repo: string } {
    const moved = this.#moved.get(id);
    return moved ? { owner: moved.owner, repo: moved.name } : { owner: owner.login, repo: name };
  }

  async #ask<T>(repository: Repository, call: Asked<T>): Promise<Answer<T>> {
    return plain(await this.#asked(repository, call));
  }

  #asked<T>(repository: Repository, call: Asked<T>): Promise<RestAnswer<T> | NoToken> {
    return this.#insist(repository, (authorization) =>
      this.#rest.call({
        ...call,
        parameters: { ...call.parameters, ...this.#at(repository) },
        authorization,
      }),
    );
  }

  /** Once more with a new token, and once more under the repository's present name. */
  async #insist<A extends { kind: string }>(
    repository: Repository,
    ask: (authorization: string) => Promise<A | Refused>,
  ): Promise<A | Refused | NoToken> {
    this.#lastAsked = repository.id;
    let refused: string | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const token = await this.#tokenOf(repository.id, refused);
      if (token.kind !== 'token') return token;
      const answer = await ask(`Bearer ${token.token}`);
      if (!isRefused(answer) || attempt === maxAttempts) return answer;
      if (answer.status === 401) refused = token.token;
      else if (!isElsewhere(answer.status) || !(await this.#find(repository))) return answer;
    }
  }

  /** Where the repository is now. False: where it was thought to be, or out of reach. */
  async #find(repository: Repository): Promise<boolean> {
    const token = await this.#tokenOf(repository.id);
    if (token.kind !== 'token') return false;
    const answer = await this.#rest.call({
      route: 'GET /repositories/{repository_id}',
      parameters: { repository_id: repository.id },
      authorization: `Bearer ${token.token}`,
      shape: shapes.repository,
    });
    if (answer.kind !== 'ok' || answer.data.id !== repository.id) return false;
    const { owner, name } = answer.data;
    const before = this.#at(repository);
    if (before.owner === owner.login && before.repo === name) return false;
    this.#moved.set(repository.id, { owner: owner.login, name });
    return true;
  }
}

function isRefused(answer: { kind: string }): answer is Refused {
  return answer.kind === 'refused';
}

/** Another repository may have the name by now: it is unknown there, or the token not good for it. */
function isElsewhere(status: number): boolean {
  return status < 400 || status === 403 || status === 404;
}

function plain<T>(answer: RestAnswer<T> | NoToken): Answer<T> {
  switch (answer.kind) {
    case 'ok':
      return { kind: 'ok', value: answer.data };
    case 'refused':
      return failureOf(answer);
    default:
      return answer;
  }
}

/** 404 and 410 are final, as is what GitHub finds fault with (422). */
function failureOf({ status }: Refused): { kind: 'gone' } | { kind: 'forbidden' } {
  return status === 404 || status === 410 || status < 400
    ? { kind: 'gone' }
    : { kind: 'forbidden' };
}
