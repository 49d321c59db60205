/** The Durable Object of one shard of a cluster: ports, sockets and calls for `objects/cluster.ts`. */
import { DurableObject } from 'cloudflare:workers';
import { ProtocolError } from '#protocol/frame.ts';
import { fieldOf } from '#protocol/head.ts';
import { renderPage } from '#protocol/pages.ts';
import { resyncFeature } from '#protocol/resync.ts';
import type { Gate } from '../gate/gate.ts';
import { page, wayTo, type Way } from '../gate/way.ts';
import type {
  AccessChange,
  Account,
  ClusterCalls,
  EndReason,
  GateRule,
  NewPreview,
  PreviewQuery,
  PullId,
  Repository,
  Withdrawal,
} from '../objects/calls.ts';
import { ClusterAnswers } from '../objects/cluster-calls.ts';
import { Cluster } from '../objects/cluster.ts';
import { madeTable } from '../objects/previews.ts';
import { bearerOf, clusterKeyOfToken, tunnelPath } from '../objects/tunnel-request.ts';
import { pageResponse } from './answer.ts';
import { onlyWebSockets } from '../relay/target.ts';
import type { Passage } from '../relay/passage.ts';
import { arrivalOf, fieldsOf, targetOf } from './arrival.ts';
import { attach, attachmentOf } from './attachments.ts';
import { Departures } from './departures.ts';
import type { Environment } from './environment.ts';
import { gateOf } from './gate.ts';
import { StoredAlarm, version } from './ports.ts';
import { HttpRelay } from './relay-http.ts';
import { WebSocketRelay } from './relay-websocket.ts';
import { hasTable, sqlOf } from './sql.ts';
import type { Stubs } from './stubs.ts';
import { textOf } from './text.ts';
import { TunnelSocket } from './tunnel-socket.ts';

/** Sockets of each kind are found by their tag after a sleep. */
const tags = { tunnel: 'tunnel', viewer: 'viewer' } as const;

export class ClusterObject extends DurableObject<Environment> implements ClusterCalls {
  readonly #viewers = new Map<WebSocket, WebSocketRelay>();
  readonly #departures = new Departures();
  readonly #alarm: StoredAlarm;
  readonly #tunnels = new Map<WebSocket, TunnelSocket>();
  #objects!: Stubs;
  #gate!: Gate;
  #cluster: Cluster | undefined;
  #answers!: ClusterAnswers;

