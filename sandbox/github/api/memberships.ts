/** Who belongs to an organisation. */
import type { InstallationActor, UserActor } from '../actor.ts';
import { pageOf } from '../paging.ts';
import { ApiError, notAccessible, notFound, ok } from '../reply.ts';
import { accountShape } from '../shapes/accounts.ts';
import { membershipShape } from '../shapes/memberships.ts';
import { isActiveMember, memberOf } from '../state.ts';
import type { Organization, User } from '../world.ts';
import { asReader, asUser, param, type Call, type Operations } from './call.ts';
import { isPermitted, permissionsIn, requirePermission } from './permissions.ts';

export const membershipOperations: Operations = {
  'orgs/list-members': asReader((call, actor) => {
    const organization = organizationOf(call);
    const role = call.url.searchParams.get('role') ?? 'all';
    // Whoever may not see the members sees those who show themselves.
    const all = belongs(organization, actor, call) && isPermittedIn(call, organization, actor);
    const users = organization.members
      .filter(({ user_id }) => isActiveMember(organization, user_id))
      .filter((member) => all || member.public)
      .filter((member) => role === 'all' || member.role === role)
      .map(({ user_id }) => call.state.user(user_id))
      .filter((user): user is User => user !== undefined);
    const { items, headers } = pageOf(users, call.url);
    return ok(
      items.map((user) => accountShape(user, call.addresses)),
      headers,
    );
  }),

  'orgs/check-membership-for-user': asReader((call, actor) => {
    const organization = organizationOf(call);
    const user = call.state.userByLogin(param(call, 'username'));
    // https://docs.github.com/en/rest/orgs/members#check-organization-membership-for-a-user:
    // 302 to the question about public membership when the requester is no member.
    if (!belongs(organization, actor, call)) {
      const login = param(call, 'username');
      const location = `${call.addresses.api}/orgs/${organization.login}/public_members/${login}`;
      return { status: 302, headers: { location } };
    }
    // Without the permission everybody is a stranger: kestra-io/docs#5414.
    const visible = isPermittedIn(call, organization, actor);
    if (!visible || user === undefined || !isActiveMember(organization, user.id)) throw notFound();
    return { status: 204 };
  }),

  'orgs/check-public-membership-for-user': (call) => {
    const organization = organizationOf(call);
    const user = call.state.userByLogin(param(call, 'username'));
    const member = user && memberOf(organization, user.id);
    if (member?.state !== 'active' || !member.public) throw notFound();
    return { status: 204 };
  },

  'orgs/get-membership-for-user': asReader((call, actor) => {
    const organization = organizationOf(call);
    requirePermission(call.operationId, organization, actor, call.state);
    requireSession(call, organization, actor);
    if (actor.kind === 'user' && !isActiveMember(organization, actor.user.id)) {
      throw new ApiError(
        403,
        `You must be a member of ${organization.login} to see membership information.`,
      );
    }
    const user = call.state.userByLogin(param(call, 'username'));
    return membershipReply(call, organization, user);
  }),

  'orgs/get-membership-for-authenticated-user': asUser((call, actor) => {
    const organization = organizationOf(call);
    if (!isPermitted(call.operationId, organization, actor, call.state)) throw notAccessible();
    requireSession(call, organization, actor);
    return membershipReply(call, organization, actor.user);
  }),
};

function membershipReply(call: Call, organization: Organization, user: User | undefined) {
  const member = user && memberOf(organization, user.id);
  if (user === undefined || member === undefined) throw notFound();
  return ok(membershipShape(organization, user, member, call.addresses));
}

/**
 * Of the organisation's single sign-on, where it asks for one:
 * https://docs.github.com/en/enterprise-cloud@latest/rest/authentication/authenticating-to-the-rest-api#authorizing-personal-access-tokens-for-saml-sso
 */
function requireSession(
  call: Call,
  organization: Organization,
  actor: InstallationActor | UserActor,
) {
  if (actor.kind !== 'user' || memberOf(organization, actor.user.id)?.saml !== true) return;
  throw new ApiError(
    403,
    'Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization.',
    { 'x-github-sso': `required; url=${call.addresses.web}/orgs/${organization.login}/sso` },
  );
}

/** An installation asks as a member of the organisation that it is in. */
function belongs(organization: Organization, actor: InstallationActor | UserActor, call: Call) {
  if (actor.kind === 'user') return isActiveMember(organization, actor.user.id);
  return permissionsIn(organization, actor, call.state) !== undefined;
}

function isPermittedIn(
  call: Call,
  organization: Organization,
  actor: InstallationActor | UserActor,
): boolean {
  return isPermitted(call.operationId, organization, actor, call.state);
}

function organizationOf(call: Call): Organization {
  const organization = call.state.organizationByLogin(param(call, 'org'));
  if (organization === undefined) throw notFound();
  return organization;
}
