/** Whom one meets on a fresh sandbox. */
import type { Seed } from './world.ts';

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
    repositories: [
      {
        id: 2001,
        owner_id: 1,
        name: 'shop',
        branches: [
          { name: 'main', sha: '5be0c1f8d1d3cb3fb0b33c6a0f0e4c6fb3c1a001' },
          { name: 'free-shipping', sha: '5be0c1f8d1d3cb3fb0b33c6a0f0e4c6fb3c1a002' },
        ],
      },
    ],
    pull_requests: [
      {
        id: 4001,
        repository_id: 2001,
        number: 1,
        title: 'Free shipping over 50',
        body: 'The basket says how much is missing until **shipping is free**.',
        user_id: 1001,
        head: { ref: 'free-shipping' },
      },
    ],
  };
}
