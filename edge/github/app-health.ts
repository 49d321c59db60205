/** How the GitHub App fares in one organisation, by GitHub's word of now: for the owner who sets it up. */
import { missingOf, permissionsOf } from '#github-app/registration/manifest.ts';
import { z } from 'zod';
import { appAuthorization } from './app-jwt.ts';
import type { GitHubConfig } from './config.ts';
import { Rest, type GitHubServices } from './rest.ts';
import { account, hookDelivery, id } from './shapes.ts';

const needed = permissionsOf(false);

export type InstallationHealth =
  | {
      kind: 'installed';
      id: number;
      /** `issues: write`, … that the installation lacks. */
      missing: string[];
    }
  | { kind: 'not-installed' | 'suspended' }
  /** GitHub does not take the app's key or number. */
  | { kind: 'refused' }
  /** GitHub cannot be asked now. */
  | { kind: 'away' };

export interface DeliveryHealth {
  event: string;
  atMs: number;
  /** Whether the edge answered that it has taken it. */
  arrived: boolean;
  /** GitHub's words: `OK`, `failed to connect to host`, … */
  status: string;
}

export interface AppHealth {
  slug: string;
  /** `https://github.com/apps/<slug>` */
  url: string;
  installation: InstallationHealth;
  /** The last one about this organisation; undefined: none among the app's latest ones, or not known. */
  delivery?: DeliveryHealth | undefined;
}

const shape = z.object({
  id,
  account: z.unknown(),
  permissions: z.record(z.string(), z.string()),
  suspended_at: z.string().nullish(),
});
const deliveries = z.array(
  hookDelivery.extend({ event: z.string(), installation_id: z.int().nullish() }),
);
/** Of one page: enough for an organisation that is not alone at this edge. */
const deliveriesLooked = 100;

export function appHealthOf(
  config: GitHubConfig,
  services: GitHubServices,
): (organisation: { id: number; login: string }) => Promise<AppHealth> {
  const rest = new Rest(config.apiUrl, services);
  const url = `${config.webUrl}/apps/${config.slug}`;
  return async (organisation) => {
    const authorization = await appAuthorization(config, services.clock);
    const app = { slug: config.slug, url };
    const found = await rest.call({
      route: 'GET /orgs/{org}/installation',
      parameters: { org: organisation.login },
      authorization,
      shape,
    });
    if (found.kind === 'unavailable') return { ...app, installation: { kind: 'away' } };
    if (found.kind === 'refused') {
      const kind = found.status === 401 ? 'refused' : 'not-installed';
      return { ...app, installation: { kind } };
    }
    const { id, suspended_at: suspended, permissions } = found.data;
    const of = account.safeParse(found.data.account);
    // The name may be another organisation's by now.
    if (!of.success || of.data.id !== organisation.id) {
      return { ...app, installation: { kind: 'not-installed' } };
    }
    if (suspended) return { ...app, installation: { kind: 'suspended' } };
    const missing = missingOf(needed, permissions).map((each) => each.replaceAll('_', ' '));
    const told = await rest.call({
      route: 'GET /app/hook/deliveries',
      parameters: { per_page: deliveriesLooked },
      authorization,
      shape: deliveries,
    });
    const items = told.kind === 'ok' ? told.data : [];
    const last = items.find(({ installation_id }) => installation_id === id);
    return {
      ...app,
      installation: { kind: 'installed', id, missing },
      delivery: last && {
        event: last.event,
        atMs: Date.parse(last.delivered_at),
        arrived: last.status_code >= 200 && last.status_code < 300,
        status: last.status,
      },
    };
  };
}
