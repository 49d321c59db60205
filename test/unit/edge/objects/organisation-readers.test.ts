import { beforeEach, describe, expect, it } from 'vitest';
import type { Membership } from '#edge/github/membership.ts';
import { Readers, readershipLifeMs } from '#edge/objects/organisation/readers.ts';

const yes: Membership = { kind: 'member', role: 'member' };
const no: Membership = { kind: 'none' };

let nowMs: number;
let asked: string[];
let answer: () => Promise<Membership>;
let readers: Readers;
beforeEach(() => {
  nowMs = 1_000_000;
  asked = [];
  answer = () => Promise.resolve(yes);
  readers = new Readers({ nowMs: () => nowMs }, (repositoryId, userId) => {
    asked.push(`${repositoryId}:${userId}`);
    return answer();
  });
});

const kindOf = async (repositoryId = 1, userId = 2) =>
  (await readers.of(repositoryId, userId)).membership.kind;

describe('who may read what', () => {
  it.each([yes, no])('is asked once in half a minute: $kind', async (said) => {
    answer = () => Promise.resolve(said);
    await Promise.all([kindOf(), kindOf(), kindOf()]);
    nowMs += readershipLifeMs - 1;
    expect(await readers.of(1, 2)).toMatchObject({ membership: said, ageMs: readershipLifeMs - 1 });
    expect(asked).toEqual(['1:2']);
    nowMs += 1;
    await kindOf();
    expect(asked).toEqual(['1:2', '1:2']);
  });

  it('is asked anew when the clock was set back; threat 24', async () => {
    await kindOf();
    nowMs -= 1;
    await kindOf();
    expect(asked).toHaveLength(2);
  });

  it('is unavailable when GitHub is', async () => {
    answer = () => Promise.reject(new Error('no network'));
    expect(await kindOf()).toBe('unavailable');
  });
});

describe('a change', () => {
  it.each([
    [{ repositoryIds: 'all' as const }, ['1:2', '1:3', '9:2']],
    [{ repositoryIds: [1] }, ['1:2', '1:3']],
    [{ userId: 2, repositoryId: undefined }, ['1:2', '9:2']],
    [{ userId: 2, repositoryId: 9 }, ['9:2']],
  ])('makes what it is about be asked anew: %j', async (what, expected) => {
    const all = async () => {
      for (const [repositoryId, userId] of [
        [1, 2],
        [1, 3],
        [9, 2],
      ] as const) {
        await kindOf(repositoryId, userId);
      }
    };
    await all();
    asked.length = 0;
    readers.forget(what);
    await all();
    expect(asked).toEqual(expected);
  });

  it('makes answers on their way void, however often', async () => {
    answer = async () => {
      readers.forget({ repositoryIds: [1] });
      return yes;
    };
    expect(await kindOf()).toBe('none');
    expect(asked).toHaveLength(3);
    answer = () => Promise.resolve(yes);
    expect(await kindOf()).toBe('member');
  });
});
