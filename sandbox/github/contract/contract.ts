/** Holds every request and every reply against GitHub's own description of its API. */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { OpenAPIBackend, type Document } from 'openapi-backend';
import { formats } from './formats.ts';
import { isKnown } from './known-errors.ts';

export interface ApiRequest {
  readonly method: string;
  /** Below the root of the API, without the query. */
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  readonly headers: Record<string, string | string[]>;
  /** JSON, read; undefined when there is none. */
  readonly body: unknown;
}

export interface Match {
  readonly operationId: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** Answers of the platform before an operation is reached; no operation lists them all. */
const platformStatuses = new Set([301, 307, 400, 401, 403, 404, 422, 429, 500, 502, 503]);

const ajvOptions = { formats, allErrors: true, strict: false } as const;
const documentKey = 'github';

let loaded: Promise<Contract> | undefined;

export class Contract {
  readonly #api: OpenAPIBackend;
  readonly #payloads: Ajv;

  private constructor(api: OpenAPIBackend, payloads: Ajv) {
    this.#api = api;
    this.#payloads = payloads;
  }

  /** Once in a process: all sandboxes share what is compiled. */
  static load(): Promise<Contract> {
    loaded ??= Contract.#read();
    return loaded;
  }

  static async #read(): Promise<Contract> {
    const text = readFileSync(new URL('subset.json', import.meta.url), 'utf8');
    const api = new OpenAPIBackend({
      definition: JSON.parse(text) as Document,
      // Schemas are compiled when they are first needed: a start takes no second.
      quick: true,
      strict: true,
      ajvOpts: ajvOptions,
    });
    await api.init();
    const payloads = new Ajv({ ...ajvOptions, validateSchema: false });
    payloads.addSchema(JSON.parse(text) as object, documentKey);
    return new Contract(api, payloads);
  }

  /** The operation that a request is for, or undefined: none that the sandbox speaks. */
  match(request: ApiRequest): Match | undefined {
    const operation = this.#api.matchOperation(backendRequest(request));
    if (operation?.operationId === undefined) return undefined;
    const { params, query } = this.#api.router.parseRequest(backendRequest(request), operation);
    return {
      operationId: operation.operationId,
      params: params as Record<string, string>,
      query: query as Record<string, string>,
    };
  }

  /** @returns what is wrong with the request, a line each */
  requestProblems(request: ApiRequest, { operationId }: Match): string[] {
    const { errors } = this.#api.validateRequest(backendRequest(request), operationId);
    return (errors ?? []).map(describe);
  }

  /** @returns what is wrong with the reply, a line each */
  replyProblems({ operationId }: Match, status: number, body: unknown): string[] {
    const listed = this.#api.getOperation(operationId)?.responses ?? {};
    if (!(String(status) in listed)) {
      return platformStatuses.has(status)
        ? platformErrorProblems(body)
        : [`status ${status} is not among ${Object.keys(listed).join(', ')}`];
    }
    const response = listed[status];
    const described = response !== undefined && 'content' in response && response.content;
    if (!described) {
      // Errors have a body whether it is described or not.
      if (status >= 400) return platformErrorProblems(body);
      return body === undefined ? [] : [`status ${status} has no body`];
    }
    const { errors } = this.#api.validateResponse(body, operationId, status);
    return (errors ?? []).filter((error) => !isKnown(operationId, error)).map(describe);
  }

  /** @returns what is wrong with the payload of a webhook, a line each */
  payloadProblems(event: string, action: string | undefined, payload: object): string[] {
    const name = [event, action ?? []].flat().join('-').replaceAll('_', '-');
    const validate = this.#payloads.getSchema(`${documentKey}#/x-webhooks/${name}`) as
      | ValidateFunction
      | undefined;
    if (validate === undefined) return [`the sandbox has no description of ${name}`];
    validate(payload);
    return (validate.errors ?? []).filter((error) => !isKnown(name, error)).map(describe);
  }
}

function platformErrorProblems(body: unknown): string[] {
  const message = (body as { message?: unknown } | undefined)?.message;
  return typeof message === 'string' ? [] : ['an error has a message'];
}

function backendRequest({ method, path, query, headers, body }: ApiRequest) {
  return {
    method: method.toLowerCase(),
    path,
    query,
    headers,
    ...(body === undefined ? {} : { body }),
  };
}

function describe(error: { instancePath: string; message?: string; params?: object }): string {
  const place = error.instancePath === '' ? 'it' : error.instancePath;
  return `${place} ${error.message ?? 'is wrong'} ${JSON.stringify(error.params ?? {})}`;
}
