/** At the login: who may see a preview by reading the repository of its pull request. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Membership } from '#edge/github/membership.ts';
import type { Identity } from '#edge/github/oauth.ts';
import { admitTo } from '#edge/login/admit.ts';
import type { LoginPort, PreviewPlace } from '#edge/login/ports.ts';

const owner = { id: 1, login: 'olga' };
const member = { id: 2, login: 'bob' };
const outsider = { id: 3, login: 'mallory' };
const yes: Membership = { kind: 'member', role: 'member' };
const none: Membership = { kind: 'none' };
const away: Membership = { kind: 'unavailable', retryAfterMs: 1000 };
const acme = { id: 77, login: 'acme', installationId: 5 };

let place: PreviewPlace | undefined;
let readers: Map<string, Membership>;
let asked: string[];
const port = {
  preview: async () => place,
  membership: async (_organisationId: number, id: number) => (id === outsider.id ? none : yes),
  readership: async (_organisationId: number, repositoryId: number, id: number) => {
    asked.push(`${repositoryId}:${id}`);
    return readers.get(`${repositoryId}:${id}`) ?? none;
  },
} as unknown as LoginPort;

beforeEach(() => {
  asked = [];
  readers = new Map();
  place = {
    organisationId: 77,
    origin: 'https://x.preview.example.dev',
    epoch: 0,
    ended: false,
    guests: [],
    readers: { ownerId: owner.id, repositories: [2001, 2002] },
  };
});

const of = (user: typeof owner): Identity => ({
  user,
  organisations: user.id === outsider.id ? [] : [acme],
});
async function admission(user: typeof owner): Promise<string> {
  const found = await admitTo(port, 'x', of(user));
  return found.kind === 'denied' ? found.denial.kind : found.kind;
}

describe('threat 1: a preview for readers of the repository', () => {
  it('takes one repository, whoever it is', async () => {
    readers.set(`2002:${outsider.id}`, yes).set(`2001:${member.id}`, yes);
    expect(await admission(outsider)).toBe('admitted');
    expect(await admission(member)).toBe('admitted');
  });

  it('does not take membership, but the owner’s', async () => {
    expect(await admission(member)).toBe('not-reader');
    expect(await admission(owner)).toBe('admitted');
    expect(asked).toEqual([`2001:${member.id}`, `2002:${member.id}`]);
  });

  it('is the owner’s alone while there is no repository', async () => {
    place = { ...place!, readers: { ownerId: owner.id, repositories: [] } };
    expect(await admission(member)).toBe('not-reader');
    expect(await admission(owner)).toBe('admitted');
  });

  it('lets guests in', async () => {
    place = { ...place!, guests: [outsider.id] };
    expect(await admission(outsider)).toBe('admitted');
    expect(asked).toEqual([]);
  });

  it('threat 19: is to an outsider what never was, with GitHub away too', async () => {
    const seen = [];
    for (const answer of [none, away]) {
      readers.set(`2001:${outsider.id}`, answer);
      seen.push(await admitTo(port, 'x', of(outsider)));
    }
    place = undefined;
    seen.push(await admitTo(port, 'x', of(outsider)));
    expect(new Set(seen.map((each) => JSON.stringify(each))).size).toBe(1);
  });

  it('threat 35: tells a member that GitHub is away', async () => {
    readers.set(`2001:${member.id}`, away);
    expect(await admission(member)).toBe('unavailable');
  });

  it('that has ended is asked about nobody', async () => {
    place = { ...place!, ended: true };
    expect(await admission(member)).toBe('ended');
    expect(asked).toEqual([]);
  });
});
