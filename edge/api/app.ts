/** The app host: health, OpenAPI document and `/api/v1`. */
import { Hono, type Context } from 'hono';
import type { z } from 'zod';
import { errorBody, type ErrorCode, type ErrorParameters } from '#protocol/errors.ts';
import { RequestError } from '#protocol/requests.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Preview } from '../cluster/previews.ts';
import { NameTaken, type Org } from '../org/org.ts';
import type { TokenHash } from '../ports.ts';
import { openApi } from './openapi.ts';
import { changedPreview, newCluster, newPreview } from './schemas.ts';

/** The API's way to the objects. A label or key that fails its check leads nowhere. */
export interface Directory {
  org(id: number): Org;
  /** undefined: no such cluster. */
  cluster(key: string): Cluster | undefined;
  clusterOfLabel(label: string): Cluster | undefined;
  /** Makes the object of a new cluster. False: the key has one already, whoever's it is. */
  claimCluster(key: string, organisationId: number): boolean;
  /** Ends a cluster: tokens, previews, tunnel. False: there is no such cluster. */
  removeCluster(key: string): boolean;
}

export interface ApiServices {
  directory: Directory;
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
  const { directory } = services;
  const report = services.report ?? ((error: Error) => console.error(error));
  const app = new Hono();
  app.notFound((c) => failure(c, 'BW-1005', { path: c.req.path }));
  app.onError((error, c) => {
    if (error instanceof ApiError) return failure(c, error.code, error.parameters);
    if (error instanceof NameTaken) return failure(c, 'BW-5004', { reason: error.message });
    if (error instanceof RequestError) return failure(c, 'BW-5005', { reason: error.message });
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
    const { name, organisation } = await bodyOf(c, newCluster);
    const org = directory.org(organisation.id);
    const { cluster, token } = await org.register(name, organisation.login, (key) =>
      directory.claimCluster(key, organisation.id),
    );
    return c.json({ ...cluster, token }, 201);
  });
  app.get('/api/v1/clusters', (c) => {
    const text = c.req.query('organisation') ?? '';
    if (!/^\d{1,15}$/.test(text)) {
      throw new ApiError('BW-5002', { reason: 'organisation: must be a numeric organisation id' });
    }
    return c.json({ clusters: directory.org(Number(text)).clusters() });
  });

  app.delete('/api/v1/clusters/:key', (c) => {
    const key = c.req.param('key');
    if (!directory.removeCluster(key)) throw noCluster(key);
    return c.body(null, 204);
  });

  app.post('/api/v1/previews', async (c) => {
    const input = await bodyOf(c, newPreview);
    const { cluster: key, ...rest } = input;
    const cluster = clusterOf(key);
    return c.json(previewOf(cluster, await cluster.create(rest)), 201);
  });
  app.get('/api/v1/previews', (c) => {
    const cluster = clusterOf(c.req.query('cluster') ?? '');
    return c.json({ previews: cluster.previews.list().map((each) => previewOf(cluster, each)) });
  });
  app.get('/api/v1/previews/:label', (c) => c.json(livePreview(c.req.param('label'))));
  app.patch('/api/v1/previews/:label', async (c) => {
    const label = c.req.param('label');
    livePreview(label);
    const { access } = await bodyOf(c, changedPreview);
    directory.clusterOfLabel(label)?.setAccess(label, access);
    return c.json(livePreview(label));
  });
  app.delete('/api/v1/previews/:label', (c) => {
    const label = c.req.param('label');
    if (!directory.clusterOfLabel(label)?.remove(label)) throw noPreview(label);
    return c.body(null, 204);
  });
  return app;

  function clusterOf(key: string): Cluster {
    const cluster = directory.cluster(key);
    if (cluster?.previews.organisationId === undefined) throw noCluster(key);
    return cluster;
  }

  function livePreview(label: string) {
    const cluster = directory.clusterOfLabel(label);
    const preview = cluster?.previews.find(label);
    if (!cluster || !preview) throw noPreview(label);
    return previewOf(cluster, preview);
  }

  function previewOf(cluster: Cluster, preview: Preview) {
    const { createdMs, ...rest } = preview;
    return {
      ...rest,
      url: services.originOf(preview.label),
      cluster: cluster.key,
      created_at: new Date(createdMs).toISOString(),
    };
  }
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
