/** The part of a world that is code and talk about it; also the form of a seed. */
import { z } from 'zod';

const id = z.int().positive();
const sha = z.string().regex(/^[0-9a-f]{40}$/);
const time = z.iso.datetime().default('2024-01-01T00:00:00Z');
/** Git's rule for names of branches, as far as it matters here. */
const ref = z.string().regex(/^[\w.][\w./-]{0,243}$/);
/** A person, an app in its own name (no person), or a person through an app. */
const author = { user_id: id.nullable().default(null), app_id: id.nullable().default(null) };
/** Made when it is missing. */
const madeId = id.optional();

export const repositoryName = z.string().regex(/^[\w.-]{1,100}$/, 'is no name of a repository');

export const repositorySchema = z.strictObject({
  id,
  /** Of an organisation or a person. */
  owner_id: id,
  name: repositoryName,
  private: z.boolean().default(true),
  /** Private, and read by the members of all organisations: the sandbox is one enterprise. */
  internal: z.boolean().default(false),
  collaborators: z
    .array(
      z.strictObject({
        user_id: id,
        role_name: z.enum(['read', 'triage', 'write', 'maintain', 'admin']),
      }),
    )
    .default([]),
  default_branch: ref.default('main'),
  /** The repository of which this is a fork. */
  fork_of: id.nullable().default(null),
  /** Left out: the default branch with a commit. Empty: nothing was ever pushed. */
  branches: z.array(z.strictObject({ name: ref, sha })).optional(),
  /** Names that it had; they lead to it until somebody else takes them. */
  former_names: z.array(z.strictObject({ owner: z.string(), name: z.string() })).default([]),
});

/** Commits are of no repository: forks share them, as on GitHub. */
export const commitSchema = z.strictObject({
  sha,
  /** The first is that of the branch, others were merged into it. */
  parents: z.array(sha).default([]),
  message: z.string().default('Work'),
  user_id: id.nullable().default(null),
  created_at: time,
});

const thread = {
  id: madeId,
  repository_id: id,
  /** Counted in a repository, issues and pull requests together. */
  number: id,
  title: z.string().default('A change'),
  body: z.string().nullable().default(null),
  user_id: id,
  state: z.enum(['open', 'closed']).default('open'),
  created_at: time,
  updated_at: time,
  closed_at: z.iso.datetime().nullable().default(null),
};

export const issueSchema = z.strictObject(thread);

export const pullRequestSchema = z.strictObject({
  ...thread,
  draft: z.boolean().default(false),
  head: z.strictObject({
    /** Left out: that of the pull request. Null: a fork that is gone. */
    repository_id: id.nullable().optional(),
    /** Of the repository's owner; stays when the fork goes. */
    owner_id: id.optional(),
    ref,
    /** Left out: where the branch is. */
    sha: sha.optional(),
  }),
  base: z.strictObject({ ref: ref.default('main'), sha: sha.optional() }).prefault({}),
  merged_at: z.iso.datetime().nullable().default(null),
  merged_by_id: id.nullable().default(null),
  merge_commit_sha: sha.nullable().default(null),
});

/** Of a comment; more is 422. */
export const maxBodyChars = 65_536;

export const commentSchema = z.strictObject({
  id: madeId,
  repository_id: id,
  /** Of the issue or pull request. */
  number: id,
  body: z.string(),
  ...author,
  created_at: time,
  updated_at: time,
});

export const reactionContents = [
  '+1',
  '-1',
  'laugh',
  'confused',
  'heart',
  'hooray',
  'rocket',
  'eyes',
] as const;

export const reactionSchema = z.strictObject({
  id: madeId,
  repository_id: id,
  number: id,
  /** Null: on the issue or pull request itself. */
  comment_id: id.nullable().default(null),
  content: z.enum(reactionContents),
  ...author,
  created_at: time,
});

/** What a timeline shows besides words and deployments. */
export const happeningSchema = z.strictObject({
  id: madeId,
  repository_id: id,
  number: id,
  what: z.enum([
    'closed',
    'reopened',
    'merged',
    'pushed',
    'force_pushed',
    'renamed',
    'retargeted',
    'branch_deleted',
  ]),
  /** A commit, a title or a branch, as `what` has it: what was there before. */
  from: z.string().nullable().default(null),
  /** What is there since. */
  to: z.string().nullable().default(null),
  ...author,
  created_at: time,
});

type Made<Value extends { id?: unknown }> = Omit<Value, 'id'> & { id: number };

export interface Branch {
  readonly name: string;
  sha: string;
}
export interface Repository extends Omit<z.output<typeof repositorySchema>, 'branches'> {
  branches: Branch[];
}
export type Commit = z.output<typeof commitSchema>;
export type Issue = Made<z.output<typeof issueSchema>>;
export type SeededPullRequest = z.output<typeof pullRequestSchema>;
export interface PullRequest extends Omit<Made<SeededPullRequest>, 'head' | 'base'> {
  head: { repository_id: number | null; owner_id: number; ref: string; sha: string };
  base: { ref: string; sha: string };
}
export type Thread = Issue | PullRequest;
export type Comment = Made<z.output<typeof commentSchema>>;
export type Reaction = Made<z.output<typeof reactionSchema>>;
export type Happening = Made<z.output<typeof happeningSchema>>;
export type ReactionContent = Reaction['content'];
export type Author = Pick<Comment, 'user_id' | 'app_id'>;
