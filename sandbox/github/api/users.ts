/** People, asked for by a token, a login or a number. */
import { notFound, ok, requiresAuthentication } from '../reply.ts';
import { botOf, fullOrganizationShape, userShape } from '../shapes/accounts.ts';
import { asUser, param, type Call, type Operations } from './call.ts';

export const userOperations: Operations = {
  'users/get-authenticated': asUser((call, { user }) => ok(userShape(user, call.addresses))),
  'users/get-by-username': (call) => known(call, userOrBot(call)),
  'users/get-by-id': (call) => known(call, call.state.user(Number(param(call, 'account_id')))),
  'orgs/get': (call) => {
    refuseJwt(call);
    const organization = call.state.organizationByLogin(param(call, 'org'));
    if (organization === undefined) throw notFound();
    return ok(fullOrganizationShape(organization, call.addresses));
  },
};

function userOrBot({ state, params }: Call) {
  const login = params['username'] ?? '';
  const bot = state.world.apps.map(botOf).find((each) => each.login === login);
  return bot ?? state.userByLogin(login);
}

function known(call: Call, user: ReturnType<Call['state']['user']>) {
  refuseJwt(call);
  if (user === undefined) throw notFound();
  return ok(userShape(user, call.addresses));
}

/** These are open to everybody, and closed to a JWT, which is for the operations of `/app`. */
function refuseJwt({ actor }: Call): void {
  if (actor.kind === 'app') throw requiresAuthentication();
}
