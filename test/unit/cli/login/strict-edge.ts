/**
 * An edge's side of the login, as strict as the RFCs allow: what a client does wrong is refused and
 * remembered in `violations`. And a browser without a face.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

type Fields = Record<string, unknown>;
interface Organisation {
  id: number;
  login: string;
}
interface Family {
  organisation: Organisation;
  refresh: string;
  previous: string | undefined;
  retried: boolean;
  revoked: boolean;
}
interface Pending {
  redirectUri: string;
  state: string;
  challenge: string;
  organisation: string | undefined;
}
interface Code extends Pending {
  family: Family | undefined;
}
interface Device {
  userCode: string;
  organisation: string | undefined;
  state: 'pending' | 'approved' | 'denied' | 'expired' | 'used';
}
interface Given {
  kind: string;
  organisation: Organisation;
  user: Organisation | null;
}

const secret = (): string => randomBytes(32).toString('base64url');
const characters = (count: number): string =>
  Array.from(randomBytes(count), (byte) => 'ABCDEFGHJKLMNPQRSTUVWXYZ'[byte % 24]).join('');

/** Of the shape that the edge gives them; the checksum is the edge's own business. */
export function tokenLike(prefix: 'bwu' | 'bws' | 'bwc' | 'bwr'): string {
  return `${prefix}_${characters(12)}_${characters(43)}_${characters(6)}`;
}

export class StrictEdge {
  organisations: Organisation[] = [{ id: 42, login: 'acme' }];
  expiresInS = 3600;
  /** Of the device grant, in seconds. */
  intervalS = 0;
  deviceLifeS = 600;
  /** Parts of the metadata that a test replaces. */
  metadata: Fields = {};
  /** What the redirect says instead of the issuer. */
  callbackIssuer: string | undefined;
  consents = true;
  /** Answers that the next token requests get instead of theirs, in order. */
  tokenAnswers: { status: number; body: unknown }[] = [];
  /** The grant is made and the answer lost. */
  loseAnswers = 0;
  /** Made when the test does so; else at once. */
  holdRefresh: Promise<void> | undefined;
  readonly violations: string[] = [];
  readonly requests: { method: string; path: string; form: URLSearchParams; body: string }[] = [];
  readonly families: Family[] = [];
  readonly given = new Map<string, Given>();
  readonly devices = new Map<string, Device>();
  previews: string[] = [];
  tokens: (Fields & { id: string })[] = [];
  port = 0;
  readonly #pending = new Map<string, Pending>();
  readonly #codes = new Map<string, Code>();
  readonly #access = new Map<string, { family: Family; expiresMs: number }>();
  #server: Server | undefined;

  get url(): string {
    return `http://byway.localhost:${this.port}`;
  }

