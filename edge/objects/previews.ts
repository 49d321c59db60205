/** The preview records of one shard of a cluster. Ended ones are kept: no label is issued twice. */
import type { Row, Sql } from '../ports.ts';
import { migrate } from '../schema.ts';
import type { Access, EndReason, GateRule, NewPreview, Preview, PreviewSource } from './calls.ts';

const steps = [
  [
    'CREATE TABLE cluster (organisation_id INTEGER NOT NULL)',
    `CREATE TABLE previews (
      label TEXT PRIMARY KEY,
      intercept_id TEXT NOT NULL, intercept_name TEXT NOT NULL,
      owner_id INTEGER NOT NULL, owner_login TEXT NOT NULL,
      ingress_host TEXT NOT NULL, ingress_port INTEGER NOT NULL,
      ingress_tls INTEGER NOT NULL, ingress_l5 TEXT NOT NULL,
      access TEXT NOT NULL, created_ms INTEGER NOT NULL, ended_ms INTEGER)`,
    'CREATE INDEX previews_by_intercept ON previews (intercept_id)',
  ],
  [
    'ALTER TABLE cluster ADD COLUMN shards INTEGER NOT NULL DEFAULT 1',
    'ALTER TABLE cluster ADD COLUMN retired_ms INTEGER',
  ],
  ['ALTER TABLE previews ADD COLUMN public_until_ms INTEGER NOT NULL DEFAULT 0'],
  ['ALTER TABLE previews ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0'],
  ['ALTER TABLE previews ADD COLUMN end_reason TEXT'],
  ['ALTER TABLE previews ADD COLUMN banner TEXT'],
  [
    'ALTER TABLE previews ADD COLUMN source TEXT',
    'ALTER TABLE previews ADD COLUMN repository_ids TEXT',
  ],
  ["ALTER TABLE previews ADD COLUMN gate TEXT NOT NULL DEFAULT 'org'"],
];

/** What tells that an object was ever made: its first table. */
export const madeTable = 'cluster';

