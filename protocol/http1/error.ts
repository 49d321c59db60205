/** What is wrong with bytes that ought to be HTTP/1.1. */

/** Statuses are what a server answers to a request with this fault (RFC 9112 §2.3, §6.1, RFC 6585 §5). */
const statuses = {
  'bad-message': 400,
  'line-ending': 400,
  'request-line': 400,
  'status-line': 400,
  version: 505,
  'field-name': 400,
  'field-value': 400,
  'obs-fold': 400,
  host: 400,
  connection: 400,
  'content-length': 400,
  'transfer-encoding': 501,
  'length-and-chunked': 400,
  chunk: 400,
  trailer: 400,
  'head-too-large': 431,
  'too-many-fields': 431,
} as const;

export type Http1ErrorCode = keyof typeof statuses;

/** The bytes are not HTTP/1.1 as this framer reads it. The message quotes nothing from them. */
export class Http1Error extends Error {
  readonly code: Http1ErrorCode;
  readonly status: number;

  constructor(message: string, status = 400, code: Http1ErrorCode = 'bad-message') {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** `at`: index of the offending byte, counted from the start of the message's part. */
export function fault(code: Http1ErrorCode, what: string, at?: number): Http1Error {
  return new Http1Error(at === undefined ? what : `${what} at byte ${at}`, statuses[code], code);
}
