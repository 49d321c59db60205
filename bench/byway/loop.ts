/** Parts of Byway put together: connector and agent, and with an ingress also edge and preview. */
import type { Running } from '../contender.ts';
import type { Engine } from '../engine.ts';
import { freePort } from '../free-port.ts';
import { ask } from '../load/ask.ts';
import { EdgeApi } from './edge-api.ts';
import { agentFile, appHost, cliFile, connectorFile, type Address, type Ingress } from './files.ts';
import { startEdge } from './edge.ts';
import { startLaptop, type Intercept, type Laptop } from './laptop.ts';
import { portOf, startServer, untilReady, type Server } from './server.ts';

export interface LoopOptions {
  readonly folder: string;
  /** Of the edge. @default 'node' */
  readonly engine?: Engine;
  /** What the agent stands in front of. */
  readonly app: Address;
  readonly intercept?: Omit<Intercept, 'ingress'>;
  /** Makes an edge and a preview that enters here; told the agent's port. Needs `intercept`. */
  readonly ingress?: (agentPort: number) => Promise<Ingress>;
}

export interface Loop {
  readonly agentPort: number;
  /** Of the agent alone; of edge, connector, agent and daemon. */
  readonly pids: {
    readonly agent: readonly number[];
    readonly edge: readonly number[];
    readonly connector: readonly number[];
    readonly laptop: readonly number[];
  };
  /** Where the preview answers. */
  readonly preview: Pick<Running, 'url' | 'hostHeader'> | undefined;
  /** On all tunnels of the connector; the relay's loads use the one to the edge only. */
  openStreams(): Promise<number>;
  stop(): Promise<void>;
}

/** @throws Unavailable when a part is not built yet; what was started by then is ended */
export async function startLoop({
  folder,
  engine = 'node',
  app,
  intercept,
  ingress,
}: LoopOptions): Promise<Loop> {
  const servers: Server[] = [];
  let laptop: Laptop | undefined;
  const stop = async (): Promise<void> => {
    await laptop?.stop().catch(() => undefined);
    await Promise.all(servers.map((server) => server.stop()));
  };
  const kept = async (starting: Promise<Server>): Promise<Server> => {
    const started = await starting;
    servers.push(started);
    return started;
  };
  try {
    const agentPort = await freePort();
    const entry = await ingress?.(agentPort);
    const edge = entry && (await kept(startEdge(engine, folder)));
    const edgePort = edge && portOf(edge, 'http');
    const edgeUrl = edgePort === undefined ? undefined : `http://${appHost}:${edgePort}`;
    const api = edgePort === undefined ? undefined : new EdgeApi(edgePort);
    const cluster = await api?.register('bench');

    const connectorYaml = connectorFile(folder, {
      workloadPort: agentPort,
      ...(edgeUrl !== undefined && cluster && { edge: { url: edgeUrl, token: cluster.token } }),
      ...(entry && { ingress: entry }),
    });
    const connector = await kept(startServer('connector', connectorYaml));
    await untilReady(connector);
    const connectorUrl = `http://127.0.0.1:${portOf(connector, 'listen')}`;
    const agentYaml = agentFile(folder, { connectorUrl, listenPort: agentPort, app });
    const agent = await kept(startServer('agent', agentYaml));

    if (intercept) {
      const configuration = cliFile(folder, connectorUrl, edgeUrl);
      laptop = await startLaptop(folder, configuration, {
        ...intercept,
        ...(entry && { ingress: entry }),
      });
    }
    const preview = api && cluster ? await api.publish(cluster.key) : undefined;
    return {
      agentPort,
      pids: {
        agent: agent.pids,
        edge: edge?.pids ?? [],
        connector: connector.pids,
        laptop: laptop?.pids ?? [],
      },
      preview: preview && { url: `http://127.0.0.1:${edgePort}`, hostHeader: preview.host },
      openStreams: () => gauge(connector, 'byway_streams'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Of a server's `/metrics`. @throws Error when it is not among them */
async function gauge(server: Server, name: string): Promise<number> {
  const target = { url: `http://127.0.0.1:${portOf(server, 'metrics')}` };
  const { body } = await ask(target, 'GET', '/metrics');
  const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(body.toString())?.[1];
  if (value === undefined) throw new Error(`no ${name} in ${target.url}/metrics`);
  return Number(value);
}

/** The loop's preview. @throws Error when it was started without an ingress */
export function previewOf({ preview }: Loop): NonNullable<Loop['preview']> {
  if (!preview) throw new Error('this loop has no preview');
  return preview;
}
