/** A browser without script: cookies by host, redirects, the fields that browsers send. */
import type { LoginStack } from './login-stack.ts';

export interface Seen {
  url: URL;
  status: number;
  headers: Headers;
  text: string;
}

const navigation = {
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};

export class Browser {
  /** By origin, then name. */
  readonly jar = new Map<string, Map<string, string>>();
  /** All that came, in order. */
  readonly seen: Seen[] = [];
  readonly #stack: LoginStack;
  /** Extra fields with each request. */
  headers: Record<string, string> = {};

  constructor(stack: LoginStack) {
    this.#stack = stack;
  }

  cookies(origin: string): Map<string, string> {
    const known = this.jar.get(origin) ?? new Map<string, string>();
    this.jar.set(origin, known);
    return known;
  }

  /** One request, no redirects. */
  async send(
    address: string | URL,
    { method = 'GET', body, headers = navigation as Record<string, string> } = {} as {
      method?: string;
      body?: string;
      headers?: Record<string, string>;
    },
  ): Promise<Seen> {
    const url = new URL(address);
    const cookie = [...this.cookies(url.origin)].map((pair) => pair.join('=')).join('; ');
    const all = { ...headers, ...this.headers, ...(cookie === '' ? {} : { cookie }) };
    const response = await this.#stack.fetch(url, {
      method,
      headers: body === undefined ? all : { 'content-type': form, ...all },
      ...(body === undefined ? {} : { body }),
    });
    for (const line of response.headers.getSetCookie()) this.#store(url.origin, line);
    const seen = {
      url,
      status: response.status,
      headers: response.headers,
      text: await response.text(),
    };
    this.seen.push(seen);
    return seen;
  }

  /** Follows redirects to the end; at GitHub, `as` signs in. */
  async open(address: string | URL, as?: string): Promise<Seen> {
    return this.follow(await this.send(address), as);
  }

  async follow(from: Seen, as?: string): Promise<Seen> {
    let now = from;
    for (let hop = 0; hop < 20; hop += 1) {
      const location = now.headers.get('location');
      if (location !== null) {
        if (location.startsWith('http://127.0.0.1:')) return now;
        now = await this.send(new URL(location, now.url));
      } else if (now.url.pathname === '/login/oauth/authorize' && as !== undefined) {
        now = await this.send(now.url, { method: 'POST', body: `login=${as}` });
      } else return now;
    }
    throw new Error('the redirects do not end');
  }

  /** Sends the form of a page of ours with fields added, as a browser does. */
  async submit(page: Seen, fields: Record<string, string> = {}): Promise<Seen> {
    const action = /<form method="post" action="([^"]+)">/.exec(page.text)?.[1];
    if (action === undefined) throw new Error(`no form in: ${page.text}`);
    const body = new URLSearchParams();
    for (const [, name = '', value = ''] of page.text.matchAll(
      /<input type="hidden" name="([^"]*)" value="([^"]*)"/g,
    )) {
      body.append(name, unescape(value));
    }
    const select = /<select id="(\w+)"[^]*?<option value="(\d+)"/.exec(page.text);
    if (select) body.set(select[1]!, select[2]!);
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    const headers = { ...navigation, origin: page.url.origin };
    const url = new URL(action, page.url);
    return this.send(url, { method: 'POST', body: body.toString(), headers });
  }

  #store(origin: string, line: string): void {
    const [, name = '', value = '', attributes = ''] = /^([^=]*)=([^;]*);(.*)$/.exec(line) ?? [];
    const jar = this.cookies(origin);
    // A new value counts as older no more: browsers send the oldest first.
    if (/Max-Age=0\b/.test(attributes)) jar.delete(name);
    else jar.set(name, value);
  }
}

const form = 'application/x-www-form-urlencoded';

function unescape(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

/** A request by script. */
export const byScript = {
  accept: '*/*',
  'sec-fetch-mode': 'cors',
  'sec-fetch-dest': 'empty',
};
