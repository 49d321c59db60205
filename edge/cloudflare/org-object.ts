/** The Durable Object of one organisation: ports and calls for `objects/org.ts`. */
import { DurableObject } from 'cloudflare:workers';
import { sealerOf } from '../gate/sealer.ts';
import type { Account, Actor, OrgCalls, OrgNews, PreviewSource, Told } from '../objects/calls.ts';
import { Org } from '../objects/org.ts';
import type { AuditFilter } from '../objects/stores/audit.ts';
import type { NewToken, TokenKind } from '../objects/stores/token-record.ts';
import type { Environment } from './environment.ts';
import { gateOf } from './gate.ts';
import { clock, log, random, StoredAlarm } from './ports.ts';
import { sqlOf } from './sql.ts';

export class OrgObject extends DurableObject<Environment> implements OrgCalls {
  readonly #alarm: StoredAlarm;
  #org!: Org;

  constructor(state: DurableObjectState, env: Environment) {
    super(state, env);
    this.#alarm = new StoredAlarm(state.storage);
    void state.blockConcurrencyWhile(async () => {
      const { secrets, stubs, settings } = await gateOf(env);
      // It sets its alarm while it is made.
      this.#alarm.wake();
      const { tokenHash, formerTokenHash, checkKey } = secrets;
      this.#org = new Org(Number(state.id.name), {
        ...{ clock, random, log, tokenHash, formerTokenHash, checkKey },
        sql: sqlOf(state.storage),
        alarm: this.#alarm,
        sealer: sealerOf(secrets.sealKeys),
        objects: stubs,
        github: settings.github,
      });
    });
  }

  override async alarm(): Promise<void> {
    this.#alarm.gone();
    await this.#org.alarm();
  }

  register(name: string, login: string, shards: number) {
    return this.#org.register(name, login, shards);
  }
  clusters() {
    return this.#org.clusters();
  }
  forget(key: string) {
    return this.#org.forget(key);
  }
  admits(key: string, token: string) {
    return this.#org.admits(key, token);
  }
  installed(installationId: number, login: string) {
    return this.#org.installed(installationId, login);
  }
  membership(userId: number) {
    return this.#org.membership(userId);
  }

  readership(repositoryId: number, userId: number) {
    return this.#org.readership(repositoryId, userId);
  }
  told(about: Told, news: OrgNews) {
    return this.#org.told(about, news);
  }
  makeToken(input: NewToken, actor: Actor) {
    return this.#org.makeToken(input, actor);
  }
  tokens(filter: { creatorId?: number; kind?: TokenKind }) {
    return this.#org.tokens(filter);
  }
  token(id: string) {
    return this.#org.token(id);
  }
  verifyToken(text: string, kind: TokenKind) {
    return this.#org.verifyToken(text, kind);
  }
  rotateToken(id: string, graceMs: number | undefined, actor: Actor) {
    return this.#org.rotateToken(id, graceMs, actor);
  }
  revokeToken(id: string, actor: Actor) {
    return this.#org.revokeToken(id, actor);
  }
  revokePersonal(userId: number) {
    return this.#org.revokePersonal(userId);
  }
  policy() {
    return this.#org.policy();
  }
  setPolicy(patch: unknown, actor: Actor, action?: string) {
    return this.#org.setPolicy(patch, actor, action);
  }
  repositoryToken(repositoryId: number, refused?: string) {
    return this.#org.repositoryToken(repositoryId, refused);
  }
  isOwn(installationId: number) {
    return this.#org.isOwn(installationId);
  }
  findPulls(owner: Account, source: PreviewSource) {
    return this.#org.findPulls(owner, source);
  }
  note(entry: Parameters<OrgCalls['note']>[0]) {
    return this.#org.note(entry);
  }
  audit(filter: AuditFilter) {
    return this.#org.audit(filter);
  }
}
