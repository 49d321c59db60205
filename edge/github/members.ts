/** All members of an organisation, for the daily comparison with the logins that the edge holds. */
import type { InstallationDenial, InstallationOf, Installations } from './installation.ts';
import { allPages } from './pages.ts';
import { accounts, type Account } from './shapes.ts';

/** 100,000 members. */
const maxPages = 1000;

/**
 * Active members, owners included. All of them or none: whoever is missing loses access. Somebody who
 * joins or leaves meanwhile can shift another over the edge of a page, so ask `membershipOf` about each
 * who is missing before acting.
 */
export async function membersOf(
  installations: Installations,
  organisation: InstallationOf,
): Promise<{ kind: 'members'; members: Account[] } | InstallationDenial> {
  const minted = await installations.tokenOf(organisation);
  if (minted.kind !== 'token') return minted;
  // Without the permission GitHub lists the public members only, as if they were all.
  const now = await installations.organisationOf(organisation.installationId);
  if (now.kind !== 'installed') return now;
  const list = await allPages(installations.rest, {
    route: 'GET /orgs/{org}/members',
    parameters: { org: now.organisation.login },
    authorization: `Bearer ${minted.token}`,
    shape: accounts,
    itemsOf: (members) => members,
    maxPages,
  });
  if (list.kind === 'unavailable') return list;
  if (list.kind === 'ok') return { kind: 'members', members: list.items };
  // The token is old, or the organisation is changing this moment: the next run meets it afresh.
  installations.forget(organisation.installationId);
  return { kind: 'unavailable', retryAfterMs: 60_000 };
}
