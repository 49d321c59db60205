/** One large body down or up, by curl. */
import { run, start } from '../children.ts';
import type { Origin } from '../contender.ts';
import { writtenBytes } from '../process-usage.ts';
import { tool } from '../tools.ts';
import { hostArguments, type Target } from './target.ts';

const transferTimeoutS = 30;
/** On top of the time that a throttled reader needs. */
const throttledExtraS = 20;
/** As curl's `--limit-rate` has it. */
export const throttle = { rate: '20M', bytesPerS: 20 * 1024 ** 2 } as const;
/** What has to have arrived before small requests count as "beside a bulk stream". */
const flowingBytes = 4 * 1024 * 1024;
const flowTimeoutMs = 10_000;
/** More than any contender can send during a load. */
export const endlessBytes = 1024 ** 4;

export interface Transfer {
  readonly megabytesPerS: number;
  readonly faults: readonly string[];
}

interface CurlReport {
  http_code: number;
  size_download: number;
  size_upload: number;
  time_total: number;
}

const silent = ['--silent', '--show-error', '--noproxy', '*'];
const timed = ['--max-time', `${transferTimeoutS}`];
const report = ['--write-out', '%{stderr}%{json}'];
/** No `Expect: 100-continue`, whose wait would be part of what is measured. */
const post = ['-X', 'POST', '-H', 'Expect:', '-H', 'Content-Type: application/octet-stream'];

/** `throttled`: its reader takes 20 MiB/s. */
export async function download(
  target: Target,
  bytes: number,
  throttled = false,
): Promise<Transfer> {
  const timeoutS = throttled ? bytes / throttle.bytesPerS + throttledExtraS : transferTimeoutS;
  const { stderr } = await run(
    tool('curl'),
    [
      ...silent,
      '--max-time',
      `${timeoutS}`,
      ...(throttled ? ['--limit-rate', throttle.rate] : []),
      ...hostArguments(target),
      '-o',
      '/dev/null',
      ...report,
      `${target.url}/bytes/${bytes}`,
    ],
    { timeoutMs: (timeoutS + 5) * 1_000 },
  );
  const { seconds, faults, size_download: arrived } = read(stderr);
  if (arrived !== bytes) faults.push(`${arrived} of ${bytes} bytes arrived`);
  return { megabytesPerS: arrived / seconds / 1e6, faults };
}

/** Sends `file`, which has `bytes` bytes. */
export async function upload(
  target: Target,
  origin: Origin,
  file: string,
  bytes: number,
): Promise<Transfer> {
  const { stderr, stdout } = await run(
    tool('curl'),
    [
      ...silent,
      ...timed,
      ...hostArguments(target),
      ...post,
      '--upload-file',
      file,
      ...report,
      `${target.url}/sink`,
    ],
    { timeoutMs: (transferTimeoutS + 5) * 1_000 },
  );
  const { seconds, faults, size_upload: sent } = read(stderr);
  if (sent !== bytes) faults.push(`${sent} of ${bytes} bytes were sent`);
  if (origin.countsUploads && stdout !== JSON.stringify({ bytes })) {
    faults.push(`the origin answered ${stdout.slice(0, 100) || 'nothing'} to ${bytes} bytes`);
  }
  return { megabytesPerS: sent / seconds / 1e6, faults };
}

function read(stderr: string): CurlReport & { seconds: number; faults: string[] } {
  const json = /\{.*\}/s.exec(stderr)?.[0];
  if (json === undefined) throw new Error(`curl: ${stderr.trim()}`);
  const report = JSON.parse(json) as CurlReport;
  const words = stderr.replace(json, '').trim();
  const faults = words === '' ? [] : [words];
  if (report.http_code !== 200) faults.push(`status ${report.http_code}`);
  return { ...report, seconds: report.time_total, faults };
}

export interface Beside<Result> {
  readonly result: Result;
  /** What the stream carried meanwhile. */
  readonly megabytesPerS: number;
  readonly faults: readonly string[];
}

/** Does `work` while a download flows, throttled by its reader if `limit` (curl's form) is given. */
export async function besideDownload<Result>(
  target: Target,
  limit: string | undefined,
  work: () => Promise<Result>,
): Promise<Beside<Result>> {
  const curl = start(tool('curl'), [
    ...silent,
    ...timed,
    '--fail',
    '-o',
    '/dev/null',
    ...(limit === undefined ? [] : ['--limit-rate', limit]),
    ...hostArguments(target),
    `${target.url}/bytes/${endlessBytes}`,
  ]);
  try {
    const deadlineMs = Date.now() + flowTimeoutMs;
    while (writtenBytes(curl.pid) < flowingBytes) {
      if (!curl.alive()) throw new Error(`the bulk stream ended: ${curl.stderr().trim()}`);
      if (Date.now() > deadlineMs) throw new Error('the bulk stream does not flow');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const [startMs, before] = [performance.now(), writtenBytes(curl.pid)];
    const result = await work();
    const [endMs, after] = [performance.now(), writtenBytes(curl.pid)];
    const faults = curl.alive() ? [] : [`the bulk stream broke: ${curl.stderr().trim()}`];
    return { result, megabytesPerS: Math.max(0, after - before) / (endMs - startMs) / 1e3, faults };
  } finally {
    await curl.stop();
  }
}
