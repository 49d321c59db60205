/** By which installation of the app GitHub is asked about one organisation, and the asking. */
import type { Answer, PullRequests, Repository } from '#github-app/ports.ts';
import type { Sealer } from '../../gate/sealer.ts';
import type { GitHubConfig } from '../../github/config.ts';
import {
  Installations,
  type InstallationDenial,
  type InstallationToken,
} from '../../github/installation.ts';
import { membersOf } from '../../github/members.ts';
import { GitHubPulls, type RepositoryToken } from '../../github/pulls.ts';
import { mintForRepository } from '../../github/repository-token.ts';
import { membershipOf, type Membership } from '../../github/membership.ts';
import { readershipOf } from '../../github/readership.ts';
import { repositoriesOf } from '../../github/repositories.ts';
import type { Clock, Log, Row, Sql } from '../../ports.ts';
import type { Account } from '../calls.ts';
import * as repositoryTokens from './repository-tokens.ts';

export const steps = [
  [
    `CREATE TABLE installation (
      organisation_id INTEGER PRIMARY KEY, id INTEGER, login TEXT NOT NULL)`,
    `CREATE TABLE installation_tokens (
      id INTEGER PRIMARY KEY, token TEXT NOT NULL, expires_ms INTEGER NOT NULL,
      organisation_id INTEGER NOT NULL, organisation_login TEXT NOT NULL)`,
  ],
  ...repositoryTokens.steps,
];

export interface InstallationServices {
  sql: Sql;
  clock: Clock;
  log: Log;
  /** For tokens of GitHub's at rest. */
  sealer: Sealer;
  /** undefined: this edge knows no GitHub. */
  github: GitHubConfig | undefined;
  /** For tests; the engine's own when left out. */
  fetch?: typeof fetch | undefined;
}

const notInstalled = { kind: 'not-installed' } as const;
/** Between two looks for an installation that nobody has told of. */
const lookAgainMs = 30_000;

export class Installation {
  readonly #organisationId: number;
  readonly #sql: Sql;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #installations: Installations | undefined;
  readonly #name: () => string | undefined;
  readonly #repositoryTokens: repositoryTokens.RepositoryTokens;
  #lookedMs = -Infinity;
  readonly #sealer: Sealer;
  /** Counts what made tokens void. */
  #turn = 0;

