/** What the edge reads of GitHub's answers about repositories and pull requests. */
import { z } from 'zod';
import type { Comment, Pull, Repository } from '#github-app/ports.ts';
import { account, id } from './shapes.ts';

const timeMs = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const repositoryShape = z.object({ id, name: z.string().min(1), owner: account });

export const repository: z.ZodType<Repository> = repositoryShape.transform(
  ({ id: repositoryId, name, owner }) => ({ id: repositoryId, name, owner: plain(owner) }),
);

/** A fork that was deleted leaves null; lists leave `pushed_at` out at times. */
const headRepository = repositoryShape.extend({ pushed_at: timeMs.nullish() }).nullable();

/** A deleted account is GitHub's `ghost`, or null. */
const ghost = { id: 10_137, login: 'ghost' };

export const pull: z.ZodType<Pull> = z
  .object({
    number: id,
    state: z.string(),
    closed_at: timeMs.nullish(),
    user: account.nullable(),
    head: z.object({ sha: z.string().min(1), ref: z.string().min(1), repo: headRepository }),
    base: z.object({ repo: repositoryShape }),
  })
  .transform(({ number, state, closed_at: closedMs, user, head, base }) => ({
    number,
    state: state === 'closed' ? 'closed' : 'open',
    closedMs: closedMs ?? undefined,
    author: plain(user ?? ghost),
    head: {
      sha: head.sha,
      branch: head.ref,
      repository: head.repo
        ? { id: head.repo.id, owner: plain(head.repo.owner), pushedMs: head.repo.pushed_at ?? 0 }
        : undefined,
    },
    base: { repository: { id: base.repo.id, name: base.repo.name, owner: plain(base.repo.owner) } },
  }));
export const pulls = z.array(pull);

export const comment: z.ZodType<Comment> = z
  .object({
    id,
    body: z.string().nullish(),
    user: z.object({ type: z.string() }).nullable(),
    performed_via_github_app: z.object({ id }).nullish(),
  })
  .transform(({ id: commentId, body, user, performed_via_github_app: app }) => ({
    id: commentId,
    body: body ?? '',
    authorType: user?.type ?? '',
    appId: app?.id,
  }));
export const comments = z.array(comment);

export const made = z.object({ id });
export const permission = z.object({
  permission: z.enum(['admin', 'write', 'read', 'none']),
  user: z.object({ id }).nullable(),
});

function plain({ id: accountId, login }: { id: number; login: string }) {
  return { id: accountId, login };
}
