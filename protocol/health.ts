/** Answers of a part's own address: `/healthz`, `/readyz`, and `/metrics` in Prometheus' text format. */
import type { Session } from './session.ts';

export interface HealthAnswer {
  status: number;
  type: string;
  body: string;
}

/** `sessions`: all tunnels that are up. `more`: further gauges by name. */
export function healthAnswer(
  path: string,
  ready: boolean,
  sessions: readonly Session[],
  more: Readonly<Record<string, number>> = {},
): HealthAnswer {
  const text = { type: 'text/plain; charset=utf-8' };
  if (path === '/healthz') return { ...text, status: 200, body: 'ok\n' };
  if (path === '/readyz') {
    return ready
      ? { ...text, status: 200, body: 'ready\n' }
      : { ...text, status: 503, body: 'not ready\n' };
  }
  if (path !== '/metrics') return { ...text, status: 404, body: 'not found\n' };
  const gauges: Record<string, number> = { ...accountOf(sessions), ...more };
  const lines = Object.entries(gauges).map(
    ([name, value]) => `# TYPE ${name} gauge\n${name} ${value}\n`,
  );
  return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: lines.join('') };
}

/** What a leak would show in, over all tunnels; credit is whole when it is 1. */
export function accountOf(sessions: readonly Session[]): Record<string, number> {
  const total = { streams: 0, queued: 0, held: 0, whole: 1 };
  for (const { account } of sessions) {
    total.streams += account.streams;
    total.queued += account.queuedBytes;
    total.held += account.heldBytes;
    if (!account.creditWhole) total.whole = 0;
  }
  return {
    byway_sessions: sessions.length,
    byway_streams: total.streams,
    byway_queued_bytes: total.queued,
    byway_held_bytes: total.held,
    byway_credit_whole: total.whole,
  };
}
