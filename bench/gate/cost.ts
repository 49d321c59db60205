/** What the gate costs on the hot path: CPU time of the edge per request, beside a public preview. */
import type { Origin } from '../contender.ts';
import type { Engine } from '../engine.ts';
import { smallRequests } from '../load/small-requests.ts';
import { median } from '../metrics.ts';
import { cpuSeconds } from '../process-usage.ts';
import { startGateScene } from './scene.ts';

const ways = ['public', 'session', 'token'] as const;
type Way = (typeof ways)[number];

const names: Readonly<Record<Way, string>> = {
  public: 'public preview',
  session: 'private, session cookie',
  token: 'private, X-Byway-Token',
};

const connections = 32;
/** Beyond it the gate is too dear. */
export const goalOfCost = 1.15;

/** Microseconds of CPU time per request. */
export type GateRound = Readonly<Record<Way, number>>;

export interface GateCost {
  readonly rounds: readonly GateRound[];
  readonly faults: readonly string[];
}

export async function gateCost(
  engine: Engine,
  folder: string,
  origin: Origin,
  { rounds: count, durationS }: { rounds: number; durationS: number },
  say: (line: string) => void,
): Promise<GateCost> {
  const scene = await startGateScene(engine, folder, origin);
  const rounds: GateRound[] = [];
  const faults: string[] = [];
  try {
    for (const way of ways) await smallRequests(scene.targets[way], connections, durationS);
    for (let number = 1; number <= count; number += 1) {
      say(`Gate, round ${number} of ${count}`);
      const round: Record<Way, number> = { public: 0, session: 0, token: 0 };
      // Another one begins in every round.
      for (const index of ways.keys()) {
        const way = ways[(index + number) % ways.length] ?? 'public';
        const before = cpuSeconds(scene.pids);
        const result = await smallRequests(scene.targets[way], connections, durationS);
        round[way] = ((cpuSeconds(scene.pids) - before) / result.requests) * 1e6;
        faults.push(...result.faults.map((fault) => `${names[way]}, round ${number}: ${fault}`));
      }
      rounds.push(round);
    }
  } finally {
    await scene.stop();
  }
  return { rounds, faults };
}

/** Markdown: the median, and the ratio to the public preview of the same round with its spread. */
export function gateTableOf({ rounds, faults }: GateCost): string {
  const rows = ways.map((way) => {
    const ratios = rounds.map((round) => round[way] / round.public);
    const middle = median(ratios) ?? Number.NaN;
    const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
    const cpuUs = (median(rounds.map((round) => round[way])) ?? Number.NaN).toFixed(1);
    const verdict = way === 'public' ? '' : middle <= goalOfCost ? 'reached' : 'missed';
    return `| ${names[way]} | ${cpuUs} | ${middle.toFixed(2)} (${spread}) | ${verdict} |`;
  });
  return `The gate, ${rounds.length} interleaved rounds at ${connections} connections:

| way in | edge CPU µs per request | ÷ public | at most ${goalOfCost} |
|---|---|---|---|
${rows.join('\n')}
${faults.map((fault) => `\n- ${fault}`).join('')}`;
}