  async start(): Promise<void> {
    this.#server = createServer((request, response) => void this.#handle(request, response));
    await new Promise<void>((resolve) => this.#server!.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  asked(path: string): { form: URLSearchParams; body: string }[] {
    return this.requests.filter((each) => each.path === path);
  }

  /** A person at `/device`. */
  decide(userCode: string, state: 'approved' | 'denied' | 'expired'): void {
    const device = [...this.devices.values()].find((each) => each.userCode === userCode);
    if (!device) throw new Error(`nobody shows the code ${userCode}`);
    device.state = state;
  }

  /** As if the person had left the organisation. */
  removeMember(): void {
    for (const family of this.families) family.revoked = true;
  }

  /** A person’s or service’s token made elsewhere. */
  giveToken(prefix: 'bwu' | 'bws'): string {
    const token = tokenLike(prefix);
    const user = prefix === 'bwu' ? { id: 7, login: 'alice' } : null;
    const kind = prefix === 'bwu' ? 'personal' : 'service';
    this.given.set(token, { kind, organisation: this.organisations[0]!, user });
    return token;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const part of request) body += String(part);
    const url = new URL(request.url ?? '/', this.url);
    const { method = '' } = request;
    const path = url.pathname;
    const form = new URLSearchParams(body);
    this.requests.push({ method, path, form, body });
    const send = (status: number, value?: unknown): void => {
      response
        .writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
        .end(value === undefined ? undefined : JSON.stringify(value));
    };
    const wrong = (text: string): void => {
      this.violations.push(text);
      send(400, { error: 'invalid_request', error_description: text });
    };
    if (request.headers.host !== `byway.localhost:${this.port}`) return wrong('Host');
    if (path === '/.well-known/oauth-authorization-server') return send(200, this.#metadata());
    if (path === '/oauth/authorize') return this.#authorize(url, response, wrong);
    if (path === '/oauth/consent') return this.#consent(form, response);
    if (path.startsWith('/oauth/')) {
      if (method !== 'POST') return wrong(`${path}: not a POST`);
      if (request.headers['content-type'] !== 'application/x-www-form-urlencoded') {
        return wrong(`${path}: not a form`);
      }
      if (request.headers.authorization !== undefined) return wrong(`${path}: a public client`);
      if (form.get('client_id') !== 'byway-cli') return wrong(`${path}: client_id`);
      const keys = [...form.keys()];
      if (new Set(keys).size !== keys.length) return wrong(`${path}: a parameter twice`);
      if (path === '/oauth/token') return this.#token(form, send, response);
      if (path === '/oauth/device_authorization') return this.#device(form, send);
      if (path === '/oauth/revoke') return this.#revoke(form, send);
    }
    if (path.startsWith('/api/v1/')) return this.#api(request, url, body, send);
    send(404, {});
  }

  #metadata(): Fields {
    return {
      issuer: this.url,
      authorization_endpoint: `${this.url}/oauth/authorize`,
      token_endpoint: `${this.url}/oauth/token`,
      device_authorization_endpoint: `${this.url}/oauth/device_authorization`,
      revocation_endpoint: `${this.url}/oauth/revoke`,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      ...this.metadata,
    };
  }

