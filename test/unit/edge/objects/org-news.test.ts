/** What GitHub tells, and by which installation it is asked. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewToken } from '#edge/objects/stores/token-record.ts';
import { firstRetryMs } from '#edge/objects/pushes.ts';
import { answers, installationId, ScratchGitHub } from '../github/scratch-github.ts';
import { alice, ScratchOrg } from './scratch-org.ts';

const removed = { kind: 'member-removed', userId: alice.id, installationId } as const;
const suspended = { kind: 'installation-gone', installationId, suspended: true } as const;
const deleted = { ...suspended, suspended: false };
const accepted = { kind: 'installed', installationId, login: 'acme' } as const;
const personal: NewToken = {
  kind: 'personal',
  name: 'laptop',
  binding: { kind: 'organisation' },
  creator: alice,
};

let gitHub: ScratchGitHub;
let scratch: ScratchOrg;
let key: string;
let deliveries: number;
beforeEach(async () => {
  deliveries = 0;
  gitHub = (await new ScratchGitHub().start()).withInstallation();
  scratch = new ScratchOrg(gitHub.config);
  ({ key } = await scratch.register('one'));
});
afterEach(async () => {
  scratch.sql.close();
  await gitHub.stop();
});

const kindOf = async () => (await scratch.org.membership(alice.id)).membership.kind;
/** A delivery that never was before. */
const fresh = () => {
  deliveries += 1;
  return { guid: `g${deliveries}`, bodyHash: `b${deliveries}` };
};

describe('by which installation', () => {
  it('is told once, and membership is believed from one of the organisation only', async () => {
    expect(await kindOf()).toBe('not-installed');
    await scratch.org.installed(installationId, 'acme');
    // The no of a moment ago counts for nothing.
    expect(await kindOf()).toBe('member');
    expect(gitHub.askedOf('access_tokens')).toHaveLength(1);
    scratch.nowMs += 5 * 60_000;
    scratch.restart();
    expect(await kindOf()).toBe('member');
    // The token was kept.
    expect(gitHub.askedOf('access_tokens')).toHaveLength(1);
  });

  it('threat 49: another organisation’s tells nothing about this one', async () => {
    const other = new ScratchOrg(gitHub.config, 78);
    await other.org.installed(installationId, 'other');
    expect((await other.org.membership(alice.id)).membership.kind).toBe('not-installed');
    other.sql.close();
  });

  it('threat 49: is not replaced by another organisation’s', async () => {
    await scratch.org.installed(installationId, 'acme');
    const foreign = { ...answers.installation, id: 6, account: { id: 78, login: 'evil' } };
    gitHub.on('GET /api/app/installations/6', { body: foreign });
    await scratch.org.installed(6, 'acme');
    expect(await scratch.org.told(fresh(), { ...accepted, installationId: 6 })).toBe('foreign');
    expect(await kindOf()).toBe('member');
    expect(scratch.logged.join()).toContain('another installation was not taken');
  });

  it('is replaced by a new one of the organisation', async () => {
    await scratch.org.installed(5, 'acme');
    gitHub
      .on('GET /api/app/installations/5', { status: 404 })
      .on('GET /api/app/installations/6', { body: { ...answers.installation, id: 6 } })
      .on('POST /api/app/installations/6/access_tokens', {
        status: 201,
        body: { token: 'ghs_6', expires_at: new Date(scratch.nowMs + 3_600_000).toISOString() },
      });
    expect(await kindOf()).toBe('not-installed');
    expect(await scratch.org.told(fresh(), { ...accepted, installationId: 6 })).toBe('applied');
    expect(await kindOf()).toBe('member');
  });

  it('is not known to an edge without GitHub', async () => {
    const alone = new ScratchOrg();
    await alone.org.installed(installationId, 'acme');
    expect((await alone.org.membership(alice.id)).membership).toEqual({ kind: 'not-installed' });
    alone.sql.close();
  });
});

