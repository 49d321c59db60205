/** What there is on the sandbox's GitHub: people, organisations, apps; also the form of a seed. */
import { z } from 'zod';

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

const organization = z.strictObject({
  id,
  login,
  name: z.string().nullable().default(null),
  members: z.array(member).default([]),
  outside_collaborators: z.array(id).default([]),
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
  permissions: z.record(z.string(), level),
  suspended_at: z.iso.datetime().nullable().default(null),
});

const repository = z.strictObject({
  id,
  /** Of an organisation. */
  owner_id: id,
  name: z.string().regex(/^[\w.-]{1,100}$/),
  private: z.boolean().default(true),
  collaborators: z
    .array(
      z.strictObject({
        user_id: id,
        role_name: z.enum(['read', 'triage', 'write', 'maintain', 'admin']),
      }),
    )
    .default([]),
});

export const worldSchema = z.strictObject({
  users: z.array(user),
  organizations: z.array(organization),
  apps: z.array(app),
  installations: z.array(installation),
  repositories: z.array(repository),
});

/** A world as somebody writes it: what has a default may be left out. */
export type Seed = z.input<typeof worldSchema>;
export type User = z.output<typeof user>;
export type Member = z.output<typeof member>;
export type Organization = z.output<typeof organization>;
export type App = z.output<typeof app> & { private_key: string };
export type Installation = z.output<typeof installation>;
export type Repository = z.output<typeof repository>;
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
}