  #authorize(url: URL, response: ServerResponse, wrong: (text: string) => void): void {
    const get = (name: string): string => {
      const all = url.searchParams.getAll(name);
      return all.length === 1 ? all[0]! : '';
    };
    if (get('client_id') !== 'byway-cli') return wrong('authorize: client_id');
    // RFC 8252 §7.3 and §8.3: the literal address, any port, a path nobody can guess.
    const redirectUri = get('redirect_uri');
    if (!/^http:\/\/127\.0\.0\.1:\d+\/[\w/-]{16,}$/.test(redirectUri)) {
      return wrong('authorize: redirect_uri');
    }
    if (get('response_type') !== 'code') return wrong('authorize: response_type');
    if (get('code_challenge_method') !== 'S256') return wrong('authorize: PKCE by S256 only');
    if (!/^[\w-]{43}$/.test(get('code_challenge'))) return wrong('authorize: code_challenge');
    if (get('state').length < 32) return wrong('authorize: state');
    if (get('device') === '') return wrong('authorize: device');
    if (get('scope') === '') return wrong('authorize: scope');
    if (url.searchParams.has('code_verifier')) return wrong('authorize: the verifier is a secret');
    const tx = secret();
    const organisation = url.searchParams.get('organisation') ?? undefined;
    const state = get('state');
    this.#pending.set(tx, { redirectUri, state, challenge: get('code_challenge'), organisation });
    response
      .writeHead(200, { 'Content-Type': 'text/html' })
      .end(`<form method="post" action="/oauth/consent"><input name="tx" value="${tx}"></form>`);
  }

  #consent(form: URLSearchParams, response: ServerResponse): void {
    const pending = this.#pending.get(form.get('tx') ?? '');
    this.#pending.delete(form.get('tx') ?? '');
    if (!pending) return void response.writeHead(400).end();
    const back = new URL(pending.redirectUri);
    back.searchParams.set('state', pending.state);
    back.searchParams.set('iss', this.callbackIssuer ?? this.url);
    const refusal = this.#refusal(pending.organisation);
    if (refusal) {
      for (const [name, value] of Object.entries(refusal)) {
        back.searchParams.set(name, [value].flat().join(' '));
      }
    } else {
      const code = secret();
      this.#codes.set(code, { ...pending, family: undefined });
      back.searchParams.set('code', code);
    }
    response.writeHead(303, { Location: back.href, 'Referrer-Policy': 'no-referrer' }).end();
  }

  #refusal(organisation: string | undefined): Record<string, string | string[]> | undefined {
    if (!this.consents) return { error: 'access_denied', error_description: 'They said no.' };
    const logins = this.organisations.map(({ login }) => login);
    if (organisation === undefined) {
      return logins.length === 1
        ? undefined
        : { error: 'organisation_required', organisations: logins };
    }
    if (logins.includes(organisation)) return undefined;
    return { error: 'access_denied', error_description: `You are no member of ${organisation}.` };
  }

  #organisation(login: string | undefined): Organisation {
    return this.organisations.find((each) => each.login === login) ?? this.organisations[0]!;
  }

  async #token(
    form: URLSearchParams,
    send: (status: number, value?: unknown) => void,
    response: ServerResponse,
  ): Promise<void> {
    const fail = (error: string): void =>
      send(400, { error, error_description: `It is ${error}.` });
    const answer = this.tokenAnswers.shift();
    if (answer) return send(answer.status, answer.body);
    const grant = form.get('grant_type');
    let family: Family;
    if (grant === 'authorization_code') {
      const code = this.#codes.get(form.get('code') ?? '');
      if (!code) return fail('invalid_grant');
      if (code.family) {
        // RFC 6749 §4.1.2: a second use ends what the first one got.
        code.family.revoked = true;
        this.violations.push('token: a code twice');
        return fail('invalid_grant');
      }
      const verifier = form.get('code_verifier') ?? '';
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      if (!/^[\w.~-]{43,128}$/.test(verifier) || challenge !== code.challenge) {
        this.violations.push('token: code_verifier');
        return fail('invalid_grant');
      }
      if (form.get('redirect_uri') !== code.redirectUri) {
        this.violations.push('token: redirect_uri');
        return fail('invalid_grant');
      }
      family = this.#family(code.organisation);
      code.family = family;
    } else if (grant === 'refresh_token') {
      await this.holdRefresh;
      const refresh = form.get('refresh_token') ?? '';
      const found = this.families.find((each) => [each.refresh, each.previous].includes(refresh));
      if (!found || found.revoked) return fail('invalid_grant');
      if (found.previous === refresh) {
        if (found.retried) {
          found.revoked = true;
          this.violations.push('token: a refresh token again');
          return fail('invalid_grant');
        }
        found.retried = true;
      } else {
        found.previous = refresh;
        found.retried = false;
      }
      found.refresh = tokenLike('bwr');
      family = found;
    } else if (grant === 'urn:ietf:params:oauth:grant-type:device_code') {
      const device = this.devices.get(form.get('device_code') ?? '');
      if (!device || device.state === 'used') return fail('invalid_grant');
      if (device.state === 'pending') return fail('authorization_pending');
      if (device.state === 'denied') return fail('access_denied');
      if (device.state === 'expired') return fail('expired_token');
      const refusal = this.#refusal(device.organisation);
      if (refusal) return send(400, refusal);
      device.state = 'used';
      family = this.#family(device.organisation);
    } else return fail('unsupported_grant_type');
    const token = tokenLike('bwu');
    this.#access.set(token, { family, expiresMs: Date.now() + this.expiresInS * 1000 });
    if (this.loseAnswers > 0) {
      this.loseAnswers -= 1;
      response.destroy();
      return;
    }
    send(200, {
      access_token: token,
      token_type: 'Bearer',
      expires_in: this.expiresInS,
      refresh_token: family.refresh,
      scope: 'view intercept',
    });
  }

  #family(organisation: string | undefined): Family {
    const family = {
      organisation: this.#organisation(organisation),
      refresh: tokenLike('bwr'),
      previous: undefined,
      retried: false,
      revoked: false,
    };
    this.families.push(family);
    return family;
  }

  #device(form: URLSearchParams, send: (status: number, value?: unknown) => void): void {
    const code = secret();
    const userCode = `${characters(4)}-${characters(4)}`;
    const organisation = form.get('organisation') ?? undefined;
    this.devices.set(code, { userCode, organisation, state: 'pending' });
    send(200, {
      device_code: code,
      user_code: userCode,
      verification_uri: `${this.url}/device`,
      verification_uri_complete: `${this.url}/device?user_code=${userCode}`,
      expires_in: this.deviceLifeS,
      interval: this.intervalS,
      ...(this.metadata.device as Fields | undefined),
    });
  }

  #revoke(form: URLSearchParams, send: (status: number, value?: unknown) => void): void {
    const token = form.get('token');
    for (const family of this.families) if (family.refresh === token) family.revoked = true;
    send(200);
  }

  #caller(authorization: string | undefined): Given | undefined {
    const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '';
    const access = this.#access.get(token);
    if (!access) return this.given.get(token);
    if (access.family.revoked || access.expiresMs <= Date.now()) return undefined;
    const { organisation } = access.family;
    return { kind: 'personal', organisation, user: { id: 7, login: 'alice' } };
  }

  #api(
    { headers, method = '' }: IncomingMessage,
    { pathname }: URL,
    body: string,
    send: (status: number, value?: unknown) => void,
  ): void {
    const caller = this.#caller(headers.authorization);
    const error = { code: 'BW-5001', detail: 'No valid token.', action: 'Send one.' };
    if (!caller) return send(401, { error });
    if (pathname === '/api/v1/me') return send(200, { ...caller, scopes: ['view', 'intercept'] });
    const [, , , kind, id = '', action] = pathname.split('/');
    const at = `${method} ${kind}${id === '' ? '' : '/:id'}${action ? `/${action}` : ''}`;
    if (at === 'POST previews') {
      const label = `amber-otter-${this.previews.length + 1}`;
      this.previews.push(label);
      return send(201, { label, url: `http://${label}.preview.localhost` });
    }
    if (at === 'DELETE previews/:id') {
      this.previews = this.previews.filter((label) => label !== id);
      return send(204);
    }
    const found = this.tokens.find((each) => each.id === id);
    if (at === 'GET tokens') return send(200, { tokens: this.tokens });
    if (at === 'POST tokens') {
      const wanted = JSON.parse(body) as Fields;
      const prefix = ({ service: 'bws', connector: 'bwc' } as const)[String(wanted.kind)] ?? 'bwu';
      const row = { id: characters(12), ...wanted, expires_at: null, last_used_at: null };
      this.tokens.push(row);
      return send(201, { ...row, token: tokenLike(prefix) });
    }
    if (!found) {
      return send(404, { error: { ...error, detail: 'There is no such token.', action: 'List.' } });
    }
    if (at === 'POST tokens/:id/rotate') return send(200, { ...found, token: tokenLike('bws') });
    if (at === 'DELETE tokens/:id') {
      this.tokens = this.tokens.filter((each) => each !== found);
      return send(204);
    }
    send(405, { error });
  }
}

