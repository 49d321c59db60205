/** What the API takes and gives. The OpenAPI document is made from these, so it cannot drift. */
import { z } from 'zod';
import { maxShards } from '../objects/shards.ts';

const id = z.int().min(0).describe('GitHub’s numeric id');
export const account = z.strictObject({ id, login: z.string().min(1).max(100) });

export const hostName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9._:[\]-]+$/, 'must be a host name or an IP address');

export const ingress = z.strictObject({
  host: hostName.describe('address of the ingress, as the connector reaches it'),
  port: z.int().min(1).max(65_535),
  tls: z.boolean(),
  l5: hostName.describe('layer-5 host: Host header and SNI'),
});

const access = z.enum(['private', 'public']);

/** A day unless said otherwise; what is forgotten must not stay open. */
const publicForS = z
  .int()
  .min(1)
  .max(30 * 24 * 60 * 60)
  .default(24 * 60 * 60)
  .describe('seconds until a public preview is private again');
const clusterKey = z.string().regex(/^[a-z2-7]{8}$/, 'must be a cluster key of 8 characters');

const shards = z
  .int()
  .min(1)
  .max(maxShards)
  .describe('objects that the cluster’s previews are spread over; the connector dials each');

export const newCluster = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a DNS label (RFC 1123)'),
  organisation: account,
  shards: shards.optional(),
});

export const changedCluster = z.strictObject({ shards });

export const cluster = z.object({
  key: clusterKey,
  name: z.string(),
  organisation: account,
  created_at: z.iso.datetime(),
});

export const registeredCluster = cluster.extend({
  token: z.string().describe('connector token, shown this once'),
});

export const clusterStatus = z.object({
  key: clusterKey,
  shards: z.array(
    z.object({
      shard: z.string(),
      awake_since_ms: z.int().describe('when the object was last woken up, since 1970'),
      connected: z.boolean(),
      connector: z.string().describe('software and version; empty while it is away'),
      previews: z.int(),
      streams: z.int().describe('requests and WebSockets that are open'),
      queued_bytes: z.int(),
      held_bytes: z.int(),
      credit_whole: z.boolean(),
    }),
  ),
});

export const newPreview = z.strictObject({
  cluster: clusterKey,
  intercept: z.strictObject({
    id: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits'),
    name: z.string().min(1).max(253),
  }),
  owner: account,
  ingress,
  access: access.default('private'),
  public_for_s: publicForS,
});

export const changedPreview = z.strictObject({ access, public_for_s: publicForS });

export const preview = z.object({
  label: z.string(),
  url: z.url(),
  cluster: clusterKey,
  intercept: z.object({ id: z.string(), name: z.string() }),
  owner: account,
  ingress,
  access,
  public_until: z.iso.datetime().nullable().describe('null while the preview is private'),
  created_at: z.iso.datetime(),
});

export const clusterList = z.object({ clusters: z.array(cluster) });
export const previewList = z.object({ previews: z.array(preview) });

export const errorAnswer = z.object({
  error: z.object({
    code: z.string(),
    status: z.int(),
    title: z.string(),
    detail: z.string(),
    action: z.string(),
  }),
});
