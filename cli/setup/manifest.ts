/**
 * What the GitHub App asks for (https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest).
 * `docs/github-app.md` says why; it is the least that works.
 */
import { ExitCode, Failure } from '../failure.ts';

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
  default_permissions: Record<string, 'read' | 'write'>;
  default_events: string[];
}

export function permissionsOf(deployments: boolean): Record<string, 'read' | 'write'> {
  return {
    metadata: 'read',
    members: 'read',
    pull_requests: 'write',
    issues: 'write',
    ...(deployments ? { deployments: 'write' as const } : {}),
  };
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
    default_events: ['organization', 'pull_request', 'issue_comment', 'repository'],
  };
}

/** `--name`, else one that says whose it is. @throws Failure naming the flag */
export function nameOf(given: string | undefined, organisation: string): string {
  if (given === undefined) return `Byway ${organisation}`.slice(0, maxNameCharacters);
  const name = given.trim();
  const isGood =
    name !== '' &&
    name.length <= maxNameCharacters &&
    /[A-Za-z0-9]/.test(name) &&
    !/\p{C}/u.test(name);
  if (isGood) return name;
  throw new Failure(
    ExitCode.usage,
    `--name: must have 1 to ${maxNameCharacters} visible characters, a letter or digit among them`,
  );
}
