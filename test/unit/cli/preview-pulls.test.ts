/** What commands say of the pull requests of a preview. */
import { expect, it } from 'vitest';
import { pullSearches } from '#edge/objects/pull-search.ts';
import { previewNow, previewRows } from '#cli/preview-now.ts';
import { isSettled, whyNoPull } from '#cli/preview-pulls.ts';

const live = {
  state: 'live' as const,
  access: 'private',
  public_until: null,
  expires_at: null,
  idle_expires_at: null,
  hits: 0,
  last_used_at: null,
};
const shop = {
  repository: 'sandbox/shop',
  number: 7,
  url: 'https://github.com/sandbox/shop/pull/7',
};

function rows(more: object): string[] {
  const now = previewNow.parse({ ...live, ...more });
  return previewRows(now, 0).map(([label, text]) => `${label}: ${text}`);
}

it('names each with its address, or as people write it', () => {
  const pulls = [shop, { ...shop, number: 8, url: null }];
  expect(rows({ pulls, pull_search: 'found' })).toEqual([
    'Access: private',
    'Shown at: https://github.com/sandbox/shop/pull/7',
    'Shown at: sandbox/shop#8',
  ]);
});

it('says why there is none, whatever this edge says came of looking', () => {
  for (const outcome of pullSearches) {
    expect(whyNoPull(outcome)).toEqual(expect.any(String));
    expect(rows({ pulls: [], pull_search: outcome })[1]).toBe(
      `Shown at: no pull request: ${whyNoPull(outcome)}`,
    );
  }
});

it('says nothing where nobody has looked, or an edge of another version answers', () => {
  for (const more of [{}, { pulls: [], pull_search: null }, { pull_search: 'something-new' }]) {
    expect(rows(more)).toEqual(['Access: private']);
  }
});

it('waits while GitHub is asked, and until what was found shows it', () => {
  expect(isSettled({ pulls: [], pull_search: 'looking' })).toBe(false);
  expect(isSettled({ pulls: [], pull_search: 'found' })).toBe(false);
  expect(isSettled({ pulls: [shop], pull_search: 'found' })).toBe(true);
  for (const outcome of ['none', 'closed', 'no-pull', 'no-repository', 'no-app', null]) {
    expect(isSettled({ pulls: [], pull_search: outcome })).toBe(true);
  }
  expect(isSettled({})).toBe(true);
});
