/** What the API takes and gives. The OpenAPI document is made from these, so it cannot drift. */
import { z } from 'zod';
import { allScopes } from '../login/scopes.ts';
import { pullSearches } from '../objects/pull-search.ts';
import { maxShards } from '../objects/shards.ts';
import { policyPatch, policyShape } from '../objects/stores/policy.ts';
import { maxTokenLifeS, minTokenLifeS } from '../objects/stores/token-record.ts';
import { maxGraceMs } from '../objects/stores/tokens.ts';

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

const gate = z
  .enum(['org', 'repo'])
  .describe(
    'who may see it while it is private: members of the organisation, or its owner and whoever may read the repository of its pull requests; in a public repository its collaborators',
  );

const publicForS = z
  .int()
  .min(1)
  .max(30 * 24 * 60 * 60)
  .describe(
    'seconds until a public preview is private again: a day unless said otherwise, and never more than the organisation allows',
  );
const clusterKey = z.string().regex(/^[a-z2-7]{8}$/, 'must be a cluster key of 8 characters');

const shards = z
  .int()
  .min(1)
  .max(maxShards)
  .describe('objects that the cluster’s previews are spread over; the connector dials each');

export const newCluster = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a DNS label (RFC 1123)'),
  organisation: account.optional().describe('must be given by the operator'),
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
      banners: z
        .object({ styled: z.int(), plain: z.int(), none: z.int() })
        .describe('pages since then: with the banner, with it in plain, without'),
      streams: z.int().describe('requests and WebSockets that are open'),
      queued_bytes: z.int(),
      held_bytes: z.int(),
      credit_whole: z.boolean(),
    }),
  ),
});

const repositoryName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,100}\/[A-Za-z0-9._-]{1,200}$/, 'must be owner/name at GitHub');
const pullNumber = z.int().positive().max(2_147_483_647);

export const source = z
  .strictObject({
    remotes: z.array(repositoryName).max(10).default([]),
    owner: z.string().min(1).max(100).optional().describe('of the repository that is pushed to'),
    branch: z.string().min(1).max(255).optional().describe('that is pushed to'),
    sha: z
      .string()
      .regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/, 'must be a commit’s full hash')
      .optional(),
    pr: z
      .union([
        z.strictObject({ repository: repositoryName, number: pullNumber }),
        pullNumber.describe('in the first remote'),
        z.literal('none'),
      ])
      .optional()
      .describe('the pull request that shows it; left out: found by branch and commit'),
  })
  .describe('the working copy that the preview is of');

export const newPreview = z.strictObject({
  cluster: clusterKey,
  intercept: z.strictObject({
    id: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits'),
    name: z.string().min(1).max(253),
  }),
  owner: account.optional().describe('people leave it out; services and the operator name it'),
  ingress,
  access: access.default('private'),
  public_for_s: publicForS.optional(),
  banner: z.boolean().default(true).describe('a line at the bottom of pages: whose preview it is'),
  source: source.optional(),
  gate: gate.optional(),
});

export const newGuest = z.strictObject({
  user_id: z
    .int()
    .positive()
    .describe('GitHub’s numeric id of somebody who asks, or is in already'),
  for_s: z
    .int()
    .min(60)
    .max(30 * 24 * 60 * 60)
    .optional()
    .describe('from now on; 4 hours unless said otherwise'),
});

export const changedPreview = z
  .strictObject({
    access: access.optional(),
    public_for_s: publicForS.optional(),
    gate: gate.optional(),
  })
  .refine(({ access: to, gate: by }) => to !== undefined || by !== undefined, {
    error: 'access or gate must be given',
  })
  .refine(({ access: to, public_for_s: time }) => to !== undefined || time === undefined, {
    error: 'public_for_s goes with access',
  });

