/** The Durable Object of one organisation: ports and calls for `objects/org.ts`. */
import { DurableObject } from 'cloudflare:workers';
import type { OrgCalls } from '../objects/calls.ts';
import { Org } from '../objects/org.ts';
import { settingsOf, type Environment } from './environment.ts';
import { keysOf } from './keys.ts';
import { clock, random } from './ports.ts';
import { sqlOf } from './sql.ts';
import { Stubs } from './stubs.ts';

export class OrgObject extends DurableObject<Environment> implements OrgCalls {
  #org!: Org;

  constructor(state: DurableObjectState, env: Environment) {
    super(state, env);
    void state.blockConcurrencyWhile(async () => {
      const { checkKey, tokenHash } = await keysOf(settingsOf(env).secret);
      this.#org = new Org(Number(state.id.name), {
        sql: sqlOf(state.storage),
        clock,
        random,
        tokenHash,
        checkKey,
        objects: new Stubs(env, checkKey),
      });
    });
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
}
