/**
 * `POST /api/v1/oidc`: a job of GitHub Actions gets a token for one preview of its organisation, by
 * the proof that GitHub gives it; no workflow stores a secret.
 */
import type { Context, Handler } from 'hono';
import { verifyWorkflowToken, workflowOf, type Workflow } from '../gate/github-oidc.ts';
import { sha256 } from '../gate/digest.ts';
import type { Rate } from '../gate/rate-limit.ts';
import { bodyOf } from './body.ts';
import { ApiError, noPreview, valueOf } from './failure.ts';
import { tooMany } from './guesses.ts';
import { WorkflowKeys } from './jwks.ts';
import { workflowProof } from './schemas.ts';
import type { ApiServices, GitHubAccess } from './services.ts';
import { tokenAnswer } from './tokens.ts';

/** Not those that run with a stranger's words or code and the repository's rights. */
export const workflowEvents = [
  'push',
  'pull_request',
  'workflow_dispatch',
  'schedule',
  'deployment_status',
  'merge_group',
];

export const workflowTokenLifeS = 15 * 60;
/** GitHub's runners share addresses. */
const exchangeRate: Rate = { burst: 120, perMinute: 120 };
/** Full again when no token of that name can be accepted any more: they are refused at ten minutes. */
const onceRate: Rate = { burst: 1, perMinute: 1 / 12 };

export function workflowExchange(services: ApiServices, github: GitHubAccess): Handler {
  const { objects, clock, log } = services;
  const keys = new WorkflowKeys({ ...github, clock, log });
  return async (c) => {
    const wish = await bodyOf(c, workflowProof);
    await mayTry(c);
    const { label } = wish;
    const { workflow, repositoryId } = await proven(wish);
    const shard = objects.clusterOfLabel(label);
    const organisationId = await shard?.organisation();
    const preview = await shard?.find(label);
    // Somebody else's is answered as what never was (threat 36).
    if (organisationId !== workflow.ownerId || !preview) throw noPreview(label);
    const org = objects.org(organisationId);
    const actor = 'github';
    const made = valueOf(
      await org.makeToken(
        {
          kind: 'service',
          name: `github-actions/${repositoryId}`,
          scopes: ['view'],
          binding: { kind: 'preview', label },
          expiresInS: workflowTokenLifeS,
        },
        actor,
      ),
      'BW-5002',
    );
    const { id } = made.record;
    const { event, actorId } = workflow;
    const details = { label, repository_id: repositoryId, event, user_id: actorId };
    await org.note({ actor, action: 'token.oidc', subject: id, details });
    return c.json({ ...tokenAnswer(made.record), token: made.token }, 201);
  };

  async function mayTry(c: Context): Promise<void> {
    const bucket = `oidc-address:${services.addressOf(c)}`;
    const { allowed, retryAfterS } = await objects.identity().take(bucket, exchangeRate);
    if (!allowed) throw tooMany(retryAfterS * 1000);
  }

  /** The job behind the token, which is used up by this. @throws ApiError */
  async function proven({
    token,
    repository_id: repositoryId,
  }: {
    token: string;
    repository_id: number;
  }): Promise<{ workflow: Workflow; repositoryId: number }> {
    const expected = { issuer: github.issuer, audience: services.appUrl() };
    const nowMs = clock.nowMs();
    let verified = await verifyWorkflowToken(token, await keys.get(), expected, nowMs);
    if ('fault' in verified && verified.fault === 'unknown-key') {
      const newer = await keys.newer();
      if (newer) verified = await verifyWorkflowToken(token, newer, expected, nowMs);
    }
    if ('fault' in verified) {
      const { issuer, audience } = expected;
      throw refused(
        `its signature or time is wrong, its issuer is not ${issuer}, or its audience is not ${audience}`,
      );
    }
    const { claims } = verified;
    const found = workflowOf(claims, { ...expected, repositoryId, events: workflowEvents });
    if ('fault' in found) throw refused(found.fault);
    const { workflow } = found;
    const once = `oidc:${await sha256(workflow.jti)}`;
    const { allowed } = await objects.identity().take(once, onceRate);
    if (!allowed) throw refused('it was used before; ask GitHub for another one');
    return { workflow, repositoryId };
  }
}

function refused(reason: string): ApiError {
  return new ApiError('BW-5012', { reason });
}
