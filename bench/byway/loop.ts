/** Parts of Byway put together: connector and agent, and with an ingress also edge and preview. */
import { stopAll, type Running } from '../contender.ts';
import { freePort } from '../free-port.ts';
import { EdgeApi } from './edge-api.ts';
import {
  agentFile,
  appHost,
  cliFile,
  connectorFile,
  edgeFile,
  type Address,
  type Ingress,
} from './files.ts';
import { startLaptop, type Intercept, type Laptop } from './laptop.ts';
import { portOf, startServer, untilReady, type Server } from './server.ts';

export interface LoopOptions {
  readonly folder: string;
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
  stop(): Promise<void>;
}

/** @throws Unavailable when a part is not built yet; what was started by then is ended */
export async function startLoop({ folder, app, intercept, ingress }: LoopOptions): Promise<Loop> {
  const servers: Server[] = [];
  let laptop: Laptop | undefined;
  const stop = async (): Promise<void> => {
    await laptop?.stop().catch(() => undefined);
    await stopAll(servers.map(({ child }) => child));
  };
  const server = async (...args: Parameters<typeof startServer>): Promise<Server> => {
    const started = await startServer(...args);
    servers.push(started);
    return started;
  };
  try {
    const agentPort = await freePort();
    const entry = await ingress?.(agentPort);
    const edge = entry && (await server('edge', edgeFile(folder)));
    const edgePort = edge && portOf(edge, 'http');
    const edgeUrl = edgePort === undefined ? undefined : `http://${appHost}:${edgePort}`;
    const api = edgePort === undefined ? undefined : new EdgeApi(edgePort);
    const cluster = await api?.register('bench');

    const connectorYaml = connectorFile(folder, {
      workloadPort: agentPort,
      ...(edgeUrl !== undefined && cluster && { edge: { url: edgeUrl, token: cluster.token } }),
      ...(entry && { ingress: entry }),
    });
    const connector = await server('connector', connectorYaml);
    await untilReady(connector);
    const connectorUrl = `http://127.0.0.1:${portOf(connector, 'listen')}`;
    const agent = await server(
      'agent',
      agentFile(folder, { connectorUrl, listenPort: agentPort, app }),
    );

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
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The loop's preview. @throws Error when it was started without an ingress */
export function previewOf({ preview }: Loop): NonNullable<Loop['preview']> {
  if (!preview) throw new Error('this loop has no preview');
  return preview;
}
