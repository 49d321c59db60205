/** What apps say about commits: deployments and checks; also the form of a seed. */
import { z } from 'zod';

const id = z.int().positive();
const sha = z.string().regex(/^[0-9a-f]{40}$/);
const author = { user_id: id.nullable().default(null), app_id: id.nullable().default(null) };
const time = z.iso.datetime().default('2024-01-01T00:00:00Z');

const deploymentStatusSchema = z.strictObject({
  id,
  state: z.string(),
  description: z.string().default(''),
  target_url: z.string().default(''),
  log_url: z.string().default(''),
  environment: z.string(),
  environment_url: z.string().default(''),
  created_at: time,
  ...author,
});

export const deploymentSchema = z.strictObject({
  id,
  repository_id: id,
  sha,
  ref: z.string(),
  task: z.string().default('deploy'),
  payload: z.unknown(),
  environment: z.string().default('production'),
  description: z.string().nullable().default(null),
  transient_environment: z.boolean().default(false),
  production_environment: z.boolean().default(false),
  created_at: time,
  /** Oldest first. */
  statuses: z.array(deploymentStatusSchema).default([]),
  ...author,
});

const text = z.string().nullable().default(null);

export const checkRunSchema = z.strictObject({
  id,
  repository_id: id,
  app_id: id,
  head_sha: sha,
  name: z.string(),
  details_url: z.string(),
  external_id: z.string().default(''),
  status: z.string(),
  conclusion: text,
  started_at: time,
  completed_at: text,
  output: z.strictObject({ title: text, summary: text, text }).prefault({}),
  /** Buttons: at most three. */
  actions: z
    .array(z.strictObject({ label: z.string(), description: z.string(), identifier: z.string() }))
    .max(3)
    .default([]),
});

export type DeploymentStatus = z.output<typeof deploymentStatusSchema>;
export type Deployment = z.output<typeof deploymentSchema>;
export type CheckRun = z.output<typeof checkRunSchema>;
