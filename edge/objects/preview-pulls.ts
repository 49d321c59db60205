/** Which pull requests show the previews of this shard, what came of looking for them, and who made which private last. */
import type { Clock, Row, Sql } from '../ports.ts';
import { migrate } from '../schema.ts';
import type { Preview, PullId, PullRef, Repository } from './calls.ts';
import type { PullSearch } from './pull-search.ts';

const steps = [
  [
    `CREATE TABLE preview_pulls (
      label TEXT NOT NULL, repository_id INTEGER NOT NULL, number INTEGER NOT NULL,
      repository TEXT NOT NULL, since_ms INTEGER NOT NULL,
      PRIMARY KEY (label, repository_id, number))`,
    `CREATE TABLE made_private (
      label TEXT NOT NULL, made_by TEXT NOT NULL, at_ms INTEGER NOT NULL,
      PRIMARY KEY (label, made_by))`,
  ],
  ['CREATE TABLE pull_searches (label TEXT PRIMARY KEY, outcome TEXT NOT NULL)'],
];

/** More are a mistake, and each is a comment. */
export const maxPullsOfPreview = 10;

export class PreviewPulls {
  readonly #sql: Sql;
  readonly #clock: Clock;
  /** By label; this object is the only writer. */
  readonly #pulls = new Map<string, PullRef[]>();
  readonly #searches = new Map<string, PullSearch>();

  constructor({ sql, clock }: { sql: Sql; clock: Clock }) {
    this.#sql = sql;
    this.#clock = clock;
    migrate(sql, steps, 'preview_pulls');
    for (const row of sql.all('SELECT * FROM preview_pulls ORDER BY since_ms')) {
      const label = String(row.label);
      this.#pulls.set(label, [...this.of(label), refOf(row)]);
    }
    for (const { label, outcome } of sql.all('SELECT * FROM pull_searches')) {
      this.#searches.set(String(label), outcome as PullSearch);
    }
  }

  /** Oldest first. */
  of(label: string): readonly PullRef[] {
    return this.#pulls.get(label) ?? [];
  }

  has(label: string, pull: PullId): boolean {
    return this.of(label).some((each) => isAt(each, pull));
  }

  /** False: it is shown there already, perhaps under another name before, or at as many as may be. */
  attach(label: string, repository: Repository, number: number): boolean {
    const before = this.of(label);
    const pull = { repositoryId: repository.id, number };
    if (this.has(label, pull)) this.#rename(label, repository);
    if (this.has(label, pull) || before.length >= maxPullsOfPreview) return false;
    const ref = { repository, number, sinceMs: this.#clock.nowMs() };
    this.#sql.run(
      'INSERT INTO preview_pulls VALUES (?, ?, ?, ?, ?)',
      label,
      repository.id,
      number,
      JSON.stringify(repository),
      ref.sinceMs,
    );
    this.#pulls.set(label, [...before, ref]);
    return true;
  }

  #rename(label: string, repository: Repository): void {
    const text = JSON.stringify(repository);
    const isOld = (each: PullRef): boolean =>
      each.repository.id === repository.id && JSON.stringify(each.repository) !== text;
    const before = this.of(label);
    if (!before.some((each) => isOld(each))) return;
    this.#sql.run(
      'UPDATE preview_pulls SET repository = ? WHERE label = ? AND repository_id = ?',
      text,
      label,
      repository.id,
    );
    this.#pulls.set(
      label,
      before.map((each) => (isOld(each) ? { ...each, repository } : each)),
    );
  }

  detach(label: string, pull: PullId): void {
    this.#sql.run(
      'DELETE FROM preview_pulls WHERE label = ? AND repository_id = ? AND number = ?',
      label,
      pull.repositoryId,
      pull.number,
    );
    this.#pulls.set(
      label,
      this.of(label).filter((each) => !isAt(each, pull)),
    );
  }

  /** Of the last look; undefined: nobody has looked. */
  search(label: string): PullSearch | undefined {
    return this.#searches.get(label);
  }

  searched(label: string, outcome: PullSearch): void {
    this.#sql.run('INSERT OR REPLACE INTO pull_searches VALUES (?, ?)', label, outcome);
    this.#searches.set(label, outcome);
  }

  end(label: string): void {
    this.#sql.run('DELETE FROM pull_searches WHERE label = ?', label);
    this.#sql.run('DELETE FROM preview_pulls WHERE label = ?', label);
    this.#sql.run('DELETE FROM made_private WHERE label = ?', label);
    this.#pulls.delete(label);
    this.#searches.delete(label);
  }

  /** `by`: a comment there said so. */
  madePrivate(label: string, by: PullId | undefined): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO made_private VALUES (?, ?, ?)',
      label,
      by ? pullKey(by) : '',
      this.#clock.nowMs(),
    );
  }

  timesPrivate(label: string): NonNullable<Preview['madePrivate']> {
    return this.#sql
      .all('SELECT made_by, at_ms FROM made_private WHERE label = ?', label)
      .map((row) => ({ by: String(row.made_by), atMs: Number(row.at_ms) }));
  }
}

/** `2001#7` */
export function pullKey({ repositoryId, number }: PullId): string {
  return `${repositoryId}#${number}`;
}

/** undefined: no key. */
export function pullOfKey(key: string): PullId | undefined {
  const [, repositoryId, number] = /^(\d{1,15})#(\d{1,10})$/.exec(key) ?? [];
  if (repositoryId === undefined) return undefined;
  return { repositoryId: Number(repositoryId), number: Number(number) };
}

function isAt({ repository, number }: PullRef, pull: PullId): boolean {
  return repository.id === pull.repositoryId && number === pull.number;
}

function refOf(row: Row): PullRef {
  const repository = JSON.parse(String(row.repository)) as Repository;
  return { repository, number: Number(row.number), sinceMs: Number(row.since_ms) };
}
