/** The edge on either engine. */
import { randomBytes } from 'node:crypto';
import type { Engine } from '../engine.ts';
import { startWorker } from '../workerd.ts';
import { appHost, edgeFile, previewDomain, tokens } from './files.ts';
import { needs, startServer, type Server } from './server.ts';

const worker = 'edge/cloudflare/worker.ts';
const secretBytes = 32;

/** Its port is called `http`. @throws Unavailable when it is not built yet */
export function startEdge(engine: Engine, folder: string): Promise<Server> {
  return engine === 'node' ? startServer('edge', edgeFile(folder)) : startOnWorkerd(folder);
}

async function startOnWorkerd(folder: string): Promise<Server> {
  needs('sandbox/workerd/workerd.ts', worker);
  const { port, pids, errors, stop } = await startWorker(folder, worker, (each) => ({
    bindings: {
      APP_URL: `http://${appHost}:${each}`,
      PREVIEW_DOMAIN: previewDomain,
      OPERATOR_TOKEN: tokens.operator,
      EDGE_SECRET: randomBytes(secretBytes).toString('hex'),
    },
    objects: {
      CLUSTER: 'ClusterObject',
      ORG: 'OrgObject',
      IDENTITY: 'IdentityObject',
      PULL_REQUEST: 'PullRequestObject',
    },
  }));
  const lastWords = (): string => errors().trim().split('\n').at(-1) || 'it printed nothing';
  return { pids, ports: { http: port }, lastWords, stop };
}
