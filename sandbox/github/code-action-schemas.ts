/** What people do with repositories and pull requests, as a test or a demo asks for it. */
import { z } from 'zod';
import { maxBodyChars, reactionContents, repositoryName } from './world-code.ts';

const id = z.int().positive();
const roles = z.enum(['read', 'triage', 'write', 'maintain', 'admin']);

/** False: nobody is told, as when a webhook is lost without a trace. */
const webhook = z.boolean().default(true);
/** Who does it; an administrator when it is left out. */
const login = z.string().optional();
/** `owner/name` of today. */
const repository = z.string();
const words = z.string().min(1).max(maxBodyChars);
const inRepository = { repository, login, webhook };
const onThread = { ...inRepository, number: id };
const onComment = { comment_id: id, login, webhook };

export const codeActionSchemas = [
  /** Answers with `repository_id`. */
  z.strictObject({
    action: z.literal('create_repository'),
    repository,
    private: z.boolean().default(true),
    login,
    webhook,
  }),
  /** Of all branches, to another owner; answers with `repository_id`. */
  z.strictObject({
    action: z.literal('fork_repository'),
    ...inRepository,
    owner: z.string(),
    name: repositoryName.optional(),
  }),
  z.strictObject({ action: z.literal('rename_repository'), ...inRepository, to: repositoryName }),
  /** `to`: the login of the new owner. */
  z.strictObject({ action: z.literal('transfer_repository'), ...inRepository, to: z.string() }),
  z.strictObject({
    action: z.literal('set_visibility'),
    ...inRepository,
    private: z.boolean(),
    /** Besides private: the members of all organisations read it. */
    internal: z.boolean().default(false),
  }),
  z.strictObject({ action: z.literal('delete_repository'), ...inRepository }),
  /** `role`: null takes it from them. */
  z.strictObject({
    action: z.literal('set_collaborator'),
    ...inRepository,
    person: z.string(),
    role: roles.nullable(),
  }),
  /** Answers with `sha`. */
  z.strictObject({
    action: z.literal('push'),
    ...inRepository,
    branch: z.string(),
    sha: z
      .string()
      .regex(/^[0-9a-f]{40}$/)
      .optional(),
    message: z.string().optional(),
    force: z.boolean().optional(),
  }),
  z.strictObject({ action: z.literal('delete_branch'), ...inRepository, branch: z.string() }),
  /** `head`: `branch`, or `owner:branch` of a fork. Answers with `number`. */
  z.strictObject({
    action: z.literal('open_pull_request'),
    ...inRepository,
    head: z.string(),
    base: z.string().optional(),
    title: z.string().default('A change'),
    body: z.string().nullable().default(null),
    draft: z.boolean().default(false),
  }),
  z.strictObject({
    action: z.enum(['close_pull_request', 'reopen_pull_request', 'merge_pull_request']),
    ...onThread,
  }),
  z.strictObject({
    action: z.literal('edit_pull_request'),
    ...onThread,
    title: z.string().optional(),
    body: z.string().nullable().optional(),
    base: z.string().optional(),
  }),
  /** No pull request. Answers with `number`. */
  z.strictObject({
    action: z.literal('open_issue'),
    ...inRepository,
    title: z.string().default('A question'),
    body: z.string().nullable().default(null),
  }),
  /** Answers with `comment_id`. */
  z.strictObject({ action: z.literal('comment'), ...onThread, body: words }),
  z.strictObject({ action: z.literal('edit_comment'), ...onComment, body: words }),
  z.strictObject({ action: z.literal('delete_comment'), ...onComment }),
  z.strictObject({
    action: z.enum(['react', 'unreact']),
    ...onThread,
    comment_id: id.nullable().default(null),
    content: z.enum(reactionContents),
  }),
  /** Presses a button of a check run. */
  z.strictObject({
    action: z.literal('request_check_action'),
    check_run_id: id,
    identifier: z.string(),
    login,
    webhook,
  }),
] as const;

export type CodeAction = z.output<(typeof codeActionSchemas)[number]>;
