/** Runs the rounds: all contenders up, every measure for all of them in turn, all down again. */
import { cleanText } from './clean-text.ts';
import { isClosing, temporaryFolder } from './children.ts';
import type { Contender, Running } from './contender.ts';
import { untilRight } from './load/answers.ts';
import { warmUp, type Circumstances, type Measure, type Measures } from './measures.ts';
import type { Values } from './metrics.ts';
import { residentMib } from './process-usage.ts';
import { Unavailable } from './tools.ts';

export type Round = Readonly<Record<string, Values>>;

export interface Result {
  readonly rounds: readonly Round[];
  /** Why a contender has no numbers, by id. */
  readonly absent: Readonly<Record<string, string>>;
  /** Measures that could not be taken, and why: a tool is missing, or the time was over. */
  readonly omitted: readonly string[];
  /** Answers that were wrong, and loads that failed. */
  readonly faults: readonly string[];
  /** What a measure has to say beside its numbers. */
  readonly notes: readonly string[];
}

interface Entry {
  readonly contender: Contender;
  readonly running: Running;
  values: Values;
}

const upTimeoutMs = 15_000;
/** For what a load left behind to be closed before the next one begins. */
const settleMs = 200;

export async function runRounds(
  contenders: readonly Contender[],
  measures: Measures,
  circumstances: Circumstances,
  say: (line: string) => void,
): Promise<Result> {
  const { rounds: count, budgetMs } = circumstances.scale;
  const deadlineMs = Date.now() + budgetMs;
  const rounds: Round[] = [];
  const absent: Record<string, string> = {};
  const omitted = new Set<string>();
  const faults: string[] = [];
  const notes: string[] = [];

  for (let number = 1; number <= count; number++) {
    if (Date.now() > deadlineMs) {
      omitted.add(`round ${number} and later: the ${budgetMs / 60_000} minutes were over`);
      break;
    }
    say(`Round ${number} of ${count}`);
    const entries: Entry[] = [];
    try {
      for (const contender of turned(contenders, number - 1)) {
        if (absent[contender.id] !== undefined) continue;
        try {
          entries.push(await up(contender, circumstances, number));
        } catch (error) {
          if (isClosing()) throw error;
          const reason = cleanText(error);
          if (error instanceof Unavailable || number === 1) absent[contender.id] = reason;
          if (!(error instanceof Unavailable)) faults.push(`${contender.name}: ${reason}`);
          say(`  ${contender.name}: ${reason}`);
        }
      }
      await measureAll(entries, number);
    } finally {
      await Promise.all(entries.map(({ running }) => running.stop()));
    }
    rounds.push(Object.fromEntries(entries.map(({ contender, values }) => [contender.id, values])));
  }
  return { rounds, absent, omitted: [...omitted], faults, notes };

  async function measureAll(entries: readonly Entry[], number: number): Promise<void> {
    for (const each of measures.fresh) await takeFrom(entries, number, each);
    for (const entry of entries) await guarded(entry, 'warm-up', number, warmUpOf);
    for (const each of measures.warm) await takeFrom(entries, number, each);
  }

  async function takeFrom(entries: readonly Entry[], number: number, each: Measure): Promise<void> {
    const { name, applies = answersAll, measure } = each;
    say(`  ${name}`);
    for (const entry of entries) {
      if (!applies(entry.contender, entry.running)) continue;
      if (Date.now() > deadlineMs) {
        omitted.add(`${name}, round ${number}: the ${budgetMs / 60_000} minutes were over`);
        break;
      }
      await guarded(entry, name, number, measure);
    }
  }

  async function warmUpOf(running: Running) {
    await warmUp(running, circumstances);
    return { values: {}, faults: [] };
  }

  async function guarded(
    entry: Entry,
    name: string,
    number: number,
    measure: Measure['measure'],
  ): Promise<void> {
    const { contender, running } = entry;
    try {
      const { values, faults: found, notes: noted = [] } = await measure(running, circumstances);
      entry.values = { ...entry.values, ...values, ...memory(entry) };
      const placed = (each: string): string =>
        `${contender.name}, ${name}, round ${number}: ${each}`;
      faults.push(...found.map(placed));
      notes.push(...noted.map(placed));
    } catch (error) {
      if (isClosing()) throw error;
      if (error instanceof Unavailable) omitted.add(`${name}: ${error.message}`);
      else faults.push(`${contender.name}, ${name}, round ${number}: ${cleanText(error)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, settleMs));
  }
}

async function up(contender: Contender, { origin }: Circumstances, round: number): Promise<Entry> {
  const folder = temporaryFolder(`${contender.id}-${round}`);
  const running = await contender.start(origin, folder);
  try {
    await untilRight(running, origin, upTimeoutMs, contender.smallOnly ?? false);
  } catch (error) {
    await running.stop();
    throw error;
  }
  const { pids } = running;
  return { contender, running, values: pids.length > 0 ? { idleMib: residentMib(pids) } : {} };
}

function answersAll({ smallOnly }: Contender): boolean {
  return smallOnly !== true;
}

function memory({ running: { pids }, values }: Entry): Values {
  if (pids.length === 0) return {};
  return { loadedMib: Math.max(values.loadedMib ?? 0, residentMib(pids)) };
}

/** Another one begins in every round; neighbours stay neighbours. */
function turned<T>(list: readonly T[], by: number): T[] {
  const from = by % Math.max(1, list.length);
  return [...list.slice(from), ...list.slice(0, from)];
}
