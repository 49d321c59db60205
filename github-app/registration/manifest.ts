/**
 * What the GitHub App asks for (https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest).
 * `docs/github-app.md` says why; it is the least that works.
 */

/** GitHub takes no longer ones. */
export const maxNameCharacters = 34;

export interface ManifestOptions {
  name: string;
  /** Origin of the edge's app host. */
  appUrl: string;
  /** Where GitHub sends the browser with the code. */
  redirectUrl: string;
  /** Show previews as deployments as well. */
  deployments: boolean;
}

export interface Manifest {
  name: string;
  url: string;
  description: string;
  hook_attributes: { url: string; active: true };
  redirect_url: string;
  callback_urls: string[];
  setup_url: string;
  setup_on_update: false;
  request_oauth_on_install: false;
  public: false;
  default_permissions: Permissions;
  default_events: string[];
}

export type Permissions = Readonly<Record<string, 'read' | 'write'>>;

export function permissionsOf(deployments: boolean): Permissions {
  return {
    metadata: 'read',
    members: 'read',
    pull_requests: 'write',
    issues: 'write',
    ...(deployments ? { deployments: 'write' as const } : {}),
  };
}

/** Those of `needed` that were not granted, as `issues: write`. */
export function missingOf(needed: Permissions, granted: Readonly<Record<string, string>>) {
  return Object.entries(needed)
    .filter(([name, level]) => granted[name] !== level && granted[name] !== 'write')
    .map(([name, level]) => `${name}: ${level}`);
}

export function manifestOf({ name, appUrl, redirectUrl, deployments }: ManifestOptions): Manifest {
  return {
    name,
    url: appUrl,
    description: 'Preview links on pull requests, for members of the organisation.',
    hook_attributes: { url: `${appUrl}/webhooks/github`, active: true },
    redirect_url: redirectUrl,
    callback_urls: [`${appUrl}/auth/github/callback`],
    setup_url: `${appUrl}/dashboard/setup`,
    setup_on_update: false,
    request_oauth_on_install: false,
    public: false,
    default_permissions: permissionsOf(deployments),
    default_events: [
      'organization',
      'pull_request',
      'issue_comment',
      'repository',
      // Who may read a repository.
      'member',
      'membership',
      'team',
    ],
  };
}

/** Where the form with the manifest goes, for an organisation's app. */
export function registrationUrl(webUrl: string, organisation: string, state: string): string {
  const page = `${webUrl}/organizations/${organisation}/settings/apps/new`;
  return `${page}?state=${encodeURIComponent(state)}`;
}

/** One that says whose it is. */
export function defaultName(organisation: string): string {
  return `Byway ${organisation}`.slice(0, maxNameCharacters);
}

/** undefined: GitHub takes it, if it is free. */
export function nameFault(name: string): string | undefined {
  const isGood =
    name !== '' &&
    name.length <= maxNameCharacters &&
    /[A-Za-z0-9]/.test(name) &&
    !/\p{C}/u.test(name);
  return isGood
    ? undefined
    : `must have 1 to ${maxNameCharacters} visible characters, a letter or digit among them`;
}

/** What GitHub allows: letters, digits and single hyphens inside, at most 39 characters. */
export const loginPattern = /^[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}$/;
