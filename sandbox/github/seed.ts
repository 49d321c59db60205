/** Whom one meets on a fresh sandbox, and how a seed becomes a world. */
import { privateKeyFor } from './keys.ts';
import { worldSchema, type Seed, type World } from './world.ts';

const permissions = {
  metadata: 'read',
  members: 'read',
  pull_requests: 'write',
  issues: 'write',
} as const;

const events = [
  'issue_comment',
  'pull_request',
  'organization',
  'member',
  'membership',
  'repository',
];

export interface AppAddresses {
  /** Where the app hears of events; null: nowhere. */
  readonly webhookUrl?: string | null | undefined;
  readonly callbackUrls?: readonly string[] | undefined;
}

/** An administrator, a member, an outsider, and one who has not accepted the invitation yet. */
export function defaultSeed({ webhookUrl = null, callbackUrls = [] }: AppAddresses = {}): Seed {
  return {
    users: [
      { id: 1001, login: 'alice', name: 'Alice Example' },
      { id: 1002, login: 'bob', name: 'Bob Example' },
      { id: 1003, login: 'mallory', name: 'Mallory Example' },
      { id: 1004, login: 'pat', name: 'Pat Example' },
    ],
    organizations: [
      {
        id: 1,
        login: 'sandbox',
        name: 'Sandbox',
        members: [
          { user_id: 1001, role: 'admin' },
          { user_id: 1002, role: 'member' },
          { user_id: 1004, role: 'member', state: 'pending' },
        ],
      },
    ],
    apps: [
      {
        id: 77,
        slug: 'byway-sandbox',
        name: 'Byway (sandbox)',
        owner_id: 1,
        client_id: 'Iv23liSandboxByway00',
        client_secret: '0123456789abcdef0123456789abcdef01234567',
        webhook_secret: 'sandbox-webhook-secret',
        webhook_url: webhookUrl,
        callback_urls: [...callbackUrls],
        permissions: { ...permissions },
        events: [...events],
      },
    ],
    installations: [{ id: 501, app_id: 77, account_id: 1, permissions: { ...permissions } }],
    repositories: [{ id: 2001, owner_id: 1, name: 'shop' }],
  };
}

/** @throws Error naming each place where the seed is not what it has to be */
export function worldOf(seed: unknown): World {
  const read = worldSchema.safeParse(seed);
  if (!read.success) {
    const places = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`the seed is not valid: ${places.join('; ')}`);
  }
  const world = {
    ...read.data,
    apps: read.data.apps.map((app) => ({
      ...app,
      private_key: app.private_key ?? privateKeyFor(`app ${app.id}`),
    })),
  };
  const problem = danglingReference(world);
  if (problem !== undefined) throw new Error(`the seed is not valid: ${problem}`);
  return world;
}

function danglingReference(world: World): string | undefined {
  const users = new Set(world.users.map(({ id }) => id));
  const organizations = new Set(world.organizations.map(({ id }) => id));
  const apps = new Set(world.apps.map(({ id }) => id));
  for (const { login, members, outside_collaborators } of world.organizations) {
    for (const userId of [...members.map(({ user_id }) => user_id), ...outside_collaborators]) {
      if (!users.has(userId)) return `${login} names user ${userId}, who is not there`;
    }
  }
  for (const { id, app_id, account_id } of world.installations) {
    if (!apps.has(app_id)) return `installation ${id} is of app ${app_id}, which is not there`;
    if (!organizations.has(account_id))
      return `installation ${id} is in organisation ${account_id}, which is not there`;
  }
  for (const { name, owner_id, collaborators } of world.repositories) {
    if (!organizations.has(owner_id)) return `repository ${name} has no owner ${owner_id}`;
    const stranger = collaborators.find(({ user_id }) => !users.has(user_id));
    if (stranger) return `repository ${name} names user ${stranger.user_id}, who is not there`;
  }
  return undefined;
}
