/** What people do on GitHub that an app cares about, as a test or a demo asks for it. */
import { z } from 'zod';
import { codeActionSchemas } from './code-action-schemas.ts';
import { basePermission } from './world.ts';

const org = z.string();
const login = z.string();
const id = z.int().positive();
/** False: nobody is told, as when a webhook is lost without a trace. */
const webhook = z.boolean().default(true);
const permissions = z.record(z.string(), z.enum(['read', 'write', 'admin']));

export const actionSchema = z.discriminatedUnion('action', [
  ...codeActionSchemas,
  z.strictObject({ action: z.literal('remove_member'), org, login, webhook }),
  /** Makes somebody a member, or changes what kind of member they are. */
  z.strictObject({
    action: z.literal('set_member'),
    org,
    login,
    role: z.enum(['admin', 'member', 'billing_manager']).default('member'),
    state: z.enum(['active', 'pending']).default('active'),
    saml: z.boolean().default(false),
    webhook,
  }),
  z.strictObject({
    action: z.enum(['join_team', 'leave_team']),
    org,
    login,
    team: z.string().default('Preview people'),
    webhook,
  }),
  /** The login goes to nobody; the number stays. */
  z.strictObject({ action: z.literal('rename_user'), login, to: z.string() }),
  z.strictObject({ action: z.literal('rename_organization'), org, to: z.string() }),
  /** What every member may do in every repository; apps are not told. */
  z.strictObject({
    action: z.literal('set_base_permission'),
    org,
    permission: basePermission,
  }),
  z.strictObject({ action: z.literal('install'), app_id: id, org, webhook }),
  z.strictObject({
    action: z.enum(['suspend', 'unsuspend', 'uninstall']),
    installation_id: id,
    webhook,
  }),
  /** Which repositories the app may use; null: all. */
  z.strictObject({
    action: z.literal('choose_repositories'),
    installation_id: id,
    repository_ids: z.array(id).nullable(),
    webhook,
  }),
  z.strictObject({ action: z.literal('set_permissions'), installation_id: id, permissions }),
  /** Where the app is reached and what it is signed with; a reset keeps it. */
  z.strictObject({
    action: z.literal('configure_app'),
    app_id: id,
    webhook_url: z.url().nullable().optional(),
    webhook_secret: z.string().min(1).optional(),
    callback_urls: z.array(z.url()).max(10).optional(),
    setup_url: z.url().nullable().optional(),
  }),
  /** A person takes back what they allowed an app. */
  z.strictObject({ action: z.literal('revoke_authorization'), app_id: id, login, webhook }),
]);

export type Action = z.output<typeof actionSchema>;
export type ActionSeed = z.input<typeof actionSchema>;