describe('threat 32: a member who was removed', () => {
  beforeEach(() => scratch.org.installed(installationId, 'acme'));

  it('is none at once, with their tokens; every cluster knows when it resolves', async () => {
    expect(await kindOf()).toBe('member');
    const made = await scratch.org.makeToken(personal, 'gh:1001');
    if (!made.ok) throw new Error(made.refusal.reason);
    const { id } = made.value.record;
    gitHub.on('GET /api/orgs/acme/memberships/alice', { status: 404 });
    expect(await scratch.org.told(fresh(), removed)).toBe('applied');
    expect(await scratch.org.membership(alice.id)).toMatchObject({
      membership: { kind: 'none' },
      epoch: 1,
    });
    expect(await scratch.org.tokens({ kind: 'personal' })).toEqual([]);
    expect(scratch.homes.has(id)).toBe(false);
    expect(scratch.told).toEqual([
      { key, what: { kind: 'token', id } },
      { key, what: { kind: 'person', userId: alice.id } },
    ]);
    expect(await scratch.actions()).toEqual([
      'github member.removed gh:1001',
      `github token.revoke ${id}`,
      `gh:1001 token.create ${id}`,
    ]);
    scratch.nowMs += 30_000;
    expect(await kindOf()).toBe('none');
  });

  it('threat 44: three replays have one effect; under another id access is taken again', async () => {
    const told = { guid: 'g', bodyHash: 'b' };
    expect(await scratch.org.told(told, removed)).toBe('applied');
    for (let replay = 0; replay < 3; replay += 1) {
      expect(await scratch.org.told(told, removed)).toBe('seen');
    }
    expect(scratch.told).toHaveLength(1);
    expect(await scratch.restart().told(told, removed)).toBe('seen');
    // Two removals of one person have the same body.
    expect(await scratch.org.told({ ...told, guid: 'g2' }, removed)).toBe('applied');
    expect(scratch.told).toHaveLength(2);
  });

  it('threat 49: told by another installation stays', async () => {
    expect(await kindOf()).toBe('member');
    expect(await scratch.org.told(fresh(), { ...removed, installationId: 6 })).toBe('foreign');
    expect(await scratch.org.told(fresh(), { ...deleted, installationId: 6 })).toBe('foreign');
    expect(await kindOf()).toBe('member');
    expect(scratch.told).toEqual([]);
    expect(await scratch.actions()).toEqual([]);
  });

  it('is out even if a cluster is away; the delivery may come again', async () => {
    const told = fresh();
    expect(await kindOf()).toBe('member');
    scratch.away.add(key);
    await expect(scratch.org.told(told, removed)).rejects.toThrow(key);
    expect(await kindOf()).toBe('none');
    scratch.away.clear();
    expect(await scratch.org.told(told, removed)).toBe('applied');
    expect(scratch.told).toEqual([{ key, what: { kind: 'person', userId: alice.id } }]);
    expect(await scratch.org.told(told, removed)).toBe('seen');
  });

  it('is told to a cluster that was away without GitHub’s help too', async () => {
    scratch.away.add(key);
    await expect(scratch.org.told(fresh(), removed)).rejects.toThrow(key);
    expect(scratch.alarmMs).toBe(scratch.nowMs + firstRetryMs);
    scratch.away.clear();
    await scratch.ring();
    expect(scratch.told).toEqual([{ key, what: { kind: 'person', userId: alice.id } }]);
  });
});

describe('the app', () => {
  beforeEach(() => scratch.org.installed(installationId, 'acme'));

  it('that was suspended lets nobody in until it is back', async () => {
    expect(await kindOf()).toBe('member');
    expect(await scratch.org.told(fresh(), suspended)).toBe('applied');
    expect(await kindOf()).toBe('suspended');
    expect(scratch.told).toEqual([{ key, what: { kind: 'everybody' } }]);
    expect(scratch.dump()).not.toContain('ghs_1');
    expect(await scratch.org.told(fresh(), accepted)).toBe('applied');
    expect(await kindOf()).toBe('member');
    expect(await scratch.actions()).toEqual([
      'github installation.accepted 5',
      'github installation.suspended 5',
    ]);
  });

  it('that was removed lets nobody in; a replay of its installation changes nothing', async () => {
    const told = fresh();
    expect(await scratch.org.told(told, accepted)).toBe('applied');
    expect(await scratch.org.told(fresh(), deleted)).toBe('applied');
    expect(await kindOf()).toBe('not-installed');
    // threat 44: the same body under a new id.
    expect(await scratch.org.told({ ...told, guid: 'new' }, accepted)).toBe('seen');
    scratch.nowMs += 30_000;
    expect(await kindOf()).toBe('not-installed');
    expect(await scratch.org.told(fresh(), removed)).toBe('foreign');
  });

  it('that was removed is out even if a cluster is away, which hears of it later', async () => {
    expect(await kindOf()).toBe('member');
    scratch.away.add(key);
    await expect(scratch.org.told(fresh(), deleted)).rejects.toThrow(key);
    expect(await kindOf()).toBe('not-installed');
    scratch.away.clear();
    await scratch.ring();
    expect(scratch.told).toEqual([{ key, what: { kind: 'everybody' } }]);
  });

  it('that is removed while GitHub is asked about somebody lets them not in', async () => {
    let reached = (): void => {};
    let go = (): void => {};
    const asked = new Promise<void>((resolve) => (reached = resolve));
    const held = new Promise<void>((resolve) => (go = resolve));
    gitHub.on('GET /api/orgs/acme/memberships/alice', async () => {
      reached();
      await held;
      return { body: answers.membership };
    });
    const answer = kindOf();
    await asked;
    await scratch.org.told(fresh(), deleted);
    go();
    expect(await answer).not.toBe('member');
    expect(await kindOf()).not.toBe('member');
  });
});

