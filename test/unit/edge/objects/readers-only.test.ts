/** Previews that whoever may read the repository of their pull requests may see. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Membership } from '#edge/github/membership.ts';
import { leaseLifeMs } from '#edge/objects/leases.ts';
import {
  alice,
  bytesOf,
  hourMs,
  member,
  organisationId,
  outcome,
  ScratchGate,
  sid,
} from '../gate/scratch-gate.ts';

const mallory = { id: 1003, login: 'mallory' };
const shop = { id: 2001, owner: { id: organisationId, login: 'acme' }, name: 'shop' };
const docs = { ...shop, id: 2002, name: 'docs' };
const none: Membership = { kind: 'none' };
const away: Membership = { kind: 'unavailable', retryAfterMs: 1000 };

let world: ScratchGate;
let label: string;
beforeEach(async () => {
  world = new ScratchGate();
  label = await world.preview('private', '1', { gate: 'repo', owner: { id: 9, login: 'olga' } });
  await world.connect();
  world.cluster.links.attach(label, shop, 7);
});
afterEach(() => {
  // Nobody is left to be told that the tunnel is gone.
  world.cluster.links.end(label);
  return world.stop();
});

const cookieOf = (user: typeof alice): Promise<string[]> =>
  world.cookie(label, {
    viewer: { kind: 'person', ...user },
    epoch: world.cluster.previews.find(label)?.epoch ?? 0,
  });
const ask = async (user: typeof alice): Promise<string | number> =>
  outcome(await world.ask(label, { fields: await cookieOf(user) }));
const mayRead = (repository: { id: number }, user: typeof alice, is: Membership = member): void =>
  void world.readers.set(`${repository.id}:${user.id}`, is);

describe('threat 1: a preview for readers of the repository', () => {
  it('lets in who may read it, of the organisation or not, and nobody else', async () => {
    expect(await ask(alice)).toBe(403);
    expect(await ask(mallory)).toBe(404);
    mayRead(shop, alice);
    mayRead(shop, mallory);
    expect(await ask(alice)).toBe('relay');
    expect(await ask(mallory)).toBe('relay');
  });

  it('asks GitHub once in five minutes, and for one repository of several', async () => {
    world.cluster.links.attach(label, docs, 8);
    mayRead(docs, mallory);
    expect(await ask(mallory)).toBe('relay');
    world.calls.splice(0);
    expect(await ask(mallory)).toBe('relay');
    expect(world.calls).toEqual([]);
    world.nowMs += leaseLifeMs;
    mayRead(docs, mallory, none);
    expect(await ask(mallory)).toBe(404);
  });

  it('is its owner’s alone while it is at no pull request', async () => {
    mayRead(shop, alice);
    world.members.set(9, member);
    world.cluster.links.detach(label, { repositoryId: shop.id, number: 7 });
    expect(await ask(alice)).toBe(403);
    expect(await ask({ id: 9, login: 'olga' })).toBe('relay');
    world.members.delete(9);
    world.cluster.withdraw({ kind: 'person', userId: 9 });
    expect(await ask({ id: 9, login: 'olga' })).toBe(404);
  });

  it('threat 19: tells of the repository to members of the organisation only', async () => {
    const asked = async (user: typeof alice, to: string) =>
      bytesOf(await world.ask(to, { fields: await cookieOf(user) }));
    expect(await asked(alice, label)).toContain('BW-6021');
    const plain = await world.preview('private', '2');
    const cookie = await world.cookie(plain, { viewer: { kind: 'person', ...mallory } });
    expect(await asked(mallory, label)).toBe(bytesOf(await world.ask(plain, { fields: cookie })));
  });

  it('threat 32: whoever reads no more is out at once, by whatever was told', async () => {
    const out: Parameters<ScratchGate['cluster']['withdraw']>[0][] = [
      { kind: 'reader', userId: mallory.id, repositoryId: shop.id },
      { kind: 'reader', userId: mallory.id },
      { kind: 'repository', repositoryId: shop.id },
      { kind: 'repository', repositoryId: 'any' },
      { kind: 'person', userId: mallory.id },
      { kind: 'everybody' },
    ];
    for (const what of out) {
      mayRead(shop, mallory);
      expect(await ask(mallory), what.kind).toBe('relay');
      mayRead(shop, mallory, none);
      world.cluster.withdraw(what);
      expect(await ask(mallory), what.kind).toBe(404);
    }
  });

  it('is not closed to those whom the news is not about', async () => {
    mayRead(shop, mallory);
    expect(await ask(mallory)).toBe('relay');
    world.calls.splice(0);
    world.cluster.withdraw({ kind: 'reader', userId: alice.id });
    world.cluster.withdraw({ kind: 'repository', repositoryId: docs.id });
    world.cluster.withdraw({ kind: 'reader', userId: mallory.id, repositoryId: docs.id });
    expect(await ask(mallory)).toBe('relay');
    expect(world.calls).toEqual([]);
  });

  it('a removal that comes while GitHub is asked wins', async () => {
    mayRead(shop, mallory);
    world.before = async (call) => {
      if (!call.startsWith('readership')) return;
      world.before = () => Promise.resolve();
      mayRead(shop, mallory, none);
      world.cluster.withdraw({ kind: 'repository', repositoryId: shop.id });
    };
    expect(await ask(mallory)).toBe(404);
  });

  it('threat 35: with GitHub away who was in stays for a quarter of an hour, and nobody comes in', async () => {
    mayRead(shop, alice);
    expect(await ask(alice)).toBe('relay');
    mayRead(shop, alice, away);
    world.nowMs += leaseLifeMs;
    expect(await ask(alice)).toBe('relay');
    world.nowMs += 2 * leaseLifeMs;
    expect(await ask(alice)).toBe(503);
  });

  it('threat 31: a login that has ended is a stranger’s', async () => {
    mayRead(shop, mallory);
    world.logins.set(sid, world.nowMs - hourMs);
    expect(await ask(mallory)).toBe(401);
  });
});

describe('the rule', () => {
  it('changes for the next request, and sessions of before are void', async () => {
    mayRead(shop, mallory);
    const before = await cookieOf(mallory);
    expect(outcome(await world.ask(label, { fields: before }))).toBe('relay');
    expect(world.cluster.setGate(label, 'org')).toMatchObject({ gate: 'org' });
    expect(outcome(await world.ask(label, { fields: before }))).toBe(401);
    expect(await ask(mallory)).toBe(404);
    expect(await ask(alice)).toBe('relay');
    world.restart();
    await world.connect();
    expect(await ask(alice)).toBe('relay');
    expect(world.cluster.setGate(label, 'repo')).toMatchObject({ gate: 'repo' });
    expect(await ask(alice)).toBe(403);
    world.restart();
    await world.connect();
    expect(await ask(alice)).toBe(403);
  });

  it('stays when it is not named by whoever makes the preview again', async () => {
    const { owner, intercept, ingress } = world.cluster.find(label)!;
    const again = { owner, intercept, ingress, access: 'private', publicForS: 0 } as const;
    expect(world.cluster.reuse(again)).toMatchObject({ label, gate: 'repo' });
    expect(world.cluster.reuse({ ...again, gate: 'org' })).toMatchObject({ label, gate: 'org' });
  });
});

describe('a token for a repository', () => {
  const bound = (id: number) => world.token({ binding: { kind: 'repository', id } }).token;

  it('opens previews that its pull requests show, and no others; threat 55', async () => {
    const asked = async (token: string, to = label) =>
      outcome(await world.ask(to, { fields: ['X-Byway-Token', token] }));
    expect(await asked(bound(shop.id))).toBe('relay');
    expect(await asked(bound(docs.id))).toBe(401);
    expect(await asked(bound(shop.id), await world.preview('private', '3'))).toBe(401);
  });
});
