/** Tells the edge of all intercepts, with a preview or without (`docs/protocol.md` §7.1). */
import type { InterceptChangeMessage, InterceptReport } from '#protocol/control.ts';
import { listMessages, reportText } from '#protocol/intercept-reports.ts';
import {
  maxReportHeaders,
  maxReports,
  maxReportsCharacters,
  maxReportsPerMessage,
} from '#protocol/limits.ts';
import type { Runtime } from '#protocol/runtime.ts';
import type { Session } from '#protocol/session.ts';
import type { Intercept, Registry } from './registry.ts';

/** For one session with the edge: everything at once, then what changes. */
export class InterceptReports {
  readonly #registry: Registry;
  readonly #session: Session;
  /** What the edge knows: JSON by id. */
  #told: Map<string, string>;
  readonly #unwatch: () => void;
  #due = false;

  constructor(registry: Registry, session: Session, runtime: Pick<Runtime, 'defer'>) {
    this.#registry = registry;
    this.#session = session;
    const reports = this.#reports();
    this.#told = jsonOf(reports);
    for (const message of listMessages(reports)) session.control({ ...message });
    this.#unwatch = registry.watch(() => {
      // A laptop that comes back changes many at once.
      if (this.#due) return;
      this.#due = true;
      runtime.defer(() => this.#tell(), false);
    });
  }

  stop(): void {
    this.#unwatch();
  }

  #tell(): void {
    this.#due = false;
    const reports = this.#reports();
    const now = jsonOf(reports);
    const set = reports.filter(({ id }) => now.get(id) !== this.#told.get(id));
    const gone = [...this.#told.keys()].filter((id) => !now.has(id));
    this.#told = now;
    // First what has ended: with what is new there may be too many.
    for (const ids of chunks(gone)) this.#send({ type: 'intercept_change', set: [], gone: ids });
    for (const some of chunks(set)) this.#send({ type: 'intercept_change', set: some, gone: [] });
  }

  #send(message: InterceptChangeMessage): void {
    this.#session.control({ ...message });
  }

  /** The oldest, as many as the edge takes. */
  #reports(): InterceptReport[] {
    const reports: InterceptReport[] = [];
    let characters = 0;
    for (const intercept of this.#registry.list()) {
      const report = reportOf(intercept);
      characters += JSON.stringify(report).length;
      if (reports.length >= maxReports || characters > maxReportsCharacters) break;
      reports.push(report);
    }
    return reports;
  }
}

/** Never with a header's value: who knows it can reach the laptop past the edge's gate. */
export function reportOf(intercept: Intercept): InterceptReport {
  const { spec, laptop, starting, createdMs, waitingSinceMs } = intercept;
  const { owner, port, headers } = spec;
  return {
    id: spec.id,
    name: reportText(spec.name),
    workload: reportText(spec.workload),
    namespace: reportText(spec.namespace),
    port: { name: reportText(port.name), number: port.number },
    owner: { id: owner.id, login: reportText(owner.login) },
    laptop: reportText(spec.laptop.name),
    mechanism: spec.mechanism,
    headers: headers.slice(0, maxReportHeaders).map(({ name }) => reportText(name)),
    state: laptop ? (starting ? 'starting' : 'active') : 'waiting',
    createdMs,
    waitingSinceMs: laptop ? null : waitingSinceMs,
  };
}

function jsonOf(reports: readonly InterceptReport[]): Map<string, string> {
  return new Map(reports.map((report) => [report.id, JSON.stringify(report)]));
}

function chunks<T>(all: readonly T[]): T[][] {
  const count = Math.ceil(all.length / maxReportsPerMessage);
  return Array.from({ length: count }, (_, index) =>
    all.slice(index * maxReportsPerMessage, (index + 1) * maxReportsPerMessage),
  );
}
