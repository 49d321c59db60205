/** An edge without sockets: its directory in a folder of its own, its API, and a connector at hand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { Hono } from 'hono';
import { appHostOf } from '#edge/app-host.ts';
import { secretsOf } from '#edge/gate/secrets.ts';
import type { GitHubConfig } from '#edge/github/config.ts';
import type { Cluster } from '#edge/objects/cluster.ts';
import { NodeDirectory, rootSecretOf } from '#edge/node/directory.ts';
import { helloOf } from '#protocol/hello.ts';
import { Requests, type Answer } from '#protocol/requests.ts';
import { runtimeOf } from '#protocol/runtime.ts';
import type { Session } from '#protocol/session.ts';
import type { SessionEvents } from '#protocol/transport.ts';
import { startSession, type WebSocketLike } from '#protocol/tunnel.ts';

export const operatorToken = 'operator-token-of-the-test';
export const ingress = { host: 'ingress.internal', port: 443, tls: true, l5: 'shop.example.com' };
export const owner = { id: 1001, login: 'alice' };
export const organisation = { id: 77, login: 'acme' };

export const interceptId = (digit: string): string => digit.repeat(32);
export const previewPath = (label: string): string => `/api/v1/previews/${label}`;

/** What answers hold, together; the test knows which it asked for. */
export interface Body {
  key: string;
  token: string;
  label: string;
  url: string;
  access: string;
  intercept: unknown;
  previews: unknown[];
  error: { code: string; detail: string };
}

export class ScratchEdge {
  readonly dir = mkdtempSync(join(tmpdir(), 'byway-edge-'));
  nowMs = Date.UTC(2026, 0, 1);
  /** Each byte that the edge gets as chance; replace it to make chance repeat itself. */
  chance: (count: number) => Uint8Array = (count) => crypto.getRandomValues(new Uint8Array(count));
  readonly faults: Error[] = [];
  /** Of new clusters. */
  shards = 1;
  /** The GitHub App to sign in with. */
  github: GitHubConfig | undefined;
  /** Objects of pull requests that are open at a time. */
  maxOpenPulls = 256;
  directory!: NodeDirectory;
  app!: Hono;

  async open(): Promise<this> {
    const originOf = (label: string): string => `https://${label}.preview.example.dev`;
    const appUrl = (): string => 'https://byway.example.com';
    const secrets = await secretsOf(rootSecretOf(this.dir));
    this.directory = new NodeDirectory(this.dir, {
      clock: { nowMs: () => this.nowMs },
      random: { bytes: (count) => this.chance(count) },
      log: { info() {}, warn() {} },
      version: '0.0.0',
      features: [],
      appOrigin: appUrl,
      originOf,
      secrets,
      github: this.github,
      maxOpenPulls: this.maxOpenPulls,
    });
    this.app = await appHostOf({
      gate: this.directory.gate,
      objects: this.directory,
      secrets,
      operatorTokens: [operatorToken],
      github: this.github,
      actionsIssuer: '',
      shards: this.shards,
      version: '0.0.0',
      addressOf: () => '192.0.2.1',
      report: (error) => this.faults.push(error),
    });
    return this;
  }

  async restart(): Promise<void> {
    this.directory.close();
    await this.open();
  }

  stop(): void {
    this.directory.close();
    rmSync(this.dir, { recursive: true });
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: Body; headers: Headers }> {
    const response = await this.app.request(path, {
      method,
      headers: { authorization: `Bearer ${operatorToken}`, ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as Body,
    };
  }

  /** Registers a cluster; returns its key and token. */
  async cluster(name = 'main', of = organisation): Promise<{ key: string; token: string }> {
    const { status, body } = await this.call('POST', '/api/v1/clusters', {
      name,
      organisation: of,
    });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body;
  }

  /** The object of a label. */
  object(label: string): Cluster {
    const cluster = this.directory.ofLabel(label);
    if (!cluster) throw new Error(`no object of ${label}`);
    return cluster;
  }

  /** Creates a preview; returns the API's answer. */
  preview(cluster: string, more: Record<string, unknown> = {}) {
    const intercept = { id: interceptId('a'), name: 'web' };
    return this.call('POST', '/api/v1/previews', { cluster, intercept, owner, ingress, ...more });
  }
}

type Listener = (...values: unknown[]) => void;

/** Half of a WebSocket in memory; what it sends arrives at the other half in a later turn. */
class MemorySocket {
  readonly bufferedAmount = 0;
  other!: MemorySocket;
  readonly #listeners = new Map<string, Listener[]>();
  #closed = false;

  on(event: string, listener: Listener): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }
  emit(event: string, ...values: unknown[]): void {
    if (event === 'close' && this.#closed) return;
    if (event === 'close') this.#closed = true;
    for (const listener of this.#listeners.get(event) ?? []) listener(...values);
  }
  send(data: Uint8Array | string, written?: () => void): void {
    const copy = typeof data === 'string' ? data : data.slice();
    setImmediate(() => {
      this.other.emit('message', copy, typeof copy !== 'string');
      written?.();
    });
  }
  close(code: number, reason: string): void {
    setImmediate(() => {
      this.other.emit('close', code, reason);
      this.emit('close', code, reason);
    });
  }
  terminate(): void {
    this.close(1006, '');
  }
}

export interface FakeConnector {
  session: Session;
  /** CONTROL messages that were no questions. */
  control: Record<string, unknown>[];
  /** Resolves with the close code. */
  closed: Promise<number>;
}

/** A connector whose answers to the edge's questions are the test's; resolves when routes came. */
export function connect(
  cluster: Cluster,
  answers: Record<string, Answer>,
  onOpen: SessionEvents['onOpen'] = () => 0 as never,
  features: string[] = [],
): Promise<FakeConnector> {
  const [ours, theirs] = [new MemorySocket(), new MemorySocket()];
  ours.other = theirs;
  theirs.other = ours;
  const control: FakeConnector['control'] = [];
  return new Promise((resolve) => {
    let close: (code: number) => void;
    const closed = new Promise<number>((done) => (close = done));
    const session = startSession(
      ours as unknown as WebSocketLike,
      'dialled',
      { ...helloOf('test', { role: 'connector' }), features },
      runtimeOf(globalThis),
      {
        onHello() {},
        onOpen,
        onControl(message) {
          if (requests.take(message)) return;
          control.push(message);
          resolve({ session, control, closed });
        },
        onGoaway() {},
        onClose: (code) => close(code),
      },
    );
    const requests = new Requests(session, answers);
    cluster.accept((hello, events) =>
      startSession(
        theirs as unknown as WebSocketLike,
        'accepted',
        hello,
        runtimeOf(globalThis),
        events,
      ),
    );
  });
}

export let edge: ScratchEdge;

/** A new one for each test of the file. */
export function useScratchEdge(): void {
  beforeEach(async () => {
    edge = await new ScratchEdge().open();
  });
  afterEach(() => edge.stop());
}
