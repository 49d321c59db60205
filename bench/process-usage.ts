/** What Linux's `/proc` tells of processes: CPU time, memory, descendants. */
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ: what `/proc/PID/stat` counts in, the same on every architecture that Node runs on. */
const ticksPerSecond = 100;
const kibPerMib = 1024;

/** User and system time of the living processes, in seconds. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of withDescendants(pids)) {
    // The name in parentheses may itself hold spaces; utime and stime are fields 14 and 15.
    const fields = read(pid, 'stat').split(') ').at(-1)?.split(' ') ?? [];
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }
  return ticks / ticksPerSecond;
}

/** Resident memory, shared pages counted once per process, in MiB. */
export function residentMib(pids: readonly number[]): number {
  let kib = 0;
  for (const pid of withDescendants(pids)) {
    kib += Number(/^VmRSS:\s+(\d+) kB/m.exec(read(pid, 'status'))?.[1] ?? 0);
  }
  return kib / kibPerMib;
}

/** Bytes that the process has written to files and pipes (sockets do not count). */
export function writtenBytes(pid: number): number {
  return Number(/^wchar: (\d+)/m.exec(read(pid, 'io'))?.[1] ?? 0);
}

/** Processes that the main thread of `pid` has started and that are still there. */
export function childrenOf(pid: number): number[] {
  const list = read(pid, `task/${pid}/children`).trim();
  return list === '' ? [] : list.split(' ').map(Number);
}

/** Processes that were started with `NAME=value` in their environment. */
export function processesWith(variable: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => read(pid, 'environ').split('\0').includes(variable));
}

function withDescendants(pids: readonly number[]): Set<number> {
  const found = new Set<number>();
  const visit = (pid: number): void => {
    if (found.has(pid)) return;
    found.add(pid);
    childrenOf(pid).forEach(visit);
  };
  pids.forEach(visit);
  return found;
}

/** '' for a process that is gone. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
