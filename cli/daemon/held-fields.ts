/** What the daemon tells commands of an intercept that it holds. */
import type { PreviewNow } from '../preview-now.ts';
import type { HeldIntercept } from './state.ts';

/** An intercept as commands see it: all but the ticket. `now`: of its preview, where it was asked about. */
export function publicOf(
  { spec, local, preview }: HeldIntercept,
  now?: PreviewNow,
): Record<string, unknown> {
  return {
    id: spec.id,
    name: spec.name,
    workload: spec.workload,
    namespace: spec.namespace,
    client: spec.laptop.name,
    destination: addressOf(local.host, local.port),
    port: spec.port,
    mechanism: spec.mechanism,
    headers: spec.headers,
    preview: preview ? { ...preview, ...now } : null,
    preview_url: preview?.url ?? null,
  };
}

export function addressOf(host: string, port: number): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;
}
