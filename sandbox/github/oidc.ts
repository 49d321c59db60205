/**
 * Stands in for `token.actions.githubusercontent.com`, which tells others what a workflow is:
 * https://docs.github.com/en/actions/reference/security/oidc
 */
import { createPublicKey, randomUUID, sign } from 'node:crypto';
import { z } from 'zod';
import { privateKeyFor } from './keys.ts';
import { randomHex } from './random-text.ts';
import type { GitHubState } from './state.ts';

const keyId = 'sandbox-1';
const key = (): string => privateKeyFor('actions');

export const workflowSchema = z.strictObject({
  /** `owner/name`. */
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
  /** Taken from the repository of that name when it is left out. */
  repository_id: z.union([z.string(), z.int()]).transform(String).optional(),
  repository_owner_id: z.union([z.string(), z.int()]).transform(String).optional(),
  event_name: z.string().default('push'),
  ref: z.string().default('refs/heads/main'),
  environment: z.string().optional(),
  actor: z.string().default('alice'),
  /** GitHub's own default is the address of the owner. */
  audience: z.string().optional(),
  /** May be negative: a token of the past. */
  expires_in: z.int().default(300),
  /** Put over what the token would say. */
  claims: z.record(z.string(), z.unknown()).default({}),
});

export type Workflow = z.input<typeof workflowSchema>;

export function discovery(issuer: string) {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks`,
    subject_types_supported: ['public', 'pairwise'],
    response_types_supported: ['id_token'],
    claims_supported: ['sub', 'aud', 'exp', 'iat', 'iss', 'jti', 'nbf', 'ref', 'repository'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid'],
  };
}

export function keySet() {
  const { kty, n, e } = createPublicKey(key()).export({ format: 'jwk' });
  return { keys: [{ kty, use: 'sig', alg: 'RS256', kid: keyId, n, e }] };
}

/** @throws Error naming what is wrong with the request */
export function workflowToken(asked: unknown, issuer: string, state: GitHubState): string {
  const read = workflowSchema.safeParse(asked);
  if (!read.success) throw new Error(`no such workflow: ${z.prettifyError(read.error)}`);
  const claims = claimsOf(read.data, issuer, state);
  const signed = [{ typ: 'JWT', alg: 'RS256', kid: keyId }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${sign('sha256', Buffer.from(signed), key()).toString('base64url')}`;
}

function claimsOf(workflow: z.output<typeof workflowSchema>, issuer: string, state: GitHubState) {
  const { repository, event_name, ref, environment, actor } = workflow;
  const [owner = '', name = ''] = repository.split('/');
  const known = state.repositoryByName(owner, name);
  const now = state.clock.seconds();
  const sha = randomHex(40);
  const path = `${repository}/.github/workflows/ci.yml@${ref}`;
  return {
    jti: randomUUID(),
    sub: `repo:${repository}:${subjectOf(event_name, ref, environment)}`,
    aud: workflow.audience ?? `https://github.com/${owner}`,
    ref,
    sha,
    repository,
    repository_owner: owner,
    repository_owner_id: workflow.repository_owner_id ?? String(known?.owner_id ?? 0),
    run_id: '1',
    run_number: '1',
    run_attempt: '1',
    repository_visibility: known?.private === false ? 'public' : 'private',
    repository_id: workflow.repository_id ?? String(known?.id ?? 0),
    actor_id: String(state.userByLogin(actor)?.id ?? 0),
    actor,
    workflow: 'ci',
    head_ref: '',
    base_ref: '',
    event_name,
    ref_protected: 'false',
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    workflow_ref: path,
    workflow_sha: sha,
    job_workflow_ref: path,
    job_workflow_sha: sha,
    runner_environment: 'github-hosted',
    ...(environment === undefined ? {} : { environment }),
    iss: issuer,
    nbf: now - 600,
    iat: Math.min(now, now + workflow.expires_in),
    exp: now + workflow.expires_in,
    ...workflow.claims,
  };
}

function subjectOf(event: string, ref: string, environment: string | undefined): string {
  if (environment !== undefined) return `environment:${environment}`;
  return event === 'pull_request' ? 'pull_request' : `ref:${ref}`;
}