  constructor(state: DurableObjectState, env: Environment) {
    super(state, env);
    this.#alarm = new StoredAlarm(state.storage);
    // The connector asks for a life sign; workerd answers without waking the object.
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair('p', 'q'));
    void state.blockConcurrencyWhile(async () => {
      const { gate, stubs } = await gateOf(env);
      this.#gate = gate;
      this.#objects = stubs;
      this.#answers = new ClusterAnswers(
        (make) => this.#open(make),
        () => this.#objects,
      );
      this.#wake();
    });
  }

  /** A viewer's request, or the upgrade of a connector's tunnel; the Worker has matched the host. */
  override async fetch(request: Request): Promise<Response> {
    const target = targetOf(request.url);
    const label = labelOf(request.url, this.env.PREVIEW_DOMAIN);
    if (label === undefined && target.startsWith(tunnelPath)) return this.#acceptTunnel(request);
    const fields = fieldsOf(request.headers);
    const { method } = request;
    const text = (maxBytes: number) => textOf(request.body, maxBytes);
    const asked = { label: label ?? '', method, target, fields, text };
    return new Promise((resolve, reject) => {
      wayTo(this.#gate, this.#open(false), asked, (way) => {
        try {
          resolve(this.#take(way, request, fields));
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  #take(way: Way, request: Request, fields: readonly string[]): Response | Promise<Response> {
    if (way.kind === 'page') return pageResponse(way.page);
    const { passage } = way;
    const arrival = arrivalOf(request, fields);
    for (const tunnel of this.#tunnels.values()) {
      if (tunnel.session === passage.session) tunnel.reserve();
    }
    const upgrade = fieldOf(fields, 'upgrade');
    if (upgrade?.toLowerCase() === 'websocket') {
      return this.#relayWebSocket(request, passage, arrival);
    }
    if (upgrade !== undefined)
      return pageResponse(page('BW-1003', { reason: onlyWebSockets }, fields).page);
    const relay = new HttpRelay(request, arrival, passage);
    relay.start();
    this.#departures.add(relay);
    return relay.response;
  }

  override async alarm(): Promise<void> {
    const cluster = this.#open(false);
    this.#alarm.gone();
    await cluster?.alarm();
  }

  override webSocketMessage(webSocket: WebSocket, message: string | ArrayBuffer): void {
    const tunnel = this.#tunnels.get(webSocket);
    if (tunnel) tunnel.receive(message);
    else this.#viewers.get(webSocket)?.receive(message);
  }

  override webSocketClose(webSocket: WebSocket, code: number, reason: string): void {
    this.#lost(webSocket, code, reason);
  }

  override webSocketError(webSocket: WebSocket): void {
    this.#lost(webSocket, 1006, '');
  }

  claim(organisationId: number, shards: number) {
    return this.#answers.claim(organisationId, shards);
  }
  create(input: NewPreview) {
    return this.#answers.create(input);
  }
  createHere(input: NewPreview) {
    return this.#answers.createHere(input);
  }
  reuse(input: NewPreview) {
    return this.#answers.reuse(input);
  }
  list() {
    return this.#answers.list();
  }
  listHere() {
    return this.#answers.listHere();
  }
  find(label: string) {
    return this.#answers.find(label);
  }
  setAccess(label: string, change: AccessChange) {
    return this.#answers.setAccess(label, change);
  }

  setGate(label: string, gate: GateRule) {
    return this.#answers.setGate(label, gate);
  }
  remove(label: string, reason?: EndReason, by?: string) {
    return this.#answers.remove(label, reason, by);
  }
  ending(label: string) {
    return this.#answers.ending(label);
  }
  extend(label: string, forS: number) {
    return this.#answers.extend(label, forS);
  }
  search(query: PreviewQuery) {
    return this.#answers.search(query);
  }
  searchHere(query: PreviewQuery) {
    return this.#answers.searchHere(query);
  }
  attach(label: string, repository: Repository, number: number) {
    return this.#answers.attach(label, repository, number);
  }
  detach(label: string, pull: PullId, end: boolean) {
    return this.#answers.detach(label, pull, end);
  }
  allow(label: string, user: Account, untilMs: number) {
    return this.#answers.allow(label, user, untilMs);
  }
  revokeAllow(label: string, userId: number) {
    return this.#answers.revokeAllow(label, userId);
  }
  askFor(label: string, user: Account) {
    return this.#answers.askFor(label, user);
  }
  tellPulls(interceptIds: readonly string[]) {
    return this.#answers.tellPulls(interceptIds);
  }
  raiseShards(count: number) {
    return this.#answers.raiseShards(count);
  }
  intercepts() {
    return this.#answers.intercepts();
  }
  endIntercept(id: string, by: { login: string }) {
    return this.#answers.endIntercept(id, by);
  }
  retire() {
    return this.#answers.retire();
  }
  retireHere() {
    return this.#answers.retireHere();
  }
  status() {
    return this.#answers.status();
  }
  statusHere() {
    return this.#answers.statusHere();
  }
  organisation() {
    return this.#answers.organisation();
  }
  place(label: string) {
    return this.#answers.place(label);
  }
  withdraw(what: Withdrawal) {
    return this.#answers.withdraw(what);
  }
  withdrawHere(what: Withdrawal) {
    return this.#answers.withdrawHere(what);
  }

  /** The object is named by key and shard; a name that was never claimed leaves nothing in storage. */
  #open(make: boolean): Cluster | undefined {
    if (this.#cluster) return this.#cluster;
    const { storage, id } = this.ctx;
    if (!make && !hasTable(storage, madeTable)) return undefined;
    const name = id.name ?? '';
    this.#cluster = new Cluster(name.slice(0, -1), name.slice(-1), {
      ...this.#gate,
      sql: sqlOf(storage),
      alarm: this.#alarm,
      version,
      features: [resyncFeature],
      objects: this.#objects,
    });
    this.#alarm.wake();
    return this.#cluster;
  }

  async #acceptTunnel(request: Request): Promise<Response> {
    const accept = fieldOf(fieldsOf(request.headers), 'accept');
    const token = bearerOf(request.headers.get('authorization')) ?? '';
    const cluster = this.#open(false);
    const organisationId = cluster?.previews.organisationId;
    const admitted =
      cluster !== undefined &&
      organisationId !== undefined &&
      clusterKeyOfToken(token) === cluster.key &&
      (await this.#objects.org(organisationId).admits(cluster.key, token));
    if (!admitted) return pageResponse(renderPage('BW-5001', {}, accept));
    const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
    this.ctx.acceptWebSocket(server, [tags.tunnel]);
    cluster.accept((hello, events) => {
      const attachment = { since: Date.now(), nextId: 1 };
      const tunnel = new TunnelSocket(server, attachment, hello, events);
      this.#tunnels.set(server, tunnel);
      return tunnel.session;
    });
    return new Response(null, { status: 101, webSocket: client });
  }

  #relayWebSocket(
    request: Request,
    passage: Passage,
    arrival: ReturnType<typeof arrivalOf>,
  ): Promise<Response> {
    const { label, keys, openedMs, isPrivate, sent } = passage;
    return new WebSocketRelay(passage).open(
      arrival,
      (webSocket, relay) => {
        this.ctx.acceptWebSocket(webSocket, [tags.viewer]);
        attach(webSocket, {
          kind: 'viewer',
          ...{ label, keys, openedMs, isPrivate, isMember: sent === undefined },
          stream: relay.stream?.id ?? 0,
        });
        this.#viewers.set(webSocket, relay);
      },
      request.signal,
    );
  }

  /** Goes on with the sockets that outlived this object's memory. */
  #wake(): void {
    const sockets = this.ctx.getWebSockets(tags.tunnel);
    if (sockets.length === 0) return;
    const cluster = this.#open(false);
    const tunnels = sockets
      .map((webSocket) => ({ webSocket, attachment: attachmentOf(webSocket) }))
      .toSorted((a, b) => sinceOf(b.attachment) - sinceOf(a.attachment));
    const [latest, ...former] = tunnels;
    for (const { webSocket } of former) webSocket.close(1012, 'the edge has restarted');
    const { attachment } = latest ?? {};
    if (!cluster || !latest || attachment?.kind !== 'tunnel' || !attachment.peer) {
      return latest?.webSocket.close(1012, 'the edge has restarted');
    }
    const session = cluster.resume((hello, events) => {
      const tunnel = new TunnelSocket(latest.webSocket, attachment, hello, events);
      this.#tunnels.set(latest.webSocket, tunnel);
      return tunnel.session;
    });
    for (const webSocket of this.ctx.getWebSockets(tags.viewer)) {
      const viewer = attachmentOf(webSocket);
      if (viewer?.kind !== 'viewer') {
        webSocket.close(1012, 'the edge has restarted');
        continue;
      }
      const relay = new WebSocketRelay(cluster.visits.resumed(session, viewer));
      relay.resume(webSocket, viewer.stream);
      this.#viewers.set(webSocket, relay);
    }
    try {
      session.resync.ask();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      session.close(error.closeCode, error.message);
    }
  }

  #lost(webSocket: WebSocket, code: number, reason: string): void {
    this.#tunnels.get(webSocket)?.session.lost(code, reason);
    this.#tunnels.delete(webSocket);
    this.#viewers.get(webSocket)?.closed(code, reason);
    this.#viewers.delete(webSocket);
    endClose(webSocket, code, reason);
  }
}

/** Our half of the closing handshake (RFC 6455 §5.5.1); 1005 and 1006 are said by sending none. */
function endClose(webSocket: WebSocket, code: number, reason: string): void {
  try {
    if (code === 1005) webSocket.close();
    else if (code !== 1006) webSocket.close(code, reason);
  } catch {
    // It is closed already.
  }
}

function sinceOf(attachment: ReturnType<typeof attachmentOf>): number {
  return attachment?.kind === 'tunnel' ? attachment.since : 0;
}

/** The label in a URL whose host the Worker has matched; undefined: it is the app host's. */
function labelOf(url: string, previewDomain: string): string | undefined {
  const start = url.indexOf('//') + 2;
  const dot = url.indexOf('.', start);
  const end = dot + 1 + previewDomain.length;
  if (url.slice(dot + 1, end).toLowerCase() !== previewDomain) return undefined;
  return url.slice(start, dot).toLowerCase();
}
