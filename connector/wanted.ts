/** What a daemon asks for with `intercept` and `check`. */
import { z } from 'zod';
import { RequestError } from '#protocol/requests.ts';
import { spelling } from './request-head.ts';
import type { Workload, WorkloadPort } from './workloads/workloads.ts';

const header = z.object({
  name: z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is no header name'),
  // eslint-disable-next-line no-control-regex
  value: z.string().regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'is no header value'),
});

const wanted = z.object({
  name: z.string().min(1).max(253),
  workload: z.string().min(1),
  namespace: z.string().optional(),
  port: z.string().optional(),
  mechanism: z.enum(['http', 'tcp']),
  headers: z.array(header).max(16).default([]),
  /** With `http` and no headers: every request, instead of the default header. */
  global: z.boolean().default(false),
  laptop: z.object({ name: z.string(), address: z.string() }),
});

export type Wanted = z.infer<typeof wanted>;

/** Fields that carry the message itself; a filter on one of them would break requests. */
const unfit = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'cookie',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  // These are merged, not set.
  'baggage',
  'traceparent',
  'tracestate',
]);

/** @throws RequestError `invalid`, naming the parameter */
export function readWanted(params: Record<string, unknown>): Wanted {
  const result = wanted.safeParse(params);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new RequestError('invalid', `${issue?.path.join('.')}: ${issue?.message}`);
  }
  checkHeaders(result.data.headers);
  return result.data;
}

/** @throws RequestError naming the header that no request could match, or that would break requests */
function checkHeaders(headers: Wanted['headers']): void {
  const seen = new Set<string>();
  for (const { name } of headers) {
    const folded = spelling(name);
    if (unfit.has(folded) || /^(?:proxy-|sec-websocket-|x-byway-)/.test(folded))
      throw new RequestError('invalid', `${name} cannot be an intercept header`);
    if (seen.has(folded)) throw new RequestError('invalid', `${name} is given twice`);
    seen.add(folded);
  }
}

/** `wish`: a port's name or number. @throws RequestError that lists the ports */
export function choosePort(workload: Workload, wish: string | undefined): WorkloadPort {
  const known = workload.ports.map((port) =>
    port.name ? `${port.name} (${port.number})` : `${port.number}`,
  );
  if (wish === undefined) {
    const [only, ...more] = workload.ports;
    if (only && more.length === 0) return only;
    throw new RequestError(
      'ambiguous_port',
      `${workload.name} has several ports: ${known.join(', ')}; choose one with --port LOCAL:REMOTE`,
    );
  }
  const port = workload.ports.find((each) => each.name === wish || String(each.number) === wish);
  if (port) return port;
  throw new RequestError(
    'unknown_port',
    `${workload.name} has no port “${wish}”; it has: ${known.join(', ')}`,
  );
}
