import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readershipOf } from '#edge/github/readership.ts';
import { alice, at, organisation, ScratchGitHub, type Told } from './scratch-github.ts';

const shop = { id: 2001, name: 'shop', owner: organisation, private: true };
const userRoute = `GET /api/user/${alice.id}`;
const repositoryRoute = `GET /api/repositories/${shop.id}`;
const permissionRoute = 'GET /api/repos/acme/shop/collaborators/alice/permission';
const collaboratorRoute = 'GET /api/repos/acme/shop/collaborators/alice';
const reader = { kind: 'member', role: 'member' };
const none = { kind: 'none' };

let gitHub: ScratchGitHub;
beforeEach(async () => {
  gitHub = (await new ScratchGitHub().start()).withInstallation();
  gitHub.on(repositoryRoute, { body: shop }).on(permissionRoute, level('read'));
});
afterEach(() => gitHub.stop());

function level(permission: string, user: object | null = alice): Told {
  return { body: { permission, role_name: permission, user } };
}
const ofAlice = () => readershipOf(gitHub.installations(), at, shop.id, alice.id);

describe('who may read a repository', () => {
  it.each([
    ['read', reader],
    ['write', reader],
    ['admin', reader],
    ['none', none],
  ])('of the team: %s', async (permission, expected) => {
    gitHub.on(permissionRoute, level(permission));
    expect(await ofAlice()).toEqual(expected);
    const [asked] = gitHub.askedOf('/permission');
    expect(asked!.headers.authorization).toBe('Bearer ghs_1');
  });

  it.each([
    ['read', 204, reader],
    ['read', 404, none],
    ['write', 404, reader],
    ['none', 204, none],
  ])('public, with %s and %d among its collaborators', async (permission, status, expected) => {
    gitHub
      .on(repositoryRoute, { body: { ...shop, private: false } })
      .on(permissionRoute, level(permission))
      .on(collaboratorRoute, { status });
    expect(await ofAlice()).toEqual(expected);
  });

  it.each([
    ['account', userRoute],
    ['repository', repositoryRoute],
    ['permission', permissionRoute],
  ])('nobody, when the %s is not found', async (_what, route) => {
    gitHub.on(route, { status: 404, body: { message: 'Not Found' } });
    expect(await ofAlice()).toEqual(none);
  });
});

describe('threat 34: names change hands, numbers do not', () => {
  it('the names that the numbers have now are asked for', async () => {
    gitHub
      .on(userRoute, { body: { id: alice.id, login: 'alicia' } })
      .on(repositoryRoute, { body: { ...shop, name: 'store' } })
      .on('GET /api/repos/acme/store/collaborators/alicia/permission', level('read'));
    expect(await ofAlice()).toEqual(reader);
  });

  it('somebody else’s number in the answer is no permission', async () => {
    gitHub.on(permissionRoute, level('admin', { id: 1002, login: 'alice' }));
    expect(await ofAlice()).toEqual(none);
    gitHub.on(permissionRoute, level('admin', null));
    expect(await ofAlice()).toEqual(none);
  });

  it('a repository that went to another owner is none of the organisation’s', async () => {
    gitHub.on(repositoryRoute, { body: { ...shop, owner: { id: 78, login: 'acme' } } });
    expect(await ofAlice()).toEqual(none);
    gitHub.on(repositoryRoute, { body: { ...shop, id: 2002 } });
    expect(await ofAlice()).toEqual(none);
    expect(gitHub.askedOf('/permission')).toEqual([]);
  });
});

describe('threat 35: no answer is no yes', () => {
  it.each([userRoute, repositoryRoute, permissionRoute])('%s', async (route) => {
    gitHub.on(route, { status: 503 });
    expect(await ofAlice()).toMatchObject({ kind: 'unavailable' });
  });

  it('a token that GitHub no longer takes is replaced once', async () => {
    let refusals = 0;
    gitHub.on(repositoryRoute, ({ headers }) => {
      if (headers.authorization !== 'Bearer ghs_1') return { body: shop };
      refusals += 1;
      return { status: 401, body: { message: 'Bad credentials' } };
    });
    expect(await ofAlice()).toEqual(reader);
    expect(refusals).toBe(1);
    gitHub.on(repositoryRoute, { status: 401, body: { message: 'Bad credentials' } });
    expect(await ofAlice()).toEqual(none);
  });
});
