import { describe, expect, it } from 'vitest';
import { findPulls, maxFound, type WorkingCopy } from '#github-app/finding.ts';
import type { Answer, Pull, PullRequests, Repository } from '#github-app/ports.ts';
import { ann, repository, shaOf } from './payloads.ts';

const other: Repository = { ...repository, id: 8, name: 'other' };
const fork = { id: 9, owner: ann, pushedMs: 0 };
const sha = shaOf(1);

function pullOf(number: number, more: Partial<Pull> = {}): Pull {
  return {
    number,
    state: 'open',
    closedMs: undefined,
    author: ann,
    head: { sha, branch: 'feature', repository: fork },
    base: { repository },
    ...more,
  };
}

interface Answers {
  pull?: Answer<Pull>;
  byHead?: Record<number, Answer<Pull[]>>;
  ofCommit?: Record<number, Answer<Pull[]>>;
}

const none: Answer<Pull[]> = { kind: 'ok', value: [] };
const away = { kind: 'unavailable', retryAfterMs: 1000 } as const;

function find(answers: Answers, more: Partial<WorkingCopy> = {}) {
  const asked: string[] = [];
  const github = {
    pull: () => Promise.resolve(answers.pull ?? { kind: 'gone' }),
    pullsByHead: ({ id }: Repository, owner: string, branch: string) => {
      asked.push(`${id} ${owner}:${branch}`);
      return Promise.resolve(answers.byHead?.[id] ?? none);
    },
    pullsOfCommit: ({ id }: Repository, of: string) => {
      asked.push(`${id} ${of}`);
      return Promise.resolve(answers.ofCommit?.[id] ?? none);
    },
  } as unknown as PullRequests;
  const copy: WorkingCopy = {
    bases: [repository, other],
    explicit: undefined,
    push: { owner: 'ann', branch: 'feature', repositoryId: 9 },
    sha,
    ...more,
  };
  return findPulls(github, copy).then((answer) => ({
    asked,
    answer,
    numbers: answer.kind === 'ok' ? answer.value.map(({ pull }) => pull.number) : undefined,
  }));
}

const ok = (...value: Pull[]): Answer<Pull[]> => ({ kind: 'ok', value });

describe('the pull requests of a working copy', () => {
  it('are the one that was named, and no others', async () => {
    const explicit = { base: repository, number: 5 };
    const byHead = { 7: ok(pullOf(1)) };
    expect(
      (await find({ pull: { kind: 'ok', value: pullOf(5) }, byHead }, { explicit })).numbers,
    ).toEqual([5]);
    expect((await find({ byHead }, { explicit })).answer).toEqual({ kind: 'gone' });
    const closed = pullOf(5, { state: 'closed', closedMs: 1 });
    expect((await find({ pull: { kind: 'ok', value: closed } }, { explicit })).numbers).toEqual([]);
  });

  it('are those of the branch, in every repository, asked with the owner', async () => {
    const second = pullOf(2, { base: { repository: other } });
    const { numbers, asked } = await find({ byHead: { 7: ok(pullOf(1)), 8: ok(second) } });
    expect(numbers).toEqual([1, 2]);
    expect(asked).toEqual(['7 ann:feature', '8 ann:feature']);
  });

  it('are not those that GitHub returns besides', async () => {
    const foreign = pullOf(2, {
      head: { sha, branch: 'feature', repository: { ...fork, id: 10 } },
    });
    const otherBranch = pullOf(3, { head: { sha, branch: 'main', repository: fork } });
    const withoutFork = pullOf(4, { head: { sha, branch: 'feature', repository: undefined } });
    const closed = pullOf(5, { state: 'closed' });
    const elsewhere = pullOf(6, { base: { repository: other } });
    const found = await find({
      byHead: { 7: ok(foreign, otherBranch, withoutFork, closed, elsewhere, pullOf(1)) },
    });
    expect(found.numbers).toEqual([1]);
  });

  it('are known by the owner’s name where the repository’s id is not', async () => {
    const push = { owner: 'ANN', branch: 'feature', repositoryId: undefined };
    expect((await find({ byHead: { 7: ok(pullOf(1)) } }, { push })).numbers).toEqual([1]);
    const stranger = { owner: 'eve', branch: 'feature', repositoryId: undefined };
    expect((await find({ byHead: { 7: ok(pullOf(1)) } }, { push: stranger })).numbers).toEqual([]);
  });

  it('are else those whose head is the commit', async () => {
    const older = pullOf(2, { head: { sha: shaOf(2), branch: 'x', repository: fork } });
    const { numbers } = await find({ ofCommit: { 7: ok(older, pullOf(1)) } });
    expect(numbers).toEqual([1]);
    expect((await find({}, { push: undefined, sha: undefined })).numbers).toEqual([]);
  });

  it('are found though one repository does not answer; else it is said', async () => {
    expect(
      (await find({ byHead: { 7: away, 8: ok(pullOf(2, { base: { repository: other } })) } }))
        .numbers,
    ).toEqual([2]);
    expect((await find({ byHead: { 7: away } })).answer).toEqual(away);
    expect((await find({ byHead: { 7: { kind: 'forbidden' } } })).numbers).toEqual([]);
  });

  it(`are ${maxFound} at most`, async () => {
    const many = Array.from({ length: maxFound + 1 }, (_, number) => pullOf(number + 1));
    expect((await find({ byHead: { 7: ok(...many) } })).numbers).toHaveLength(maxFound);
  });
});
