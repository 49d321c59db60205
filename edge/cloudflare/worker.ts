/**
 * The way in on Cloudflare: the host names the object, one hop leads to it, and nothing else is
 * decided here. The app host is answered by the Worker itself, which asks the objects.
 */
import type { Hono } from 'hono';
import { fieldOf } from '#protocol/head.ts';
import { renderPage } from '#protocol/pages.ts';
import { appHostOf } from '../app-host.ts';
import type { Gate } from '../gate/gate.ts';
import { Door, strangerPage, wayTo } from '../gate/way.ts';
import { bearerOf, clusterKeyOfToken, tunnelShard } from '../objects/tunnel-request.ts';
import { pageResponse } from './answer.ts';
import { addressOf, fieldsOf, targetOf } from './arrival.ts';
import { EnvironmentFault, type Environment } from './environment.ts';
import { gateOf, type MadeGate } from './gate.ts';
import { log, version } from './ports.ts';
import { textOf } from './text.ts';

export { ClusterObject } from './cluster-object.ts';
export { IdentityObject } from './identity-object.ts';
export { OrgObject } from './org-object.ts';
export { PullRequestObject } from './pull-request-object.ts';

/** Of a new cluster: two objects carry twice what one does, and two sockets cost no more at rest. */
const shards = 2;

interface Edge extends MadeGate {
  door: Door;
  app: Hono;
}

/** Made once in each isolate; kept as a value, since no request may wait for another one's promise. */
let made: Edge | undefined;

async function make(env: Environment): Promise<Edge> {
  const all = await gateOf(env);
  const { settings, secrets, stubs, gate } = all;
  const { operatorTokens, github, actionsIssuer } = settings;
  const app = await appHostOf({
    objects: stubs,
    ...{ gate, secrets, operatorTokens, github, actionsIssuer, shards, version },
    addressOf: (c) => addressOf(c.req.raw),
    report: (error) => log.warn({ error: error.stack }, 'api'),
  });
  return { ...all, door: new Door(settings.hosts), app };
}

export default {
  async fetch(request: Request, env: Environment): Promise<Response> {
    let edge: Edge;
    try {
      edge = made ??= await make(env);
    } catch (error) {
      if (!(error instanceof EnvironmentFault)) throw error;
      log.warn({ error: error.message }, 'the Worker is not configured');
      return pageResponse(renderPage('BW-9001', {}, request.headers.get('accept') ?? undefined));
    }
    const host = request.headers.get('host');
    const match = host === null ? undefined : edge.door.match(host);
    if (match?.kind === 'label') {
      const stub = edge.stubs.ofLabel(match.label);
      return stub ? stub.fetch(request) : closed(edge.gate, match.label, request);
    }
    if (match) return app(edge, request, targetOf(request.url));
    const { previewDomain } = edge.settings.hosts;
    const hosts = host === null ? [] : [host];
    return pageResponse(strangerPage(hosts, previewDomain, fieldsOf(request.headers)).page);
  },
};

function app(
  { app: hono, stubs }: Edge,
  request: Request,
  target: string,
): Promise<Response> | Response {
  const shard = tunnelShard(target);
  if (shard === undefined) return hono.fetch(request);
  const upgrade = request.headers.get('upgrade')?.toLowerCase() === 'websocket';
  const key = clusterKeyOfToken(bearerOf(request.headers.get('authorization')) ?? '');
  const stub = key === undefined ? undefined : stubs.shard(key, shard);
  if (!upgrade || !stub) {
    return pageResponse(renderPage('BW-5001', {}, fieldOf(fieldsOf(request.headers), 'accept')));
  }
  return stub.fetch(request);
}

/** As an object answers for a label that it never issued. */
function closed(gate: Gate, label: string, request: Request): Promise<Response> {
  const { method, url, headers, body } = request;
  const text = (maxBytes: number) => textOf(body, maxBytes);
  const asked = { label, method, target: targetOf(url), fields: fieldsOf(headers), text };
  return new Promise((resolve, reject) => {
    wayTo(gate, undefined, asked, (way) => {
      if (way.kind === 'page') resolve(pageResponse(way.page));
      else reject(new Error('a label without an object is relayed'));
    });
  });
}