export interface Seen {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** One request; `*.localhost` is this machine. */
export function visit(
  address: string,
  {
    method = 'GET',
    form,
    headers = {},
  }: { method?: string; form?: URLSearchParams; headers?: Record<string, string> } = {},
): Promise<Seen> {
  const url = new URL(address);
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: '127.0.0.1',
        port: url.port,
        path: url.pathname + url.search,
        method,
        agent: false,
        headers: {
          Host: url.host,
          ...(form ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}),
          ...headers,
        },
      },
      (response) => {
        let text = '';
        response.on('data', (part: Buffer) => (text += part.toString()));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(form === undefined ? undefined : String(form));
  });
}

/** Says yes on the consent page; resolves with where the edge then sends the browser. */
export async function consent(authorizeUrl: string): Promise<string> {
  const page = await visit(authorizeUrl);
  const tx = /name="tx" value="([^"]+)"/.exec(page.text)?.[1];
  if (tx === undefined) throw new Error(`no consent page: ${page.status} ${page.text}`);
  const { origin } = new URL(authorizeUrl);
  const form = new URLSearchParams({ tx });
  const answer = await visit(`${origin}/oauth/consent`, { method: 'POST', form });
  return answer.headers.location ?? '';
}

/** The whole way of a browser: sign-in, consent, redirect to the listener. Resolves with its page. */
export async function browse(authorizeUrl: string): Promise<Seen> {
  return visit(await consent(authorizeUrl));
}
