/** What no client of GitHub may do, and what the sandbox itself must not: tests assert that it is empty. */
export interface Violation {
  /** ISO 8601. */
  readonly at: string;
  readonly kind: 'unknown' | 'request' | 'reply' | 'webhook';
  /** `METHOD path?query`, or the event. */
  readonly what: string;
  readonly problems: readonly string[];
}

export interface SeenRequest {
  readonly at: string;
  readonly method: string;
  /** With the query, as it was sent. */
  readonly path: string;
  readonly operation_id: string | null;
  readonly status: number;
}

const maxEntries = 1000;

/** Requests and violations, the newest thousand of each. */
export class Journal {
  readonly violations: Violation[] = [];
  readonly requests: SeenRequest[] = [];
  /** Hears of each request when it is here. */
  onRequest: (request: SeenRequest) => void = () => {};

  clear(): void {
    this.violations.length = 0;
    this.requests.length = 0;
  }

  violation(violation: Violation): void {
    this.violations.push(violation);
    if (this.violations.length > maxEntries) this.violations.shift();
  }

  request(request: SeenRequest): void {
    this.requests.push(request);
    if (this.requests.length > maxEntries) this.requests.shift();
    this.onRequest(request);
  }
}
