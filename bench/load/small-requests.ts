/** Many `GET /1k` over kept connections, one after another on each, by wrk. */
import { join } from 'node:path';
import { run } from '../children.ts';
import { smallBody } from '../origin.ts';
import { tool } from '../tools.ts';
import { hostArguments, type Target } from './target.ts';

const script = join(import.meta.dirname, 'report.lua');
/** An answer that takes longer counts as a fault. */
const answerTimeoutMs = 5_000;
/** wrk calibrates for half a second and waits for its last answers. */
const extraMs = 10_000;
/** No head that a contender sends is larger; an answer outside is not the origin's. */
const maxHeadBytes = 2_048;

export interface SmallRequests {
  readonly requests: number;
  readonly requestsPerS: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly faults: readonly string[];
}

interface Report {
  requests: number;
  durationUs: number;
  bytes: number;
  p50Us: number;
  p99Us: number;
  connectErrors: number;
  readErrors: number;
  writeErrors: number;
  timeouts: number;
  wrongStatus: number;
}

/** @throws Unavailable without wrk; Error when wrk says nothing */
export async function smallRequests(
  target: Target,
  connections: number,
  durationS: number,
): Promise<SmallRequests> {
  const { stdout, stderr, exitCode } = await run(
    tool('wrk'),
    [
      '-t1',
      `-c${connections}`,
      `-d${durationS}s`,
      '--timeout',
      `${answerTimeoutMs / 1_000}s`,
      '-s',
      script,
      ...hostArguments(target),
      `${target.url}/1k`,
    ],
    { timeoutMs: durationS * 1_000 + extraMs },
  );
  const line = stdout.split('\n').findLast((each) => each.startsWith('{'));
  if (line === undefined) throw new Error(`wrk ended with ${exitCode}: ${stderr.trim()}`);
  const report = JSON.parse(line) as Report;
  return {
    requests: report.requests,
    requestsPerS: report.requests / (report.durationUs / 1e6),
    p50Us: report.p50Us,
    p99Us: report.p99Us,
    faults: faultsOf(report),
  };
}

function faultsOf(report: Report): string[] {
  const { requests, bytes } = report;
  const faults = (
    [
      [report.wrongStatus, 'answers whose status is not 2xx or 3xx'],
      [report.connectErrors, 'connections refused'],
      [report.readErrors, 'connections broken while reading'],
      [report.writeErrors, 'connections broken while writing'],
      [report.timeouts, `answers later than ${answerTimeoutMs / 1_000} s`],
    ] as const
  ).flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : []));
  if (requests === 0) return [...faults, 'not one answer'];
  const mean = bytes / requests;
  // A redirect or an error page is smaller than the body that was asked for.
  if (mean < smallBody.length || mean > smallBody.length + maxHeadBytes) {
    faults.push(`answers of ${Math.round(mean)} bytes on average`);
  }
  return faults;
}
