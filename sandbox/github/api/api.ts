/** Every request to the API: held against the contract, answered, and the answer held against it. */
import { randomUUID } from 'node:crypto';
import { actorOf } from '../actor.ts';
import { addressesOf } from '../addresses.ts';
import type { ApiRequest, Contract, Match } from '../contract/contract.ts';
import type { Faults } from '../faults.ts';
import { json, type Incoming, type Outgoing } from '../http.ts';
import type { Journal, Violation } from '../journal.ts';
import { struckBy } from '../limits.ts';
import { ApiError, type Reply } from '../reply.ts';
import type { Call } from './call.ts';
import { operations } from './operations.ts';
import { requestOf } from './request.ts';

/** https://docs.github.com/en/rest/about-the-rest-api/api-versions */
const apiVersions = new Set(['2022-11-28', '2026-03-10']);

export type Surroundings = Pick<Call, 'state' | 'deliveries' | 'events' | 'redeliver'>;

export interface ApiOptions extends Surroundings {
  readonly contract: Contract;
  readonly faults: Faults;
  readonly journal: Journal;
}

/** A mistake of a client or of the sandbox; never part of what GitHub would answer. */
class ContractError extends Error {
  readonly kind: Violation['kind'];
  readonly problems: readonly string[];

  constructor(kind: Violation['kind'], problems: readonly string[]) {
    super(problems.join('; '));
    this.kind = kind;
    this.problems = problems;
  }
}

export class Api {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** @returns undefined: the connection is to be cut */
  async answer(incoming: Incoming): Promise<Outgoing | undefined> {
    const { journal, state } = this.#options;
    let match: Match | undefined;
    let reply: Reply | undefined;
    try {
      const request = requestOf(incoming, state);
      match = this.#match(request);
      const fault = this.#options.faults.takeForRequest(incoming.method, incoming.target);
      const struck = await struckBy(fault, state.clock.seconds());
      if (struck === 'cut') return undefined;
      reply = struck?.reply ?? (await this.#checked(match, request, incoming));
    } catch (error) {
      if (error instanceof ApiError) reply = error.reply;
      else reply = this.#violated(error, incoming);
    }
    journal.request({
      at: state.clock.timestamp(),
      method: incoming.method,
      path: incoming.target,
      operation_id: match?.operationId ?? null,
      status: reply.status,
    });
    return outgoing(reply, state.clock.seconds());
  }

  #match(request: ApiRequest): Match {
    const { contract } = this.#options;
    const match = contract.match(request);
    if (match === undefined)
      throw new ContractError('unknown', ['the sandbox has no such operation']);
    const problems = contract.requestProblems(request, match);
    if (problems.length > 0) throw new ContractError('request', problems);
    return match;
  }

  async #checked(match: Match, request: ApiRequest, incoming: Incoming): Promise<Reply> {
    const reply = await this.#carriedOut(match, request, incoming).catch((error: unknown) => {
      if (error instanceof ApiError) return error.reply;
      throw error;
    });
    const { contract } = this.#options;
    const problems = contract.replyProblems(match, reply.status, reply.body);
    if (problems.length > 0) throw new ContractError('reply', problems);
    return reply;
  }

  async #carriedOut(match: Match, request: ApiRequest, incoming: Incoming): Promise<Reply> {
    const { state, deliveries, events, redeliver } = this.#options;
    const version = incoming.headers['x-github-api-version'];
    if (version !== undefined && !apiVersions.has(String(version))) {
      throw new ApiError(400, 'Bad Request');
    }
    const actor = actorOf(incoming.headers['authorization']?.toString(), state);
    const operation = operations[match.operationId];
    if (operation === undefined) {
      throw new ContractError('unknown', [`${match.operationId} is not acted out`]);
    }
    const addresses = addressesOf(incoming.url.host);
    const { operationId, params } = match;
    const { url, headers } = incoming;
    const surroundings = { state, deliveries, events, redeliver };
    const { body } = request;
    return operation({
      operationId,
      method: incoming.method,
      actor,
      params,
      url,
      headers,
      body,
      addresses,
      ...surroundings,
    });
  }

  #violated(error: unknown, incoming: Incoming): Reply {
    const known = error instanceof ContractError;
    const problems = known ? error.problems : [error instanceof Error ? (error.stack ?? '') : ''];
    this.#options.journal.violation({
      at: this.#options.state.clock.timestamp(),
      kind: known ? error.kind : 'reply',
      what: `${incoming.method} ${incoming.target}`,
      problems,
    });
    return {
      status: 500,
      body: { message: 'Not what the API of GitHub is described as', problems },
    };
  }
}

function outgoing({ status, body, headers }: Reply, nowSeconds: number): Outgoing {
  return json(status, body, {
    'x-github-request-id': randomUUID(),
    'x-github-media-type': 'github.v3; format=json',
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': '4999',
    'x-ratelimit-used': '1',
    'x-ratelimit-reset': String(nowSeconds + 3600),
    'x-ratelimit-resource': 'core',
    ...headers,
  });
}
