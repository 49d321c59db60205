/**
 * A browser without script, for the demo and the tests: cookies by origin, redirects, forms, and the
 * fields that browsers send. Names under `localhost` are on this machine, as browsers have it.
 */
import { request, type IncomingHttpHeaders } from 'node:http';

export interface Seen {
  url: URL;
  status: number;
  headers: IncomingHttpHeaders;
  /** Name, value, …, as they came. */
  rawHeaders: string[];
  text: string;
}

export interface Sending {
  method?: string;
  body?: string;
  /** In place of those of a navigation. */
  headers?: Record<string, string>;
}

/** What a browser sends when somebody opens a page. */
export const navigation: Readonly<Record<string, string>> = {
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};

/** What a page's script sends. */
export const byScript: Readonly<Record<string, string>> = {
  accept: '*/*',
  'sec-fetch-mode': 'cors',
  'sec-fetch-dest': 'empty',
};

const form = 'application/x-www-form-urlencoded';
const maxHops = 20;

export class Visitor {
  /** By origin, then name; the oldest first, as browsers send them. */
  readonly jar = new Map<string, Map<string, string>>();
  /** Who signs in where a page of GitHub asks. */
  readonly login: string | undefined;

  constructor(login?: string) {
    this.login = login;
  }

  cookies(origin: string): Map<string, string> {
    const known = this.jar.get(origin) ?? new Map<string, string>();
    this.jar.set(origin, known);
    return known;
  }

  /** One request, no redirects. */
  async send(address: string | URL, sending: Sending = {}): Promise<Seen> {
    const url = new URL(address);
    const { method = 'GET', body, headers = navigation } = sending;
    const cookie = [...this.cookies(url.origin)].map((pair) => pair.join('=')).join('; ');
    const seen = await exchange(url, method, body, {
      ...(body === undefined ? {} : { 'content-type': form }),
      ...headers,
      ...(cookie === '' ? {} : { cookie }),
    });
    for (const line of seen.headers['set-cookie'] ?? []) this.#store(url.origin, line);
    return seen;
  }

  /** Follows redirects to the end, and signs in at GitHub on the way. */
  async open(address: string | URL): Promise<Seen> {
    return this.follow(await this.send(address));
  }

  async follow(from: Seen): Promise<Seen> {
    let now = from;
    for (let hop = 0; hop < maxHops; hop += 1) {
      const { location } = now.headers;
      if (location !== undefined) now = await this.send(new URL(location, now.url));
      else if (now.url.pathname === '/login/oauth/authorize' && this.login !== undefined) {
        const body = new URLSearchParams({ login: this.login }).toString();
        now = await this.send(now.url, { method: 'POST', body });
      } else return now;
    }
    throw new Error(`the redirects do not end: ${now.url.href}`);
  }

  /** Sends the page's first form with fields added, as a browser does; no redirects. */
  async submit(page: Seen, fields: Record<string, string> = {}): Promise<Seen> {
    const action = /<form method="post"(?: action="([^"]+)")?/.exec(page.text);
    if (!action) throw new Error(`no form in: ${page.text}`);
    const body = new URLSearchParams();
    for (const [input] of page.text.matchAll(/<input [^>]*type="hidden"[^>]*>/g)) {
      const name = /name="([^"]*)"/.exec(input)?.[1];
      if (name !== undefined) body.append(name, unescape(/value="([^"]*)"/.exec(input)?.[1] ?? ''));
    }
    const select = /<select id="(\w+)"[^]*?<option value="(\d+)"/.exec(page.text);
    if (select) body.set(select[1] ?? '', select[2] ?? '');
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    const headers = { ...navigation, origin: page.url.origin };
    const url = new URL(unescape(action[1] ?? page.url.href), page.url);
    return this.send(url, { method: 'POST', body: body.toString(), headers });
  }

  #store(origin: string, line: string): void {
    const [, name = '', value = '', attributes = ''] = /^([^=]*)=([^;]*);?(.*)$/.exec(line) ?? [];
    const jar = this.cookies(origin);
    if (/Max-Age=0\b/i.test(attributes)) jar.delete(name);
    else jar.set(name, value);
  }
}

function exchange(
  url: URL,
  method: string,
  body: string | undefined,
  headers: Record<string, string>,
): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const isLocal = url.hostname === 'localhost' || url.hostname.endsWith('.localhost');
    const outgoing = request(
      {
        host: isLocal ? '127.0.0.1' : url.hostname,
        port: url.port,
        path: url.pathname + url.search,
        method,
        agent: false,
        headers: { Host: url.host, ...headers },
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers: fields, rawHeaders } = response;
          const text = Buffer.concat(parts).toString();
          resolve({ url, status, headers: fields, rawHeaders, text });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function unescape(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
