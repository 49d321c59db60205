/** What there is on the sandbox's GitHub: people, organisations, apps; also the form of a seed. */
import { z } from 'zod';
import {
  commentSchema,
  commitSchema,
  happeningSchema,
  issueSchema,
  pullRequestSchema,
  reactionSchema,
  repositorySchema,
  type Comment,
  type Commit,
  type Happening,
  type Issue,
  type PullRequest,
  type Reaction,
  type Repository,
} from './world-code.ts';
import {
  checkRunSchema,
  deploymentSchema,
  type CheckRun,
  type Deployment,
} from './world-states.ts';

const id = z.int().positive();
/** GitHub's rule for logins and slugs, seen from outside. */
const login = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?$/);
const level = z.enum(['read', 'write', 'admin']);

const user = z.strictObject({ id, login, name: z.string().nullable().default(null) });

const member = z.strictObject({
  user_id: id,
  role: z.enum(['admin', 'member', 'billing_manager']).default('member'),
  state: z.enum(['active', 'pending']).default('active'),
  /** Shown to people outside the organisation. */
  public: z.boolean().default(false),
  /** The organisation asks for single sign-on and this person has no session of it. */
  saml: z.boolean().default(false),
});

export const basePermission = z.enum(['none', 'read', 'write', 'admin']);

const organization = z.strictObject({
  id,
  login,
  name: z.string().nullable().default(null),
  members: z.array(member).default([]),
  /** Besides those who are in the repositories' own lists. */
  outside_collaborators: z.array(id).default([]),
  /** What every member may do in every repository. */
  default_repository_permission: basePermission.default('read'),
});

const app = z.strictObject({
  id,
  slug: login,
  name: z.string(),
  owner_id: id,
  client_id: z.string().min(1),
  client_secret: z.string().min(1),
  webhook_secret: z.string().min(1),
  /** Null: events are not sent. */
  webhook_url: z.url().nullable().default(null),
  callback_urls: z.array(z.url()).max(10).default([]),
  /** Where people are sent who have installed it. */
  setup_url: z.url().nullable().default(null),
  /** PEM, PKCS#1, as GitHub hands it out; made when it is missing. */
  private_key: z.string().optional(),
  permissions: z.record(z.string(), level),
  events: z.array(z.string()),
});

const installation = z.strictObject({
  id,
  app_id: id,
  /** Of an organisation. */
  account_id: id,
  /** Null: all repositories of the account. */
  repository_ids: z.array(id).nullable().default(null),
  permissions: z.record(z.string(), level),
  suspended_at: z.iso.datetime().nullable().default(null),
});

export const worldSchema = z.strictObject({
  users: z.array(user),
  organizations: z.array(organization),
  apps: z.array(app),
  installations: z.array(installation),
  repositories: z.array(repositorySchema),
  commits: z.array(commitSchema).default([]),
  issues: z.array(issueSchema).default([]),
  pull_requests: z.array(pullRequestSchema).default([]),
  comments: z.array(commentSchema).default([]),
  reactions: z.array(reactionSchema).default([]),
  happenings: z.array(happeningSchema).default([]),
  deployments: z.array(deploymentSchema).default([]),
  check_runs: z.array(checkRunSchema).default([]),
});

/** A world as somebody writes it: what has a default may be left out. */
export type Seed = z.input<typeof worldSchema>;
/** As it was read: what follows from the rest is not there yet. */
export type ReadSeed = z.output<typeof worldSchema>;
export type User = z.output<typeof user>;
export type Member = z.output<typeof member>;
export type Organization = z.output<typeof organization>;
export type App = z.output<typeof app> & { private_key: string };
export type Installation = z.output<typeof installation>;
/** Who may own a repository. */
export type Account = User | Organization;
export type Permissions = Installation['permissions'];
export type Level = z.output<typeof level>;

/** From little to much. */
export const levels: readonly Level[] = level.options;

export interface World {
  users: User[];
  organizations: Organization[];
  apps: App[];
  installations: Installation[];
  repositories: Repository[];
  commits: Commit[];
  issues: Issue[];
  pull_requests: PullRequest[];
  comments: Comment[];
  reactions: Reaction[];
  happenings: Happening[];
  deployments: Deployment[];
  check_runs: CheckRun[];
}

export type * from './world-code.ts';
export type * from './world-states.ts';
