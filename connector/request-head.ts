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
  traced: boolean;
}

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'transfer-encoding',
  'upgrade',
  'host',
]);

/** One spelling for names that an app may take for the same: `X_A` becomes HTTP_X_A like `X-A`. */
export function spelling(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

/**
 * `head`: pseudo-fields, then fields. Every copy of the intercept's headers that the client sent goes,
 * in any spelling; then they are set. Host becomes the layer-5 host. Body framing is the caller's.
 */
export function ingressRequest(
  head: readonly string[],
  l5: string,
  headers: readonly InterceptHeader[],
): IngressRequest {
  const own = new Set(headers.map((each) => spelling(each.name)));
  const request: IngressRequest = {
    method: 'GET',
    target: '/',
    fields: ['Host', l5],
    contentLength: undefined,
    accept: undefined,
    traced: false,
  };
  const { fields } = request;
  let baggage: string[] | undefined;
  let tracestate: string[] | undefined;
  for (let index = 0; index < head.length; index += 2) {
    const name = head[index] ?? '';
    const value = head[index + 1] ?? '';
    if (name.charCodeAt(0) === 58) {
      if (name === ':method') request.method = value;
      else if (name === ':path') request.target = value;
      continue;
    }
    const lower = name.toLowerCase();
    if (hopByHop.has(lower) || own.has(lower) || (lower.includes('_') && own.has(spelling(lower))))
      continue;
    switch (lower) {
      case 'content-length':
        request.contentLength = Number(value);
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
        request.traced = true;
        break;
      default:
    }
    fields.push(name, value);
  }
  for (const { name, value } of headers) fields.push(name, value);
  const merged = mergeBaggage(baggage ?? [], headers);
  if (merged !== '') fields.push('baggage', merged);
  // tracestate without traceparent must be ignored (W3C Trace Context §3.3), so it is not begun.
  if (tracestate || request.traced) {
    const state = request.traced
      ? mergeTracestate(tracestate ?? [], headers)
      : (tracestate ?? []).join(',');
    if (state !== '') fields.push('tracestate', state);
  }
  return request;
}
