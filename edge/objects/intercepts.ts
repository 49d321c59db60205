/**
 * The cluster's intercepts as its connector reports them (`docs/protocol.md` §7.1), and those that were
 * ended from here. In SQL: an object that wakes up must know them, and no connector says them twice.
 */
import {
  interceptsFeature,
  type EndedIntercept,
  type EndedInterceptsMessage,
  type InterceptReport,
} from '#protocol/control.ts';
import { ProtocolError } from '#protocol/frame.ts';
import type { Hello } from '#protocol/hello.ts';
import { ReportInbox } from '#protocol/intercept-reports.ts';
import { maxEndedReports, maxReports } from '#protocol/limits.ts';
import { RequestError, type Requests } from '#protocol/requests.ts';
import type { Clock, Sql } from '../ports.ts';
import { migrate } from '../schema.ts';
import type { InterceptView, Outcome } from './calls.ts';

const steps = [
  [
    'CREATE TABLE intercepts (id TEXT PRIMARY KEY, report TEXT NOT NULL)',
    `CREATE TABLE ended_intercepts (
      id TEXT PRIMARY KEY, ended_by TEXT NOT NULL, ended_ms INTEGER NOT NULL)`,
  ],
];

/** A daemon that was away for longer may find its intercept alive. */
const rememberEndedMs = 90 * 24 * 3_600_000;

export interface InterceptServices {
  sql: Sql;
  clock: Clock;
  /** Questions to the connector; undefined while it is away. */
  requests(): Requests | undefined;
}

export class Intercepts {
  readonly services: InterceptServices;
  #inbox = new ReportInbox();
  /** The connector of this tunnel has said what there is. */
  #isTold = true;

  constructor(services: InterceptServices) {
    this.services = services;
    migrate(services.sql, steps, 'intercepts');
  }

  /** As last reported, oldest first. `isConnected`: whether there is a tunnel. */
  list(isConnected: boolean): InterceptView[] {
    const connected = isConnected && this.#isTold;
    return this.services.sql
      .all('SELECT report FROM intercepts')
      .map(({ report }) => ({ ...(JSON.parse(String(report)) as InterceptReport), connected }))
      .toSorted((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1));
  }

  /** A connector has said HELLO. Returns what it has to know, if anything. */
  welcome({ features }: Pick<Hello, 'features'>): EndedInterceptsMessage | undefined {
    this.#inbox = new ReportInbox();
    this.#isTold = false;
    // This one never tells: what its predecessor said is of no use any more.
    if (!features.includes(interceptsFeature)) {
      this.clear();
      return undefined;
    }
    const intercepts = this.#ended();
    return intercepts.length > 0 ? { type: 'ended_intercepts', intercepts } : undefined;
  }

  /**
   * A CONTROL message came; others than reports are ignored. Returns ids of those whose laptop has come
   * or gone. @throws ProtocolError
   */
  take(message: Record<string, unknown>): string[] {
    const news = this.#inbox.take(message);
    if (!news) return [];
    if (news.kind === 'list') this.#isTold = true;
    const { sql } = this.services;
    const turned: string[] = [];
    sql.transaction(() => {
      const known = this.#rows();
      const set = news.kind === 'list' ? news.reports : news.set;
      const named = new Set(set.map(({ id }) => id));
      const gone = news.kind === 'list' ? [...known.keys()] : news.gone;
      for (const id of gone) {
        if (named.has(id) || !known.delete(id)) continue;
        sql.run('DELETE FROM intercepts WHERE id = ?', id);
      }
      for (const each of set) {
        const text = JSON.stringify(each);
        // Rows are paid for by the write.
        const before = known.get(each.id);
        if (before === text) continue;
        if (before !== undefined && isWaiting(before) !== isWaiting(text)) turned.push(each.id);
        sql.run('INSERT OR REPLACE INTO intercepts VALUES (?, ?)', each.id, text);
        known.set(each.id, text);
      }
      if (known.size > maxReports) throw new ProtocolError(`more than ${maxReports} intercepts`);
    });
    return turned;
  }

  /**
   * Ends one for good, as its owner's `leave` would: also when its laptop is away. `refused`: the
   * connector is away, or its word; `missing`: there is no such intercept.
   */
  async end(id: string, by: string): Promise<Outcome<true>> {
    const { sql } = this.services;
    const known = sql.all('SELECT 1 AS found FROM intercepts WHERE id = ?', id).length > 0;
    if (!known) return missing(id);
    const requests = this.services.requests();
    if (!requests) {
      return refused('the connector is not connected to the edge; try again when it is back');
    }
    // Before it is asked: if its answer is lost, the next HELLO says it again.
    this.#remember(id, by);
    try {
      await requests.ask('end_intercept', { id, by });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (error.code === 'connection_lost') {
        return refused(
          'the connector was lost before it answered; it ends the intercept when it is back',
        );
      }
      if (error.code !== 'unknown_intercept') {
        sql.run('DELETE FROM ended_intercepts WHERE id = ?', id);
        return refused(error.message);
      }
      sql.run('DELETE FROM intercepts WHERE id = ?', id);
      return missing(id);
    }
    sql.run('DELETE FROM intercepts WHERE id = ?', id);
    return { ok: true, value: true };
  }

  clear(): void {
    this.services.sql.run('DELETE FROM intercepts');
  }

  #rows(): Map<string, string> {
    const rows = this.services.sql.all('SELECT id, report FROM intercepts');
    return new Map(rows.map(({ id, report }) => [String(id), String(report)]));
  }

  #remember(id: string, by: string): void {
    const { sql, clock } = this.services;
    const nowMs = clock.nowMs();
    sql.transaction(() => {
      sql.run('INSERT OR REPLACE INTO ended_intercepts VALUES (?, ?, ?)', id, by, nowMs);
      sql.run('DELETE FROM ended_intercepts WHERE ended_ms < ?', nowMs - rememberEndedMs);
      sql.run(
        `DELETE FROM ended_intercepts WHERE id NOT IN
          (SELECT id FROM ended_intercepts ORDER BY ended_ms DESC, id LIMIT ?)`,
        maxEndedReports,
      );
    });
  }

  #ended(): EndedIntercept[] {
    const rows = this.services.sql.all('SELECT id, ended_by FROM ended_intercepts');
    return rows.map((row) => ({ id: String(row.id), by: String(row.ended_by) }));
  }
}

function missing(id: string): Outcome<never> {
  return { ok: false, refusal: { kind: 'missing', reason: `there is no intercept “${id}”` } };
}

function refused(reason: string): Outcome<never> {
  return { ok: false, refusal: { kind: 'refused', reason } };
}

function isWaiting(report: string): boolean {
  return (JSON.parse(report) as InterceptReport).waitingSinceMs !== null;
}
