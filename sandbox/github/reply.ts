/** What the API answers. */

export interface Reply {
  readonly status: number;
  /** JSON; undefined: no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that ends a request, thrown where the reason is found. */
export class ApiError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly details: object;

  constructor(status: number, message: string, headers: Record<string, string> = {}, details = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
    this.details = details;
  }

  get reply(): Reply {
    return { status: this.status, body: errorBody(this), headers: this.headers };
  }
}

const documentation = 'https://docs.github.com/rest';

function errorBody({ status, message, details }: ApiError): object {
  return { message, ...details, documentation_url: documentation, status: String(status) };
}

export const notFound = (): ApiError => new ApiError(404, 'Not Found');
export const badCredentials = (): ApiError => new ApiError(401, 'Bad credentials');
export const requiresAuthentication = (): ApiError => new ApiError(401, 'Requires authentication');
export const notAccessible = (): ApiError =>
  new ApiError(403, 'Resource not accessible by integration');
export const ok = (body: unknown, headers: Record<string, string> = {}): Reply => ({
  status: 200,
  body,
  headers,
});
