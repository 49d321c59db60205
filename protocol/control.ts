/**
 * What CONTROL messages and HELLO's `about` say between edge, connector, agent and daemon
 * (`docs/protocol.md` §7). JSON; receivers validate, unknown fields are ignored.
 */

/** `http`: requests that match all headers; `tcp`: every new connection. */
export type Mechanism = 'http' | 'tcp';

/** One header that a request must carry, with exactly this value, to be intercepted. */
export interface InterceptHeader {
  name: string;
  value: string;
}

/** An intercept as the connector minted it; a ticket is this under an HMAC. */
export interface InterceptSpec {
  /** 128 random bits, lower-case hex. */
  id: string;
  /** Unique per client; by default the workload's. */
  name: string;
  /** Id of the client (daemon) that it belongs to. */
  client: string;
  owner: { id: number; login: string };
  workload: string;
  namespace: string;
  port: { name: string; number: number };
  mechanism: Mechanism;
  /** Empty with `http`: every request. */
  headers: InterceptHeader[];
  /** For error pages: the laptop's name and the address that its daemon dials. */
  laptop: { name: string; address: string };
}

/** ACTIVE: every ready agent has acknowledged. WAITING: the laptop is away. */
export type InterceptState = 'ACTIVE' | 'WAITING';

/** What the connector tells an agent: all intercepts of its ports, every time. */
export interface InterceptsMessage {
  type: 'intercepts';
  revision: number;
  intercepts: { spec: InterceptSpec; ticket: string }[];
}

/** The agent's acknowledgement: every request that arrives from now on is matched by it. */
export interface AppliedMessage {
  type: 'applied';
  revision: number;
}

export interface AgentAbout {
  role: 'agent';
  ports: { name: string; protocol: 'http' | 'tcp' }[];
  environment: Record<string, string>;
  /** Tickets of the intercepts that the agent still holds. */
  tickets: string[];
}

export interface LaptopAbout {
  role: 'laptop';
  /** 128 random bits, lower-case hex, made once per daemon state. */
  client: string;
  laptop: string;
  tickets: string[];
}

export interface ConnectorAbout {
  role: 'connector';
  /** Key of the cluster at the edge; undefined without an edge. */
  cluster?: string;
}

/** Where previews of an intercept enter the cluster. */
export interface Ingress {
  host: string;
  port: number;
  tls: boolean;
  /** Layer-5 host: the Host header and SNI. */
  l5: string;
}

/** One preview as the edge tells the connector: what to do with `OPEN` of target `label`. */
export interface Route {
  label: string;
  /** The preview's public origin, for rewriting of redirects: `https://<label>.<domain>[:port]`. */
  origin: string;
  intercept: { id: string; name: string };
  ingress: Ingress;
}

/** The edge's list of all previews, after HELLO. Changes come as requests `route`, `unroute`. */
export interface RoutesMessage {
  type: 'routes';
  /** Counts up from 0; 0 replaces the list that was there, each other one adds to it. */
  part: number;
  routes: Route[];
}
