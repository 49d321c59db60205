/** What a request to the loopback listener is (RFC 8252 §8.9, RFC 9207; threat 53). */
import type { IncomingMessage } from 'node:http';
import { organisationList } from './organisation.ts';
import { sameSecret } from './proof.ts';

export interface ExpectedCallback {
  /** `127.0.0.1:<port>`: another name for it is a page that has rebound its own (DNS rebinding). */
  host: string;
  path: string;
  state: string;
  issuer: string;
}

export type Callback =
  /**
   * Not the edge's answer to this login: it changes nothing. `reason`: for the person, where it came
   * to the right path; browsers ask for other ones by themselves (favicons).
   */
  | { kind: 'foreign'; reason: string | undefined }
  | { kind: 'code'; code: string }
  | { kind: 'error'; error: string; description: string; organisations: string[] };

export function judgeCallback(request: IncomingMessage, expected: ExpectedCallback): Callback {
  const { method, url = '', headers } = request;
  if (headers.host !== expected.host) return foreign();
  if (method !== 'GET') return foreign();
  const [path = '', query = ''] = url.split(/\?(.*)/s, 2);
  if (!sameSecret(path, expected.path)) return foreign();
  const parameters = new URLSearchParams(query);
  const twice = [...new Set(parameters.keys())].find((name) => parameters.getAll(name).length > 1);
  // RFC 6749 §3.1: no parameter more than once.
  if (twice !== undefined) return foreign('a parameter is there twice');
  if (!sameSecret(parameters.get('state') ?? '', expected.state)) {
    return foreign('its state is not that of this login');
  }
  // RFC 9207 §2.4, for errors as well; compared as text.
  if (parameters.get('iss') !== expected.issuer) {
    return foreign(`it does not say that it comes from ${expected.issuer}`);
  }
  const error = parameters.get('error');
  const code = parameters.get('code');
  if (error !== null && code === null) {
    const description = parameters.get('error_description') ?? '';
    const organisations = organisationList(parameters.get('organisations') ?? undefined);
    return { kind: 'error', error, description, organisations };
  }
  if (error === null && code !== null && /^[\x21-\x7e]{1,512}$/.test(code)) {
    return { kind: 'code', code };
  }
  return foreign('it has no code');
}

function foreign(reason?: string): Callback {
  return { kind: 'foreign', reason };
}
