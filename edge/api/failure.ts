/** How a request to the API ends otherwise than well: with a row of one of the two tables of errors. */
import type { Context } from 'hono';
import { errorBody, type ErrorCode, type ErrorParameters } from '#protocol/errors.ts';
import { denialBody, type Denial } from '../login/denials.ts';
import type { Outcome } from '../objects/calls.ts';

/** Ends the handling of a request. `what`: a code with its parameters, or why a person is not let in. */
export class ApiError extends Error {
  readonly body: {
    error: { code: string; status: number; title: string; detail: string; action: string };
  };
  /** Whole seconds. */
  readonly retryAfterS: number | undefined;

  constructor(what: ErrorCode | Denial, parameters: ErrorParameters = {}) {
    const body = typeof what === 'string' ? errorBody(what, parameters) : denialBody(what);
    super(body.error.code);
    this.body = body;
    this.retryAfterS = retryAfterOf(what, body.error.status);
  }
}

function retryAfterOf(what: ErrorCode | Denial, status: number): number | undefined {
  if (typeof what !== 'string' && what.retryAfterMs !== undefined) {
    return Math.max(1, Math.ceil(what.retryAfterMs / 1000));
  }
  return status === 503 ? 5 : undefined;
}

export function failure(c: Context, { body, retryAfterS }: ApiError): Response {
  const { status } = body.error;
  // RFC 9110 §11.6.1: a 401 names a scheme.
  if (status === 401) c.header('www-authenticate', 'Bearer');
  if (retryAfterS !== undefined) c.header('retry-after', String(retryAfterS));
  c.header('cache-control', 'no-store');
  return c.json(body, status as 400);
}

const refusalCodes = { taken: 'BW-5004', refused: 'BW-5005', missing: 'BW-5003' } as const;

/** `refused`: the code for a no; a cluster's unless said otherwise. */
export function valueOf<T>(outcome: Outcome<T>, refused: ErrorCode = refusalCodes.refused): T {
  if (outcome.ok) return outcome.value;
  const { kind, reason } = outcome.refusal;
  throw new ApiError(kind === 'refused' ? refused : refusalCodes[kind], { reason });
}

/** Somebody else's is answered as what never was (threat 36). */
export function noCluster(key: string): ApiError {
  return new ApiError('BW-5003', { reason: `there is no cluster “${key}”` });
}

export function noPreview(label: string): ApiError {
  return new ApiError('BW-5003', { reason: `there is no live preview “${label}”` });
}

export function noEnding(label: string): ApiError {
  return new ApiError('BW-5003', { reason: `there is no preview “${label}” that has ended` });
}

export function noToken(id: string): ApiError {
  return new ApiError('BW-5003', { reason: `there is no token “${id}”` });
}

export function noOrganisation(id: number): ApiError {
  return new ApiError('BW-5003', { reason: `there is no organisation ${id}` });
}

export function forbidden(reason: string): ApiError {
  return new ApiError('BW-5007', { reason });
}

export function invalid(reason: string): ApiError {
  return new ApiError('BW-5002', { reason });
}
