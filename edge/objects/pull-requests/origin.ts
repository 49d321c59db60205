/** Whose pull request it is: the organisation that owned the repository when it was first told of. */
import type { Repository } from '#github-app/ports.ts';
import type { Sql } from '../../ports.ts';

export const steps = [
  ['CREATE TABLE origin (organisation_id INTEGER NOT NULL, repository TEXT NOT NULL)'],
];

export class Origin {
  readonly #sql: Sql;
  #known: { organisationId: number; repository: Repository } | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
    const [row] = sql.all('SELECT * FROM origin');
    if (!row) return;
    const repository = JSON.parse(String(row.repository)) as Repository;
    this.#known = { organisationId: Number(row.organisation_id), repository };
  }

  get organisationId(): number | undefined {
    return this.#known?.organisationId;
  }

  /** As it was told last. */
  get repository(): Repository | undefined {
    return this.#known?.repository;
  }

  /** Whoever owns the repository later has no say over the organisation's previews. */
  take(repository: Repository): void {
    const text = JSON.stringify(repository);
    if (JSON.stringify(this.#known?.repository) === text) return;
    const organisationId = this.organisationId ?? repository.owner.id;
    this.#sql.transaction(() => {
      this.#sql.run('DELETE FROM origin');
      this.#sql.run('INSERT INTO origin VALUES (?, ?)', organisationId, text);
    });
    this.#known = { organisationId, repository };
  }
}
