/** `org-membership`. */
import type { Addresses } from '../addresses.ts';
import type { Member, Organization, User } from '../world.ts';
import { accountShape, organizationShape } from './accounts.ts';

export function membershipShape(
  organization: Organization,
  user: User,
  member: Pick<Member, 'role' | 'state'>,
  addresses: Addresses,
) {
  const organizationUrl = `${addresses.api}/orgs/${organization.login}`;
  return {
    url: `${organizationUrl}/memberships/${user.login}`,
    state: member.state,
    role: member.role,
    direct_membership: true,
    enterprise_teams_providing_indirect_membership: [],
    organization_url: organizationUrl,
    user: accountShape(user, addresses),
    organization: organizationShape(organization, addresses),
  };
}
