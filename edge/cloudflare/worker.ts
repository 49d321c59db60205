/**
 * The way in on Cloudflare: the host names the object, one hop leads to it, and nothing else is
 * decided here. The app host is answered by the Worker itself, which asks the objects.
 */
import type { Hono } from 'hono';
import { fieldOf } from '#protocol/head.ts';
import { renderPage } from '#protocol/pages.ts';
import { appOf } from '../api/app.ts';
import { Door, strangerPage, wayTo } from '../gate/way.ts';
import { bearerOf, clusterKeyOfToken, tunnelShard } from '../objects/tunnel-request.ts';
import { pageResponse } from './answer.ts';
import { fieldsOf, targetOf } from './arrival.ts';
import { EnvironmentFault, settingsOf, type Environment, type Settings } from './environment.ts';
import { keysOf } from './keys.ts';
import { log, version } from './ports.ts';
import { Stubs } from './stubs.ts';

export { ClusterObject } from './cluster-object.ts';
export { OrgObject } from './org-object.ts';

/** Of a new cluster: two objects carry twice what one does, and two sockets cost no more at rest. */
const shards = 2;

interface Edge {
  settings: Settings;
  door: Door;
  stubs: Stubs;
  app: Hono;
}

/** Made once in each isolate; kept as a value, since no request may wait for another one's promise. */
let made: Edge | undefined;

async function make(env: Environment): Promise<Edge> {
  const settings = settingsOf(env);
  const { checkKey, tokenHash } = await keysOf(settings.secret);
  const stubs = new Stubs(env, checkKey);
  const app = appOf({
    objects: stubs,
    shards,
    appUrl: () => settings.appUrl,
    originOf: settings.originOf,
    version,
    operatorHash: await tokenHash.of(settings.operatorToken),
    tokenHash,
    report: (error) => log.warn({ error: error.stack }, 'api'),
  });
  return { settings, door: new Door(settings.hosts), stubs, app };
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
      return stub ? stub.fetch(request) : closed(match.label, request);
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
function closed(label: string, request: Request): Response {
  const { method, url, headers } = request;
  const way = wayTo(undefined, label, method, targetOf(url), fieldsOf(headers));
  if (way.kind !== 'page') throw new Error('a label without an object is relayed');
  return pageResponse(way.page);
}
