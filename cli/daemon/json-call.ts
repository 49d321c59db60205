/** One HTTP request with a JSON answer, by `node:http`: `*.localhost` needs its own address. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { RequestError } from '#protocol/requests.ts';

export interface JsonAnswer {
  status: number;
  /** undefined: no body. */
  body: unknown;
}

export interface JsonCall {
  method: string;
  path: string;
  /** undefined: nobody's name is given. */
  token: string | undefined;
  /** undefined: no body. URLSearchParams: a form. Everything else: JSON. */
  payload: unknown;
}

const timeoutMs = 10_000;
const maxAnswerBytes = 8 * 1024 * 1024;

/** Failures before anything was sent. */
const notSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_HAS_EXPIRED',
]);

/**
 * `who`: for errors. @throws RequestError `unreachable` when the request was not sent, or changes
 * nothing; `outcome_unknown` when a POST broke off
 */
export function callJson(who: string, base: URL, call: JsonCall): Promise<JsonAnswer> {
  const { protocol, hostname, port, host } = base;
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = protocol === 'https:';
  // RFC 6761 §6.3: *.localhost is loopback, whatever the resolver knows of it.
  const local = hostname === 'localhost' || hostname.endsWith('.localhost');
  const form = call.payload instanceof URLSearchParams;
  const body =
    call.payload === undefined
      ? undefined
      : form
        ? String(call.payload)
        : JSON.stringify(call.payload);
  const options = {
    method: call.method,
    path: call.path,
    host: local ? '127.0.0.1' : address,
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    headers: {
      Host: host,
      Accept: 'application/json',
      ...(call.token === undefined ? {} : { Authorization: `Bearer ${call.token}` }),
      ...(body === undefined
        ? {}
        : {
            'Content-Type': form ? 'application/x-www-form-urlencoded' : 'application/json',
            'Content-Length': Buffer.byteLength(body),
          }),
    },
    timeout: timeoutMs,
    agent: false as const,
    // RFC 6066 §3: an address is no server name.
    ...(secure && isIP(address) === 0 ? { servername: hostname } : {}),
  };
  return new Promise((resolve, reject) => {
    const broken = (error: NodeJS.ErrnoException): void => {
      const unknown = call.method === 'POST' && !notSent.has(error.code ?? '');
      const code = unknown ? 'outcome_unknown' : 'unreachable';
      reject(new RequestError(code, `${who} cannot be reached: ${error.message}`));
    };
    const outgoing = (secure ? httpsRequest : httpRequest)(options, (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on('data', (part: Buffer) => {
        parts.push(part);
        bytes += part.length;
        if (bytes > maxAnswerBytes) response.destroy(new Error('its answer is too long'));
      });
      response.on('error', broken);
      response.on('end', () => {
        try {
          const text = Buffer.concat(parts).toString();
          const value: unknown = text === '' ? undefined : JSON.parse(text);
          resolve({ status: response.statusCode ?? 0, body: value });
        } catch {
          broken(new Error('its answer is not JSON; is edge_url right?'));
        }
      });
    });
    outgoing.on('timeout', () =>
      outgoing.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)),
    );
    outgoing.on('error', broken);
    outgoing.end(body);
  });
}
