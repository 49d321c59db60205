/** A request to the login's routes, apart from hono, and the way back. */
import type { Context } from 'hono';
import type { Page } from '#protocol/pages.ts';
import { readCookies, type GatewayCookies } from '../gate/cookies.ts';
import { denialPage } from './denials.ts';
import type { LoginServices } from './services.ts';

/** A consent form carries a request of at most 2 KB. */
const maxFormBytes = 16 * 1024;

export interface Visit {
  cookies: GatewayCookies;
  query: URLSearchParams;
  /** The Origin field. */
  originField: string | undefined;
  accept: string | undefined;
  address: string;
  /** The body as a form; undefined: it is none, or too large. */
  form(): Promise<URLSearchParams | undefined>;
}

export function visitOf(services: Pick<LoginServices, 'addressOf'>, c: Context): Visit {
  const { raw } = c.req;
  return {
    cookies: readCookies(['cookie', raw.headers.get('cookie') ?? '']),
    query: new URL(raw.url).searchParams,
    originField: raw.headers.get('origin') ?? undefined,
    accept: raw.headers.get('accept') ?? undefined,
    address: services.addressOf(c),
    form: () => formOf(raw),
  };
}

async function formOf(request: Request): Promise<URLSearchParams | undefined> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) return undefined;
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxFormBytes) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return new URLSearchParams(text + decoder.decode());
}

/** The value of a parameter that is there once; empty ones count as absent (RFC 6749 §3.1). */
export function one(parameters: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = parameters.getAll(name);
  return value === undefined || value === '' || more.length > 0 ? undefined : value;
}

/** The name of a parameter that is there twice, which RFC 6749 §3.1 forbids. */
export function repeated(parameters: URLSearchParams): string | undefined {
  return [...parameters.keys()].find((name) => parameters.getAll(name).length > 1);
}

/** A form of our own page, or why not (threat 39: exact Origin on everything that changes things). */
export async function ownForm(
  services: Pick<LoginServices, 'appOrigin'>,
  visit: Visit,
): Promise<{ ok: true; form: URLSearchParams } | { ok: false; page: Page }> {
  if (visit.originField !== services.appOrigin()) {
    return { ok: false, page: denialPage({ kind: 'foreign-form' }, visit.accept) };
  }
  const form = await visit.form();
  if (form) return { ok: true, form };
  const parameters = { reason: 'the body is no form, or too large' };
  return { ok: false, page: denialPage({ kind: 'bad-request', parameters }, visit.accept) };
}

export function responseOf({ status, fields, body }: Page): Response {
  const headers = new Headers();
  for (let index = 0; index < fields.length; index += 2) {
    headers.append(fields[index] ?? '', fields[index + 1] ?? '');
  }
  // The engine frames the body by itself.
  headers.delete('content-length');
  return new Response(body.length === 0 ? null : new Uint8Array(body), { status, headers });
}
