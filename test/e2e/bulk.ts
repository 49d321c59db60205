/** Large bodies through the whole way, with a slow reader at first and small requests beside it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request, type IncomingMessage, type RequestListener } from 'node:http';
import { expect } from 'vitest';
import { call, type World } from './world.ts';

const block = Buffer.alloc(64 * 1024, 'byway bulk ');
const mebibyte = 1024 * 1024;

/** `GET /down/BYTES` sends so many bytes; `POST /up` answers with length and hash; else "laptop". */
export const bulkLaptop: RequestListener = (incoming, response) => {
  const { url = '/' } = incoming;
  if (url === '/up') {
    const hash = createHash('sha256');
    let bytes = 0;
    incoming.on('data', (part: Buffer) => {
      bytes += part.length;
      hash.update(part);
    });
    incoming.on('end', () => response.end(JSON.stringify({ bytes, hash: hash.digest('hex') })));
  } else if (url.startsWith('/down/')) {
    const total = Number(url.slice(6));
    response.writeHead(200, { 'Content-Length': total });
    let sent = 0;
    const more = (): void => {
      while (sent < total) {
        const part = block.subarray(0, Math.min(block.length, total - sent));
        sent += part.length;
        if (!response.write(part)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  } else response.end('laptop');
};

export function rssOf(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}

/** Reads at 64 KiB in 5 ms for the first `slowBytes`, then as fast as it comes. */
async function download(
  world: World,
  host: string,
  bytes: number,
  slowBytes: number,
): Promise<number> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: world.edgePort,
        path: `/down/${bytes}`,
        headers: { Host: host },
        agent: false,
      },
      resolve,
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
  let received = 0;
  for await (const part of response) {
    received += (part as Buffer).length;
    if (received < slowBytes) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return received;
}

async function upload(
  world: World,
  host: string,
  bytes: number,
): Promise<{ bytes: number; hash: string }> {
  const hash = createHash('sha256');
  const answer = await new Promise<string>((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: world.edgePort,
        path: '/up',
        method: 'POST',
        headers: { Host: host, 'Content-Length': bytes },
        agent: false,
      },
      (response) => {
        let text = '';
        response.on('data', (part: Buffer) => (text += part.toString()));
        response.on('end', () => resolve(text));
      },
    );
    outgoing.on('error', reject);
    let sent = 0;
    const more = (): void => {
      while (sent < bytes) {
        const part = block.subarray(0, Math.min(block.length, bytes - sent));
        sent += part.length;
        hash.update(part);
        if (!outgoing.write(part)) return void outgoing.once('drain', more);
      }
      outgoing.end();
    };
    more();
  });
  const result = JSON.parse(answer) as { bytes: number; hash: string };
  expect(result.hash).toBe(hash.digest('hex'));
  return result;
}

export interface Growth {
  part: string;
  first: number;
  second: number;
  peak: number;
}

/** Two pairs of down and up; small requests go on meanwhile. Returns RSS in bytes by part. */
export async function bulkPairs(
  world: World,
  host: string,
  bytes: number,
  warmUps = 1,
): Promise<Growth[]> {
  const pids = new Map([...world.stack.parts].map(([name, { pid }]) => [name, pid]));
  const peaks = new Map<string, number>();
  const sample = (): Map<string, number> => {
    const now = new Map([...pids].map(([name, pid]) => [name, rssOf(pid)]));
    for (const [name, rss] of now) peaks.set(name, Math.max(rss, peaks.get(name) ?? 0));
    return now;
  };
  const timer = setInterval(sample, 100);
  let over = false;
  let small = 0;
  const wrong: string[] = [];
  const beside = (async () => {
    while (!over) {
      const { text } = await call({ port: world.edgePort, host });
      if (text !== 'laptop') wrong.push(text);
      small += 1;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  const pair = async (): Promise<Map<string, number>> => {
    const [received, sent] = await Promise.all([
      download(world, host, bytes, Math.min(bytes / 4, 32 * mebibyte)),
      upload(world, host, bytes),
    ]);
    expect(received).toBe(bytes);
    expect(sent.bytes).toBe(bytes);
    await world.quietBut(1);
    // Memory is given back a moment after the last byte.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    return sample();
  };
  let first: Map<string, number>;
  let second: Map<string, number>;
  try {
    for (let round = 1; round < warmUps; round += 1) await pair();
    first = await pair();
    second = await pair();
  } finally {
    over = true;
    clearInterval(timer);
    await beside;
  }
  expect(wrong).toEqual([]);
  expect(small).toBeGreaterThan(10);
  return [...pids.keys()].map((part) => ({
    part,
    first: first.get(part) ?? 0,
    second: second.get(part) ?? 0,
    peak: peaks.get(part) ?? 0,
  }));
}

export function report(growth: readonly Growth[]): void {
  for (const { part, first, second, peak } of growth) {
    const show = (bytes: number): string => (bytes / mebibyte).toFixed(1);
    process.stderr.write(
      `${part}: RSS ${show(first)} → ${show(second)} MiB, peak ${show(peak)} MiB\n`,
    );
  }
}
