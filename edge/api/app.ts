/** The app host: health, OpenAPI document and `/api/v1`. */
import { Hono, type Context } from 'hono';
import type { z } from 'zod';
import { errorBody, type ErrorCode, type ErrorParameters } from '#protocol/errors.ts';
import { clusterKeyOfLabel } from '#protocol/label.ts';
import type { ClusterCalls, Objects, Outcome, Preview, Refusal } from '../objects/calls.ts';
import type { TokenHash } from '../ports.ts';
import { openApi } from './openapi.ts';
import { changedCluster, changedPreview, newCluster, newPreview } from './schemas.ts';

export interface ApiServices {
  objects: Objects;
  /** Of a new cluster. */
  shards: number;
  appUrl(): string;
  originOf(label: string): string;
  version: string;
  /** Hash of the operator token. */
  operatorHash: string;
  tokenHash: TokenHash;
  /** Hears of faults of our own; by default they go to the engine's console. */
  report?(error: Error): void;
}

const maxBodyBytes = 64 * 1024;

/** Ends the handling of a request with a row of the error table. */
class ApiError extends Error {
  readonly code: ErrorCode;
  readonly parameters: ErrorParameters;
  constructor(code: ErrorCode, parameters: ErrorParameters = {}) {
    super(code);
    this.code = code;
    this.parameters = parameters;
  }
}

export function appOf(services: ApiServices): Hono {
  const { objects } = services;
  const report = services.report ?? ((error: Error) => console.error(error));
  const app = new Hono();
  app.notFound((c) => failure(c, 'BW-1005', { path: c.req.path }));
  app.onError((error, c) => {
    if (error instanceof ApiError) return failure(c, error.code, error.parameters);
    report(error);
    return failure(c, 'BW-9001', {});
  });
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/api/v1/openapi.json', (c) => c.json(openApi(services.appUrl(), services.version)));
  app.use('/api/v1/*', async (c, next) => {
    const bearer = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(c.req.header('authorization') ?? '')?.[1];
    // Both sides are keyed hashes, so that the comparison tells nothing about the token.
    if (!bearer || (await services.tokenHash.of(bearer)) !== services.operatorHash) {
      throw new ApiError('BW-5001');
    }
    await next();
  });

  app.post('/api/v1/clusters', async (c) => {
    const { name, organisation, shards = services.shards } = await bodyOf(c, newCluster);
    const made = await objects.org(organisation.id).register(name, organisation.login, shards);
    const { cluster, token } = valueOf(made);
    return c.json({ ...cluster, token }, 201);
  });
  app.get('/api/v1/clusters', async (c) => {
    const text = c.req.query('organisation') ?? '';
    if (!/^\d{1,15}$/.test(text)) {
      throw new ApiError('BW-5002', { reason: 'organisation: must be a numeric organisation id' });
    }
    return c.json({ clusters: await objects.org(Number(text)).clusters() });
  });
  app.get('/api/v1/clusters/:key', async (c) => {
    const key = c.req.param('key');
    const status = await clusterOf(key).status();
    if (!status) throw noCluster(key);
    return c.json({ key, shards: status });
  });
  app.patch('/api/v1/clusters/:key', async (c) => {
    const key = c.req.param('key');
    const { shards } = await bodyOf(c, changedCluster);
    const now = valueOf(await clusterOf(key).raiseShards(shards), key);
    if (now > shards) {
      const reason = `shards: the cluster has ${now}; the number is never lowered`;
      throw new ApiError('BW-5004', { reason });
    }
    return c.json({ key, shards: (await clusterOf(key).status()) ?? [] });
  });
  app.delete('/api/v1/clusters/:key', async (c) => {
    const key = c.req.param('key');
    if (!(await clusterOf(key).retire())) throw noCluster(key);
    return c.body(null, 204);
  });

  app.post('/api/v1/previews', async (c) => {
    const { cluster: key, public_for_s: publicForS, ...rest } = await bodyOf(c, newPreview);
    const made = await clusterOf(key).create({ ...rest, publicForS });
    return c.json(previewOf(valueOf(made, key)), 201);
  });
  app.get('/api/v1/previews', async (c) => {
    const key = c.req.query('cluster') ?? '';
    const previews = await clusterOf(key).list();
    if (!previews) throw noCluster(key);
    return c.json({ previews: previews.map((each) => previewOf(each)) });
  });
  app.get('/api/v1/previews/:label', async (c) => {
    const label = c.req.param('label');
    return c.json(livePreview(label, await objects.clusterOfLabel(label)?.find(label)));
  });
  app.patch('/api/v1/previews/:label', async (c) => {
    const label = c.req.param('label');
    const shard = objects.clusterOfLabel(label);
    livePreview(label, await shard?.find(label));
    const { access, public_for_s: publicForS } = await bodyOf(c, changedPreview);
    return c.json(livePreview(label, await shard?.setAccess(label, { access, publicForS })));
  });
  app.delete('/api/v1/previews/:label', async (c) => {
    const label = c.req.param('label');
    if (!(await objects.clusterOfLabel(label)?.remove(label))) throw noPreview(label);
    return c.body(null, 204);
  });
  return app;

  function clusterOf(key: string): ClusterCalls {
    const cluster = objects.cluster(key);
    if (!cluster) throw noCluster(key);
    return cluster;
  }

  function livePreview(label: string, preview: Preview | undefined) {
    if (!preview) throw noPreview(label);
    return previewOf(preview);
  }

  function previewOf({ createdMs, publicUntilMs, ...rest }: Preview) {
    return {
      ...rest,
      public_until: rest.access === 'public' ? new Date(publicUntilMs).toISOString() : null,
      url: services.originOf(rest.label),
      cluster: clusterKeyOfLabel(rest.label),
      created_at: new Date(createdMs).toISOString(),
    };
  }
}

const refusalCodes = { taken: 'BW-5004', refused: 'BW-5005', missing: 'BW-5003' } as const;

function valueOf<T>(outcome: Outcome<T>, key = ''): T {
  if (outcome.ok) return outcome.value;
  const { kind, reason }: Refusal = outcome.refusal;
  if (kind === 'missing') throw noCluster(key);
  throw new ApiError(refusalCodes[kind], { reason });
}

function noCluster(key: string): ApiError {
  return new ApiError('BW-5003', { reason: `there is no cluster “${key}”` });
}

function noPreview(label: string): ApiError {
  return new ApiError('BW-5003', { reason: `there is no live preview “${label}”` });
}

async function bodyOf<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const announced = Number(c.req.header('content-length') ?? 0);
  if (announced > maxBodyBytes) throw new ApiError('BW-5006', { limit: maxBodyBytes });
  const text = await boundedText(c);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiError('BW-5002', { reason: 'the body is not JSON' });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const reason = result.error.issues
    .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
    .join('; ');
  throw new ApiError('BW-5002', { reason });
}

async function boundedText(c: Context): Promise<string> {
  let bytes = 0;
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of c.req.raw.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new ApiError('BW-5006', { limit: maxBodyBytes });
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function failure(c: Context, code: ErrorCode, parameters: ErrorParameters): Response {
  const body = errorBody(code, parameters);
  if (code === 'BW-5001') c.header('www-authenticate', 'Bearer');
  c.header('cache-control', 'no-store');
  return c.json(body, body.error.status as 400);
}
