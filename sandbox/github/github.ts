/**
 * A GitHub for the demo and the tests: pages at `/`, the API at `/api/v3` as on GitHub Enterprise
 * Server, and `/_sandbox` to steer it. Everything is in memory.
 */
import type { AddressInfo } from 'node:net';
import type { Actions } from './actions.ts';
import { addressesOf, apiRoot } from './addresses.ts';
import { Contract } from './contract/contract.ts';
import type { DeliveryLog } from './deliveries.ts';
import type { Faults } from './faults.ts';
import type { Journal } from './journal.ts';
import { GitHub } from './sandbox.ts';
import { defaultSeed, type AppAddresses } from './seed.ts';
import { serverOf } from './server.ts';
import type { GitHubState } from './state.ts';
import type { Webhooks } from './webhooks.ts';
import type { Seed } from './world.ts';

export interface GitHubOptions extends AppAddresses {
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** 0, the default: any free one. */
  readonly port?: number;
  /** The whole world; `webhookUrl` and `callbackUrls` are for the default one. */
  readonly seed?: Seed;
  /** How long an app may take for an event. @default 10_000 */
  readonly webhookTimeoutMs?: number;
}

export interface GitHubSandbox {
  readonly port: number;
  /** For browsers and configuration: `http://github.localhost:PORT`. */
  readonly url: string;
  readonly apiUrl: string;
  /** The same server for programs whose resolver does not know names under `localhost`. */
  readonly loopbackUrl: string;
  readonly state: GitHubState;
  readonly actions: Actions;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  readonly deliveries: DeliveryLog;
  readonly journal: Journal;
  reset(): void;
  seed(seed: Seed): void;
  /** Ends what is open, too. */
  stop(): Promise<void>;
}

/** @throws Error when the port is taken or the seed is not valid */
export async function startGitHub(options: GitHubOptions = {}): Promise<GitHubSandbox> {
  let port = options.port ?? 0;
  const name = (): string => `github.localhost:${port}`;
  const github = new GitHub({
    contract: await Contract.load(),
    seed: options.seed ?? defaultSeed(options),
    addresses: () => addressesOf(name()),
    webhookTimeoutMs: options.webhookTimeoutMs,
  });
  const server = serverOf(github);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, options.host ?? '127.0.0.1', resolve);
  });
  ({ port } = server.address() as AddressInfo);
  const { state, actions, faults, webhooks, deliveries, journal } = github;
  return {
    port,
    url: `http://${name()}`,
    apiUrl: `http://${name()}${apiRoot}`,
    loopbackUrl: `http://127.0.0.1:${port}`,
    state,
    actions,
    faults,
    webhooks,
    deliveries,
    journal,
    reset: () => github.reset(),
    seed: (seed) => github.seed(seed),
    async stop() {
      webhooks.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
