/** The head as the ingress gets it: strip, then set. */
import type { InterceptHeader } from '#protocol/control.ts';
import { mergeBaggage, mergeTracestate } from './context.ts';

export interface IngressRequest {
  method: string;
  target: string;
  fields: string[];
  /** Of the request's Content-Length; undefined: none. */
  contentLength: number | undefined;
  accept: string | undefined;
}

/** Fields of one connection (RFC 9110 §7.6.1), framing, and what is set anew. */
const dropped = new Set([
  'connection',
  'keep-alive',
  'te',
  'transfer-encoding',
  'upgrade',
  'host',
  // CGI origins cannot tell these from the real ones.
  'content_length',
  'transfer_encoding',
]);

/**
 * `Connection` does not take these along: they belong to the message or were set by the edge; the last
 * two are ours.
 */
const notHopByHop =
  /^(?:content-|x-forwarded-|(?:host|cookie|authorization|forwarded|connection|te)$)/;

/** One spelling for names that an app may take for the same: `X_A` becomes HTTP_X_A like `X-A`. */
export function spelling(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

/**
 * `head`: pseudo-fields, then fields. Every copy of the intercept's headers that the client sent goes,
 * in any spelling; then they are set. Host becomes the layer-5 host. Body framing is the caller's.
 * @throws RangeError when Content-Length is no plain number, or there are several
 */
export function ingressRequest(
  head: readonly string[],
  l5: string,
  headers: readonly InterceptHeader[],
): IngressRequest {
  const own = ownSpellings(headers);
  const request: IngressRequest = {
    method: 'GET',
    target: '/',
    fields: ['Host', l5],
    contentLength: undefined,
    accept: undefined,
  };
  const { fields } = request;
  let baggage: string[] | undefined;
  let tracestate: string[] | undefined;
  let traced = false;
  let named: Set<string> | undefined;
  for (let index = 0; index < head.length; index += 2) {
    const name = head[index] ?? '';
    const value = head[index + 1] ?? '';
    if (name.charCodeAt(0) === 58) {
      if (name === ':method') request.method = value;
      else if (name === ':path') request.target = value;
      continue;
    }
    const lower = name.toLowerCase();
    if (isOwn(own, lower)) continue;
    if (dropped.has(lower) || lower.startsWith('proxy-')) {
      if (lower === 'connection') (named ??= new Set()).add(value.toLowerCase());
      // A sender of TE says so in Connection (RFC 9110 §10.1.4).
      else if (lower === 'te' && /\btrailers\b/i.test(value))
        fields.push('Connection', name, name, 'trailers');
      continue;
    }
    switch (lower) {
      case 'content-length':
        request.contentLength = lengthOf(value, request.contentLength);
        continue;
      case 'baggage':
        (baggage ??= []).push(value);
        continue;
      case 'tracestate':
        (tracestate ??= []).push(value);
        continue;
      case 'accept':
        request.accept = value;
        break;
      case 'traceparent':
        traced = true;
        break;
      default:
    }
    fields.push(name, value);
  }
  if (named) {
    const options = optionsOf(named);
    request.fields = withoutNamed(fields, options);
    if (options.has('baggage')) baggage = undefined;
    if (options.has('tracestate')) tracestate = undefined;
  }
  for (const { name, value } of headers) request.fields.push(name, value);
  const merged = mergeBaggage(baggage ?? [], headers);
  if (merged !== '') request.fields.push('baggage', merged);
  // tracestate without traceparent must be ignored (W3C Trace Context §3.3), so it is not begun.
  if (tracestate || traced) {
    const state = mergeTracestate(tracestate ?? [], traced ? headers : []);
    if (state !== '') request.fields.push('tracestate', state);
  }
  return request;
}

/** Trailers as the ingress may get them: none that an app could take for a field of the head. */
export function ingressTrailers(
  trailers: readonly string[],
  headers: readonly InterceptHeader[],
): string[] {
  const own = ownSpellings(headers);
  const kept: string[] = [];
  for (let index = 0; index < trailers.length; index += 2) {
    const name = trailers[index] ?? '';
    const lower = name.toLowerCase();
    if (isOwn(own, lower) || dropped.has(lower) || lower.startsWith('proxy-')) continue;
    if (/^(?:content-length|baggage|tracestate|traceparent)$/.test(lower)) continue;
    kept.push(name, trailers[index + 1] ?? '');
  }
  return kept;
}

/** By the intercept's list, which lives as long as it; made once, not for each request. */
const spellings = new WeakMap<readonly InterceptHeader[], ReadonlySet<string>>();

function ownSpellings(headers: readonly InterceptHeader[]): ReadonlySet<string> {
  let own = spellings.get(headers);
  if (!own) {
    own = new Set(headers.map(({ name }) => spelling(name)));
    spellings.set(headers, own);
  }
  return own;
}

function isOwn(own: ReadonlySet<string>, lower: string): boolean {
  return own.has(lower.includes('_') ? lower.replaceAll('_', '-') : lower);
}

/** @throws RangeError */
function lengthOf(value: string, former: number | undefined): number {
  const length = Number(value);
  if (former !== undefined || !/^\d{1,16}$/.test(value) || !Number.isSafeInteger(length)) {
    throw new RangeError('Content-Length is not one plain number');
  }
  return length;
}

function optionsOf(values: ReadonlySet<string>): Set<string> {
  const options = new Set<string>();
  for (const value of values) {
    for (const option of value.split(',')) {
      const name = option.trim();
      if (!notHopByHop.test(name)) options.add(name);
    }
  }
  return options;
}

function withoutNamed(fields: readonly string[], named: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    if (!named.has(name.toLowerCase())) kept.push(name, fields[index + 1] ?? '');
  }
  return kept;
}
