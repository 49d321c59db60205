/** The object of logins and grants over a database in memory, among others that remember what they are told. */
import { afterEach, beforeEach, expect } from 'vitest';
import { challengeOf, makeVerifier } from '#edge/gate/pkce.ts';
import type { LoginCode } from '#edge/gate/preview-login.ts';
import type { GitHubConfig } from '#edge/github/config.ts';
import type { Grant, GrantCode } from '#edge/login/ports.ts';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import type { ClusterCalls, OrgCalls } from '#edge/objects/calls.ts';
import { Identity } from '#edge/objects/identity.ts';
import { random } from '../gate/key-ring.ts';
import { alice, part, tokenHash } from './scratch-org.ts';

const acme = { id: 77, login: 'acme' };
export const identified = { user: alice, organisations: [{ ...acme, installationId: 5 }] };
export const grant: Grant = { user: alice, organisation: acme, scopes: ['view'], device: 'laptop' };

export class ScratchIdentity {
  readonly sql: SqlFile = openSql(':memory:');
  nowMs = Date.UTC(2026, 0, 1);
  /** When the alarm is set to. */
  alarmMs: number | undefined;
  /** What preview hosts were told, in order. */
  readonly ended: { label: string; sids: readonly string[] }[] = [];
  /** Labels and ids of organisations that cannot be reached. */
  readonly away = new Set<string>();
  /** Whose personal tokens which organisation revoked. */
  readonly revoked: [organisationId: number, userId: number][] = [];
  identity!: Identity;
  #codes = 0;

  constructor() {
    this.restart();
  }

  /** Everything that was in memory is gone. */
  restart(github?: GitHubConfig): void {
    this.identity = new Identity({
      sql: this.sql,
      clock: { nowMs: () => this.nowMs },
      random,
      tokenHash,
      github,
      alarm: {
        set: (atMs) => void (this.alarmMs = atMs),
        clear: () => void (this.alarmMs = undefined),
      },
      log: { info() {}, warn() {} },
      objects: {
        clusterOfLabel: (label) =>
          part<ClusterCalls>({
            withdrawHere: async (what) => {
              if (this.away.has(label)) throw new Error(`${label} is away`);
              if (what.kind === 'logins') this.ended.push({ label, sids: what.sids });
            },
          }),
        org: (id) =>
          part<OrgCalls>({
            revokePersonal: async (userId) => {
              this.revoked.push([id, userId]);
              if (this.away.has(String(id))) throw new Error(`${id} is away`);
            },
          }),
      },
    });
  }

  /** Turns the clock to the alarm and lets it go off. */
  async ring(): Promise<void> {
    this.nowMs = Math.max(this.nowMs, this.alarmMs!);
    await this.identity.alarm();
  }

  /** A session of the login on the preview host. */
  async session(sid: string, label: string): Promise<void> {
    const hash = String((this.#codes += 1)).padStart(43, '0');
    await this.identity.storeCode(hash, { ...this.codeOf(sid), label });
    expect(await this.identity.consumeCode(hash)).toMatchObject({ sid, label });
  }

  codeOf(sid: string): LoginCode {
    return {
      label: 'amber-otter',
      origin: 'https://amber-otter.preview.example.dev',
      nonceHash: 'n'.repeat(43),
      viewer: { kind: 'person', ...alice },
      sid,
      expiresMs: this.nowMs + 60_000,
      organisationId: acme.id,
      epoch: 0,
      untilMs: this.nowMs + 3_600_000,
    };
  }

  async grantCode(): Promise<GrantCode> {
    return {
      grant,
      family: 'F'.repeat(22),
      redirectUri: 'http://127.0.0.1:1/cb/x',
      codeChallenge: await challengeOf(makeVerifier(random)),
      expiresMs: this.nowMs + 60_000,
    };
  }
}

export let scratch: ScratchIdentity;

/** A new one for each test of the file. */
export function useIdentity(): void {
  beforeEach(() => {
    scratch = new ScratchIdentity();
  });
  afterEach(() => scratch.sql.close());
}
