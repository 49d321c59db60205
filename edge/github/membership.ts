/**
 * Whether somebody is a member of an organisation now. Both are known by number; logins, which change
 * hands, only form the request, and the numbers in the answer must be the ones that were asked for.
 */
import type {
  InstallationDenial,
  InstallationOf,
  InstallationToken,
  Installations,
} from './installation.ts';
import type { Identity } from './oauth.ts';
import type { Refused } from './rest.ts';
import { account, orgMembership } from './shapes.ts';

export type Membership =
  | { kind: 'member'; role: 'admin' | 'member' }
  /** Invited, has not accepted. */
  | { kind: 'pending' }
  /** Outside collaborators and billing managers too. */
  | { kind: 'none' }
  /** A member whose single sign-on session is missing. `url`: where to start one, when GitHub says. */
  | { kind: 'saml'; url?: string }
  | InstallationDenial;

/** After a refusal the question is put once more if the reason may have gone: old token, old name. */
const maxAttempts = 2;
const again = { kind: 'again' } as const;

export async function membershipOf(
  installations: Installations,
  organisation: InstallationOf,
  userId: number,
): Promise<Membership> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const minted = await installations.tokenOf(organisation);
    if (minted.kind !== 'token') return minted;
    const answer = await ask(installations, minted, userId);
    if (answer.kind !== 'refused') return answer;
    const verdict = await explain(installations, organisation, minted, answer);
    if (verdict.kind !== 'again') return verdict;
  }
  return { kind: 'none' };
}

/** At login the user's own token must have reached the organisation as well: SAML shows only there. */
export function membershipAtLogin(
  membership: Membership,
  { organisations }: Pick<Identity, 'organisations'>,
  organisationId: number,
): Membership {
  if (membership.kind !== 'member') return membership;
  return organisations.some(({ id }) => id === organisationId) ? membership : { kind: 'saml' };
}

async function ask(
  { rest }: Installations,
  { token, organisation }: InstallationToken,
  userId: number,
): Promise<Membership | Refused> {
  const authorization = `Bearer ${token}`;
  const user = await rest.call({
    route: 'GET /user/{account_id}',
    parameters: { account_id: userId },
    authorization,
    shape: account,
  });
  if (user.kind === 'refused' && user.status === 404) return { kind: 'none' };
  if (user.kind !== 'ok') return user;
  if (user.data.id !== userId) return { kind: 'none' };
  const answer = await rest.call({
    route: 'GET /orgs/{org}/memberships/{username}',
    parameters: { org: organisation.login, username: user.data.login },
    authorization,
    shape: orgMembership,
  });
  if (answer.kind !== 'ok') return answer;
  const { state, role, ...found } = answer.data;
  if (found.organization.id !== organisation.id) return { kind: 'refused', status: 404 };
  if (found.user?.id !== userId) return { kind: 'none' };
  if (role !== 'admin' && role !== 'member') return { kind: 'none' };
  if (state === 'pending') return { kind: 'pending' };
  return state === 'active' ? { kind: 'member', role } : { kind: 'none' };
}

/**
 * A 404 is all of: no member, app removed, organisation renamed; a 403 all of: suspended, permission
 * taken away, single sign-on. The installation itself tells them apart.
 */
async function explain(
  installations: Installations,
  { installationId }: InstallationOf,
  asked: InstallationToken,
  { status, ssoUrl }: Refused,
): Promise<Membership | typeof again> {
  if (ssoUrl !== undefined) return { kind: 'saml', url: ssoUrl };
  const now = await installations.organisationOf(installationId);
  if (now.kind !== 'installed') {
    if (now.kind !== 'unavailable') installations.forget(installationId);
    return now;
  }
  if (status === 401 || now.organisation.login !== asked.organisation.login) {
    installations.forget(installationId);
    return again;
  }
  return status === 403 ? { kind: 'no-permission' } : { kind: 'none' };
}