  /** `name`: of the organisation, where GitHub has told none yet. */
  constructor(
    organisationId: number,
    services: InstallationServices,
    name: () => string | undefined = () => undefined,
  ) {
    const { sql, clock, log, github, fetch, sealer } = services;
    this.#sealer = sealer;
    this.#clock = clock;
    this.#name = name;
    this.#organisationId = organisationId;
    this.#sql = sql;
    this.#log = log;
    const store = {
      get: (id: number) => this.#token(id),
      set: (id: number, token: InstallationToken | undefined) => this.#keep(id, token),
    };
    const gitHubServices = { clock, log, ...(fetch && { fetch }) };
    const installations = github && new Installations(github, gitHubServices, store);
    this.#installations = installations;
    this.#repositoryTokens = new repositoryTokens.RepositoryTokens(
      services,
      async (id, repositoryId) =>
        installations
          ? mintForRepository(installations.rest, github, gitHubServices, {
              installationId: id,
              repositoryId,
            })
          : { kind: 'gone' },
    );
  }

  /** undefined: none is known, or it was removed. */
  get id(): number | undefined {
    const id = this.#row?.id;
    return typeof id === 'number' ? id : undefined;
  }

  /** The organisation's name of today, as far as it was told. */
  get login(): string | undefined {
    const row = this.#row;
    return row && String(row.login);
  }

  /**
   * Whether the installation may be taken. The first is taken as told: membership is believed from one
   * of this organisation only. Instead of a known one another is taken when GitHub says that it is
   * this organisation's.
   */
  async fits(installationId: number): Promise<boolean> {
    const known = this.id;
    if (known === undefined || known === installationId) return true;
    const found = await this.#installations?.organisationOf(installationId);
    const fits = found?.kind === 'installed' && found.organisation.id === this.#organisationId;
    if (!fits) {
      const fields = { organisationId: this.#organisationId, known, told: installationId };
      this.#log.warn({ ...fields, found: found?.kind }, 'another installation was not taken');
    }
    return fits;
  }

  /** After `fits`. Its token is minted anew: permissions may be others now. */
  take(installationId: number, login: string): void {
    const known = this.id;
    if (known !== undefined) void this.#keep(known, undefined);
    this.#repositoryTokens.forget();
    this.#write(installationId, login);
  }

  /** The name of today. */
  rename(login: string): void {
    if (this.login !== login) this.#write(this.id ?? null, login);
  }

  /** Removed: whichever is told next is the first again. */
  drop(): void {
    this.forgetToken();
    this.#sql.run('UPDATE installation SET id = NULL');
  }

  /** Suspended or removed: what was minted is void. */
  forgetToken(): void {
    this.#turn += 1;
    this.#sql.run('DELETE FROM installation_tokens');
    this.#repositoryTokens.forget();
  }

  /** For what the app does at pull requests. `refused`: a token that GitHub did not take. */
  async repositoryToken(repositoryId: number, refused?: string): Promise<RepositoryToken> {
    if (this.id === undefined) await this.#look();
    const { id } = this;
    if (id === undefined) return { kind: 'gone' };
    return this.#repositoryTokens.of(id, repositoryId, refused);
  }

  /**
   * Whether an event of that installation is about this organisation (threat 49). One that is not known
   * is asked about at GitHub.
   */
  async isOwn(installationId: number): Promise<boolean> {
    if (this.id === undefined) await this.#look();
    return this.id === installationId;
  }

  /** undefined: this edge knows no GitHub. */
  get pulls(): PullRequests | undefined {
    const tokenOf = (id: number, refused?: string) => this.repositoryToken(id, refused);
    return this.#installations && new GitHubPulls(this.#installations.rest, tokenOf, 0);
  }

  /** Repositories of the organisation among those names, by what GitHub calls them now. */
  async repositories(names: readonly string[]): Promise<Answer<Repository[]>> {
    if (this.id === undefined) await this.#look();
    const of = this.#of();
    if (!of) return { kind: 'gone' };
    return repositoriesOf(of.installations, of.at, names);
  }

  async membershipOf(userId: number): Promise<Membership> {
    if (this.id === undefined) await this.#look();
    const of = this.#of();
    return of ? membershipOf(of.installations, of.at, userId) : notInstalled;
  }

  async readershipOf(repositoryId: number, userId: number): Promise<Membership> {
    if (this.id === undefined) await this.#look();
    const of = this.#of();
    return of ? readershipOf(of.installations, of.at, repositoryId, userId) : notInstalled;
  }

  async members(): Promise<{ kind: 'members'; members: Account[] } | InstallationDenial> {
    const of = this.#of();
    return of ? membersOf(of.installations, of.at) : notInstalled;
  }

  /** Before anybody has signed in or GitHub has told, the first question would get a wrong no. */
  async #look(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const login = this.login ?? this.#name();
    if (!this.#installations || login === undefined) return;
    if (Math.abs(nowMs - this.#lookedMs) < lookAgainMs) return;
    this.#lookedMs = nowMs;
    const found = await this.#installations.ofOrganisation(login);
    const isOurs = found.kind === 'installed' && found.organisation.id === this.#organisationId;
    if (isOurs && this.id === undefined) this.take(found.id, found.organisation.login);
  }

  #of() {
    const installations = this.#installations;
    const installationId = this.id;
    if (!installations || installationId === undefined) return undefined;
    return { installations, at: { organisationId: this.#organisationId, installationId } };
  }

  get #row(): Row | undefined {
    return this.#sql.all('SELECT id, login FROM installation')[0];
  }

  #write(id: number | null, login: string): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO installation VALUES (?, ?, ?)',
      this.#organisationId,
      id,
      login,
    );
  }

  async #token(id: number): Promise<InstallationToken | undefined> {
    const [row] = this.#sql.all('SELECT * FROM installation_tokens WHERE id = ?', id);
    const token = row && (await this.#sealer.open(String(row.token)));
    if (!row || token === undefined) return undefined;
    return {
      token,
      expiresAtMs: Number(row.expires_ms),
      organisation: { id: Number(row.organisation_id), login: String(row.organisation_login) },
    };
  }

  async #keep(id: number, kept: InstallationToken | undefined): Promise<void> {
    this.#sql.run('DELETE FROM installation_tokens WHERE id = ?', id);
    if (!kept) return;
    const { expiresAtMs, organisation } = kept;
    const turn = this.#turn;
    const token = await this.#sealer.seal(kept.token);
    // What was minted before a suspension or removal is void.
    if (turn !== this.#turn) return;
    this.#sql.run(
      'INSERT OR REPLACE INTO installation_tokens VALUES (?, ?, ?, ?, ?)',
      id,
      token,
      expiresAtMs,
      organisation.id,
      organisation.login,
    );
  }
}
