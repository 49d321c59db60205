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
  /** Milliseconds since 1970; tickets of older connectors lack it. */
  createdMs?: number | undefined;
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

/** Feature in HELLO of a connector that tells the edge of all intercepts, and of an edge that listens. */
export const interceptsFeature = 'intercepts';

/** `starting`: agents have not acknowledged yet. `waiting`: the laptop is away. */
export type ReportedState = 'starting' | 'active' | 'waiting';

/** An intercept as the edge may know it: never the value of a header. */
export interface InterceptReport {
  /** 128 random bits, lower-case hex. */
  id: string;
  name: string;
  workload: string;
  namespace: string;
  port: { name: string; number: number };
  owner: { id: number; login: string };
  /** Name of the owner's machine. */
  laptop: string;
  mechanism: Mechanism;
  /** Names of the headers that a request must carry; empty: it takes everything. */
  headers: string[];
  /** A newer connector may have further ones. */
  state: ReportedState | (string & {});
  /** Milliseconds since 1970. */
  createdMs: number;
  /** Since when the laptop is away, milliseconds since 1970; null: it is not. */
  waitingSinceMs: number | null;
}

/** Connector to edge, after HELLO: all intercepts. */
export interface InterceptListMessage {
  type: 'intercept_list';
  /** From 0 to `parts` - 1. */
  part: number;
  parts: number;
  intercepts: InterceptReport[];
}

/** Connector to edge: what is new or has changed, and what has ended. */
export interface InterceptChangeMessage {
  type: 'intercept_change';
  set: InterceptReport[];
  /** Ids. */
  gone: string[];
}

/** An intercept that somebody ended through the edge. */
export interface EndedIntercept {
  id: string;
  /** Login of the person, or `operator`. */
  by: string;
}

/** Edge to connector, after HELLO: their tickets are void. */
export interface EndedInterceptsMessage {
  type: 'ended_intercepts';
  intercepts: EndedIntercept[];
}
