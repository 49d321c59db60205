/** What comes of the cluster's intercepts, read strictly (`docs/protocol.md` §7.1). */
import type {
  EndedIntercept,
  EndedInterceptsMessage,
  InterceptListMessage,
  InterceptReport,
} from './control.ts';
import { ProtocolError } from './frame.ts';
import {
  maxEndedReports,
  maxReportHeaders,
  maxReports,
  maxReportsPerMessage,
  maxReportTextCharacters,
} from './limits.ts';

type Fields = Record<string, unknown>;

/** Everything there is, in place of what was known; or what is different now. */
export type ReportNews =
  | { kind: 'list'; reports: InterceptReport[] }
  | { kind: 'change'; set: InterceptReport[]; gone: string[] };

/** The last moment that has a date (ECMA-262 §21.4.1.1). */
const maxTimeMs = 8.64e15;

const interceptId = /^[0-9a-f]{32}$/;
// eslint-disable-next-line no-control-regex
const controlCharacters = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Joins the parts of a list. One for each session. */
export class ReportInbox {
  #parts: InterceptReport[] = [];
  /** The part that must come next; 0: no list is under way. */
  #next = 0;

  /** Undefined: it is another message, or a part that is not the last. @throws ProtocolError */
  take(message: Fields): ReportNews | undefined {
    if (message.type === 'intercept_list') return this.#part(message);
    if (message.type !== 'intercept_change') return undefined;
    if (this.#next > 0) throw malformed('intercept_change between the parts of a list');
    return {
      kind: 'change',
      set: listOf(message.set, 'set', maxReportsPerMessage).map(reportOf),
      gone: listOf(message.gone, 'gone', maxReportsPerMessage).map(idOf),
    };
  }

  #part({ part, parts, intercepts }: Fields): ReportNews | undefined {
    if (typeof parts !== 'number' || part !== this.#next || part >= parts) {
      throw malformed(`part ${String(part)} of ${String(parts)}, where ${this.#next} is due`);
    }
    this.#parts.push(...listOf(intercepts, 'intercepts', maxReportsPerMessage).map(reportOf));
    if (this.#parts.length > maxReports) throw malformed(`more than ${maxReports} intercepts`);
    this.#next = part + 1;
    if (this.#next < parts) return undefined;
    const reports = this.#parts;
    this.#parts = [];
    this.#next = 0;
    return { kind: 'list', reports };
  }
}

/** A list in messages; an empty one is one message. */
export function listMessages(reports: readonly InterceptReport[]): InterceptListMessage[] {
  const parts = Math.max(1, Math.ceil(reports.length / maxReportsPerMessage));
  return Array.from({ length: parts }, (_, part) => ({
    type: 'intercept_list',
    part,
    parts,
    intercepts: reports.slice(part * maxReportsPerMessage, (part + 1) * maxReportsPerMessage),
  }));
}

/** @throws ProtocolError */
export function endedOf(message: Fields | (EndedInterceptsMessage & Fields)): EndedIntercept[] {
  return listOf(message.intercepts, 'intercepts', maxEndedReports).map((each) => {
    const { id, by } = record(each, 'an ended intercept');
    return { id: idOf(id), by: textOf(by, 'by') };
  });
}

/** Text that comes from elsewhere, fit for a report. */
export function reportText(text: string): string {
  return text.replaceAll(new RegExp(controlCharacters, 'g'), ' ').slice(0, maxReportTextCharacters);
}

/** Only what is known here; other fields of a newer connector are left out. */
function reportOf(value: unknown): InterceptReport {
  const raw = record(value, 'an intercept');
  const port = record(raw.port, 'port');
  const owner = record(raw.owner, 'owner');
  const { mechanism, waitingSinceMs } = raw;
  if (mechanism !== 'http' && mechanism !== 'tcp') throw malformed('mechanism');
  return {
    id: idOf(raw.id),
    name: textOf(raw.name, 'name'),
    workload: textOf(raw.workload, 'workload'),
    namespace: textOf(raw.namespace, 'namespace'),
    port: { name: textOf(port.name, 'port.name'), number: countOf(port.number, 'port.number') },
    owner: { id: countOf(owner.id, 'owner.id'), login: textOf(owner.login, 'owner.login') },
    laptop: textOf(raw.laptop, 'laptop'),
    mechanism,
    headers: listOf(raw.headers, 'headers', maxReportHeaders).map((each) =>
      textOf(each, 'headers'),
    ),
    state: textOf(raw.state, 'state'),
    createdMs: timeOf(raw.createdMs, 'createdMs'),
    waitingSinceMs: waitingSinceMs === null ? null : timeOf(waitingSinceMs, 'waitingSinceMs'),
  };
}

function listOf(value: unknown, name: string, most: number): unknown[] {
  if (!Array.isArray(value)) throw malformed(`${name} must be a list`);
  if (value.length > most) throw malformed(`${name}: ${value.length} entries, at most ${most}`);
  return value as unknown[];
}

function record(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(`${name} must be an object`);
  }
  return value as Fields;
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string' && value.length <= maxReportTextCharacters) {
    if (!controlCharacters.test(value)) return value;
  }
  throw malformed(`${name} must be text of at most ${maxReportTextCharacters} characters`);
}

function idOf(value: unknown): string {
  if (typeof value === 'string' && interceptId.test(value)) return value;
  throw malformed('an id must be 32 hex digits');
}

function countOf(value: unknown, name: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw malformed(`${name} must be a whole number`);
}

function timeOf(value: unknown, name: string): number {
  const time = countOf(value, name);
  if (time <= maxTimeMs) return time;
  throw malformed(`${name} is no time`);
}

function malformed(what: string): ProtocolError {
  return new ProtocolError(`CONTROL intercepts: ${what}`);
}
