/** Tokens for single repositories, kept until shortly before their end. */
import type { Sealer } from '../../gate/sealer.ts';
import { tokenReserveMs } from '../../github/installation.ts';
import type { RepositoryToken } from '../../github/pulls.ts';
import type { MintedForRepository } from '../../github/repository-token.ts';
import { SingleFlight } from '../../github/single-flight.ts';
import type { Clock, Sql } from '../../ports.ts';

export const steps = [
  [
    `CREATE TABLE repository_tokens (
      repository_id INTEGER PRIMARY KEY, installation_id INTEGER NOT NULL,
      token TEXT NOT NULL, expires_ms INTEGER NOT NULL)`,
  ],
];

/** After a no for good, until GitHub is asked again. */
const refusalLifeMs = 60_000;
const maxRefusals = 1000;

export type Mint = (installationId: number, repositoryId: number) => Promise<MintedForRepository>;

export class RepositoryTokens {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #mint: Mint;
  readonly #sealer: Sealer;
  /** Counts what made tokens void. */
  #turn = 0;
  readonly #minting = new SingleFlight<number, RepositoryToken>();
  readonly #refusals = new Map<number, { untilMs: number; answer: RepositoryToken }>();

  constructor({ sql, clock, sealer }: { sql: Sql; clock: Clock; sealer: Sealer }, mint: Mint) {
    this.#sealer = sealer;
    this.#sql = sql;
    this.#clock = clock;
    this.#mint = mint;
  }

  /** `refused`: a token that GitHub did not take. */
  async of(
    installationId: number,
    repositoryId: number,
    refused?: string,
  ): Promise<RepositoryToken> {
    const [row] = this.#sql.all(
      'SELECT * FROM repository_tokens WHERE repository_id = ? AND installation_id = ?',
      repositoryId,
      installationId,
    );
    const nowMs = this.#clock.nowMs();
    const lives = row && Number(row.expires_ms) - nowMs > tokenReserveMs;
    const token = lives ? await this.#sealer.open(String(row.token)) : undefined;
    if (token !== undefined && token !== refused) return { kind: 'token', token };
    const refusal = this.#refusals.get(repositoryId);
    if (refusal && nowMs < refusal.untilMs) return refusal.answer;
    return this.#minting.do(repositoryId, () => this.#renew(installationId, repositoryId));
  }

  /** Suspended, removed, or with other permissions: what was minted is void. */
  forget(): void {
    this.#turn += 1;
    this.#sql.run('DELETE FROM repository_tokens');
    this.#refusals.clear();
  }

  async #renew(installationId: number, repositoryId: number): Promise<RepositoryToken> {
    const turn = this.#turn;
    const minted = await this.#mint(installationId, repositoryId);
    if (minted.kind === 'unavailable') return minted;
    if (minted.kind !== 'token') {
      if (this.#refusals.size >= maxRefusals) this.#refusals.clear();
      const untilMs = this.#clock.nowMs() + refusalLifeMs;
      this.#refusals.set(repositoryId, { untilMs, answer: minted });
      return minted;
    }
    const { token, expiresAtMs } = minted;
    const sealed = await this.#sealer.seal(token);
    // Void already: whoever asked finds out from GitHub.
    if (turn !== this.#turn) return { kind: 'token', token };
    this.#sql.run('DELETE FROM repository_tokens WHERE expires_ms <= ?', this.#clock.nowMs());
    this.#sql.run(
      'INSERT OR REPLACE INTO repository_tokens VALUES (?, ?, ?, ?)',
      repositoryId,
      installationId,
      sealed,
      expiresAtMs,
    );
    return { kind: 'token', token };
  }
}