describe('who reads a repository', () => {
  const changed = { kind: 'readers-changed', installationId } as const;
  const one = { ...changed, of: { userId: alice.id, repositoryId: 2001 } };
  beforeEach(() => scratch.org.installed(installationId, 'acme'));

  it('threat 32: every cluster is told what to ask about anew, and nothing else', async () => {
    expect(await scratch.org.told(fresh(), one)).toBe('applied');
    await scratch.org.told(fresh(), {
      ...changed,
      of: { userId: alice.id, repositoryId: undefined },
    });
    await scratch.org.told(fresh(), { ...changed, of: { repositoryIds: [2001, 2002] } });
    await scratch.org.told(fresh(), { ...changed, of: { repositoryIds: 'all' } });
    expect(scratch.told).toEqual(
      [
        { kind: 'reader', userId: alice.id, repositoryId: 2001 },
        { kind: 'reader', userId: alice.id },
        { kind: 'repository', repositoryId: 2001 },
        { kind: 'repository', repositoryId: 2002 },
        { kind: 'repository', repositoryId: 'any' },
      ].map((what) => ({ key, what })),
    );
    expect(await kindOf()).toBe('member');
  });

  it('threat 49: another installation tells nothing', async () => {
    expect(await scratch.org.told(fresh(), { ...one, installationId: 6 })).toBe('foreign');
    expect(scratch.told).toEqual([]);
  });

  it('is asked of GitHub, and anew after a removal from the organisation', async () => {
    let permission = 'read';
    const shop = { id: 2001, name: 'shop', owner: { id: 77, login: 'acme' }, private: true };
    gitHub
      .on('GET /api/repositories/2001', { body: shop })
      .on('GET /api/repos/acme/shop/collaborators/alice/permission', () => ({
        body: { permission, user: alice },
      }));
    const reads = async () => (await scratch.org.readership(2001, alice.id)).membership.kind;
    expect(await reads()).toBe('member');
    permission = 'none';
    expect(await reads()).toBe('member');
    await scratch.org.told(fresh(), removed);
    expect(await reads()).toBe('none');
  });
});

describe('threat 34: numbers count, names do not', () => {
  beforeEach(() => scratch.org.installed(installationId, 'acme'));

  it('somebody else under the name of a member is nobody', async () => {
    const other = { ...answers.membership, user: { id: 2002, login: 'alice' } };
    gitHub.on('GET /api/orgs/acme/memberships/alice', { body: other });
    expect(await kindOf()).toBe('none');
  });
});

describe('threat 33: whoever is no active member', () => {
  beforeEach(() => scratch.org.installed(installationId, 'acme'));

  it.each([
    [{ state: 'active', role: 'admin' }, 'member'],
    [{ state: 'pending', role: 'member' }, 'pending'],
    [{ state: 'active', role: 'billing_manager' }, 'none'],
    [{ state: 'active', role: 'owner' }, 'none'],
    [{ state: 'inactive', role: 'member' }, 'none'],
  ])('%j is %s', async (part, kind) => {
    gitHub.on('GET /api/orgs/acme/memberships/alice', { body: { ...answers.membership, ...part } });
    expect(await kindOf()).toBe(kind);
  });
});
