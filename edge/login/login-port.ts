/** The login's port over the objects: who is signed in, whose a preview is, who is a member. */
import type { Objects } from '../objects/calls.ts';
import type { LoginPort } from './ports.ts';

/** A call of its own for each: on one engine an object is a stub, which has no methods to copy. */
export function loginPortOf(objects: Objects): LoginPort {
  const identity = () => objects.identity();
  return {
    preview: async (label) => objects.clusterOfLabel(label)?.place(label),
    membership: async (organisationId, userId) =>
      (await objects.org(organisationId).membership(userId)).membership,
    readership: async (organisationId, repositoryId, userId) =>
      (await objects.org(organisationId).readership(repositoryId, userId)).membership,
    startLogin: async (identified) => {
      // Each organisation learns by which installation GitHub can be asked about it.
      await Promise.all(
        identified.organisations.map(({ id, login, installationId }) =>
          objects.org(id).installed(installationId, login),
        ),
      );
      return identity().startLogin(identified);
    },
    login: (secret) => identity().login(secret),
    endLogin: (sid) => identity().endLogin(sid),
    endLoginsOf: (login) => identity().endLoginsOf(login),
    storeCode: (hash, code) => identity().storeCode(hash, code),
    storeGrantCode: (hash, code) => identity().storeGrantCode(hash, code),
    redeemGrantCode: (hash) => identity().redeemGrantCode(hash),
    startFamily: (family, grant) => identity().startFamily(family, grant),
    grantOfRefresh: (token) => identity().grantOfRefresh(token),
    rotate: (token) => identity().rotate(token),
    revoke: (token) => identity().revoke(token),
    startDevice: (request) => identity().startDevice(request),
    findDevice: (userCode) => identity().findDevice(userCode),
    decideDevice: (userCode, approval) => identity().decideDevice(userCode, approval),
    pollDevice: (hash) => identity().pollDevice(hash),
    askFor: async (label, user) => objects.clusterOfLabel(label)?.askFor(label, user),
    take: (bucket, rate, cost) => identity().take(bucket, rate, cost),
  };
}