export class Previews {
  readonly #sql: Sql;
  /** Live previews by label: the request path reads no SQL. This object is the only writer. */
  readonly #live = new Map<string, Preview>();
  #organisationId: number | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
    migrate(sql, steps);
    for (const row of sql.all(
      'SELECT * FROM previews WHERE ended_ms IS NULL ORDER BY created_ms',
    )) {
      const preview = previewOf(row);
      this.#live.set(preview.label, preview);
    }
    const [row] = sql.all('SELECT organisation_id FROM cluster WHERE retired_ms IS NULL');
    if (typeof row?.organisation_id === 'number') this.#organisationId = row.organisation_id;
  }

  /** The organisation that the cluster belongs to; undefined: none, or the cluster was removed. */
  get organisationId(): number | undefined {
    return this.#organisationId;
  }

  get shards(): number {
    const [row] = this.#sql.all('SELECT shards FROM cluster');
    return typeof row?.shards === 'number' ? row.shards : 1;
  }

  set shards(count: number) {
    this.#sql.run('UPDATE cluster SET shards = ?', count);
  }

  /** False: it was claimed before, even if it was removed since. */
  claim(organisationId: number, shards: number): boolean {
    return this.#sql.transaction(() => {
      if (this.#sql.all('SELECT 1 AS found FROM cluster').length > 0) return false;
      this.#sql.run(
        'INSERT INTO cluster (organisation_id, shards) VALUES (?, ?)',
        organisationId,
        shards,
      );
      this.#organisationId = organisationId;
      return true;
    });
  }

  /** Ends all previews and leaves the organisation. What is left keeps the key from coming back. */
  retire(nowMs: number): void {
    this.#sql.transaction(() => {
      this.#sql.run('UPDATE previews SET ended_ms = ? WHERE ended_ms IS NULL', nowMs);
      this.#sql.run('UPDATE cluster SET retired_ms = ?', nowMs);
    });
    this.#live.clear();
    this.#organisationId = undefined;
  }

  /** A live preview. */
  find(label: string): Preview | undefined {
    return this.#live.get(label);
  }

  /** The live preview of the same intercept by the same ingress. */
  like({ intercept, ingress }: Pick<NewPreview, 'intercept' | 'ingress'>): Preview | undefined {
    return this.list().find(
      (each) =>
        each.intercept.id === intercept.id &&
        each.ingress.host === ingress.host &&
        each.ingress.port === ingress.port &&
        each.ingress.tls === ingress.tls &&
        each.ingress.l5 === ingress.l5,
    );
  }

  list(): Preview[] {
    return [...this.#live.values()];
  }

  /** Whether the label was ever issued. */
  knows(label: string): boolean {
    return this.#sql.all('SELECT 1 AS found FROM previews WHERE label = ?', label).length > 0;
  }

  /** Of a label that was ever issued: whether it has ended, and its epoch. */
  issued(label: string): { ended: boolean; endReason?: EndReason; epoch: number } | undefined {
    const [row] = this.#sql.all(
      'SELECT ended_ms, end_reason, epoch FROM previews WHERE label = ?',
      label,
    );
    if (!row) return undefined;
    const { end_reason: reason } = row;
    return {
      ended: row.ended_ms !== null,
      epoch: Number(row.epoch),
      ...(typeof reason === 'string' ? { endReason: reason as EndReason } : {}),
    };
  }

  insert(preview: Preview): void {
    const { label, intercept, owner, ingress, access, createdMs, publicUntilMs, epoch } = preview;
    this.#sql.run(
      'INSERT INTO previews VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, NULL, ?, ?, NULL, ?)',
      label,
      intercept.id,
      intercept.name,
      owner.id,
      owner.login,
      ingress.host,
      ingress.port,
      ingress.tls ? 1 : 0,
      ingress.l5,
      access,
      createdMs,
      publicUntilMs,
      epoch,
      preview.banner ? JSON.stringify(preview.banner) : null,
      preview.source ? JSON.stringify(preview.source) : null,
      preview.gate ?? 'org',
    );
    this.#live.set(label, preview);
  }

  /** Its owner says anew of which working copy it is. */
  setSource(preview: Preview, source: PreviewSource): Preview {
    const { label } = preview;
    this.#sql.run('UPDATE previews SET source = ? WHERE label = ?', JSON.stringify(source), label);
    this.#live.set(label, { ...preview, source });
    return { ...preview, source };
  }

  /** Which repositories of the organisation its remotes are. */
  resolve(label: string, repositoryIds: readonly number[]): void {
    const text = JSON.stringify(repositoryIds);
    this.#sql.run('UPDATE previews SET repository_ids = ? WHERE label = ?', text, label);
  }

  /** As `resolve` was told. */
  repositoriesOf(label: string): number[] {
    const [row] = this.#sql.all('SELECT repository_ids FROM previews WHERE label = ?', label);
    return typeof row?.repository_ids === 'string'
      ? (JSON.parse(row.repository_ids) as number[])
      : [];
  }

  /** From public to private the epoch rises: what was opened before is void. */
  setAccess(label: string, access: Access, publicUntilMs: number): void {
    const preview = this.#live.get(label);
    if (!preview) return;
    const epoch = preview.epoch + (preview.access === 'public' && access === 'private' ? 1 : 0);
    this.#sql.run(
      'UPDATE previews SET access = ?, public_until_ms = ?, epoch = ? WHERE label = ?',
      access,
      publicUntilMs,
      epoch,
      label,
    );
    this.#live.set(label, { ...preview, access, publicUntilMs, epoch });
  }

  /** The epoch rises: what was opened before is void. */
  setGate(label: string, gate: GateRule): void {
    const preview = this.#live.get(label);
    if (!preview) return;
    const epoch = preview.epoch + 1;
    this.#sql.run('UPDATE previews SET gate = ?, epoch = ? WHERE label = ?', gate, epoch, label);
    this.#live.set(label, { ...preview, gate, epoch });
  }

  end(label: string, nowMs: number, reason: EndReason): void {
    const sql = 'UPDATE previews SET ended_ms = ?, end_reason = ? WHERE label = ?';
    this.#sql.run(sql, nowMs, reason, label);
    this.#live.delete(label);
  }
}

function previewOf(row: Row): Preview {
  return {
    label: String(row.label),
    intercept: { id: String(row.intercept_id), name: String(row.intercept_name) },
    owner: { id: Number(row.owner_id), login: String(row.owner_login) },
    ingress: {
      host: String(row.ingress_host),
      port: Number(row.ingress_port),
      tls: row.ingress_tls === 1,
      l5: String(row.ingress_l5),
    },
    access: row.access === 'public' ? 'public' : 'private',
    createdMs: Number(row.created_ms),
    publicUntilMs: Number(row.public_until_ms),
    epoch: Number(row.epoch),
    gate: row.gate === 'repo' ? 'repo' : 'org',
    ...(typeof row.banner === 'string'
      ? { banner: JSON.parse(row.banner) as NonNullable<Preview['banner']> }
      : {}),
    ...(typeof row.source === 'string' ? { source: JSON.parse(row.source) as PreviewSource } : {}),
  };
}