export const preview = z.object({
  label: z.string(),
  url: z.url(),
  cluster: clusterKey,
  intercept: z.object({ id: z.string(), name: z.string() }),
  owner: account,
  ingress,
  access,
  public_until: z.iso.datetime().nullable().describe('null while the preview is private'),
  banner: z.boolean(),
  source: source.nullable(),
  gate,
  pulls: z
    .array(
      z.object({
        repository: z.string().describe('owner/name'),
        repository_id: id,
        number: z.int(),
        url: z.url().nullable().describe('null where the edge knows no GitHub any more'),
        since: z.iso.datetime(),
      }),
    )
    .describe('pull requests that show it'),
  pull_search: z
    .enum(pullSearches)
    .nullable()
    .describe(
      'what came of looking for them: looking, as GitHub has not answered yet; found; none has its branch or commit, and it is shown at one that opens later; of one that was named: closed, or no-pull by that number; no-repository that its owner may read has the app; the organisation has no-app. null: nobody has looked',
    ),
  allowed: z
    .array(z.object({ user: account, until: z.iso.datetime() }))
    .describe('people who were let in one by one'),
  askers: z.array(account).describe('people who were denied and ask to be let in'),
  hits: z.int().describe('requests that were let in'),
  last_viewers: z
    .array(
      z.object({
        kind: z.enum(['person', 'token']),
        id: z.string().describe('GitHub’s numeric id, or the id of the token'),
        login: z.string().nullable(),
        at: z.iso.datetime().describe('in whole minutes'),
      }),
    )
    .describe('who was let in by name last, the latest first; hidden from services'),
  last_used_at: z.iso.datetime().nullable(),
  expires_at: z.iso.datetime().nullable().describe('it ends then, unless it is extended'),
  idle_expires_at: z.iso.datetime().nullable().describe('it ends then, unless it is used before'),
  created_at: z.iso.datetime(),
});

const scope = z.enum(allScopes);
const tokenKind = z.enum(['connector', 'service', 'personal']);
const tokenId = z.string().regex(/^[0-9A-Za-z]{12}$/);
const label = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be the label of a preview');
const repositoryId = z.int().positive().describe('GitHub’s numeric id of a repository');

/** A token is bound to one of cluster, preview and repository, or to nothing smaller than all. */
export const newToken = z.strictObject({
  kind: tokenKind,
  name: z.string().min(1).max(100),
  scopes: z.array(scope).min(1).max(allScopes.length).optional(),
  cluster: clusterKey.optional(),
  preview: label.optional(),
  repository_id: repositoryId.optional(),
  expires_in_s: z
    .int()
    .min(minTokenLifeS)
    .max(maxTokenLifeS)
    .optional()
    .describe('30 days unless said otherwise; a connector’s token lives until it is revoked'),
  organisation: id.optional().describe('must be given by the operator'),
});

export const rotation = z.strictObject({
  grace_s: z
    .int()
    .min(0)
    .max(maxGraceMs / 1000)
    .optional()
    .describe('for how long the former secret is good as well; a day unless said otherwise'),
});

export const token = z.object({
  id: tokenId,
  kind: tokenKind,
  name: z.string(),
  scopes: z.array(scope),
  cluster: clusterKey.nullable(),
  preview: label.nullable(),
  repository_id: repositoryId.nullable(),
  expires_at: z.iso.datetime().nullable(),
  last_used_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
  creator: account.nullable().describe('null: the operator, or a workflow'),
});

export const tokenList = z.object({ tokens: z.array(token) });
export const madeToken = token.extend({ token: z.string().describe('shown this once') });

export const workflowProof = z.strictObject({
  token: z
    .string()
    .min(1)
    .max(16 * 1024)
    .describe('what GitHub Actions gave to the job'),
  label,
  repository_id: repositoryId,
});

export const me = z.object({
  kind: z.enum(['operator', 'person', 'service']),
  user: account.nullable(),
  organisation: account.nullable(),
  scopes: z.array(scope),
});

export { policyPatch as policyChange, policyShape as policy };

export const auditPage = z.object({
  entries: z.array(
    z.object({
      id: z.string(),
      at: z.iso.datetime(),
      actor: z.string().describe('gh:<numeric id>, token:<id>, operator, github or edge'),
      action: z.string(),
      subject: z.string(),
      details: z.record(z.string(), z.unknown()),
    }),
  ),
  next: z.string().nullable().describe('cursor of the next, older page; null: there is none'),
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
