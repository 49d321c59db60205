import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesAtMs, markerOf, render, summaryOf, type CommentView } from '#github-app/comment.ts';
import { code, linkTarget } from '#github-app/markdown.ts';
import type { Preview } from '#github-app/ports.ts';
import { fuzzRuns } from '../fuzz-runs.ts';

const nowMs = Date.UTC(2026, 10, 21, 12, 0);
const hourMs = 3_600_000;
const sha = 'abc1234def0123456789abc1234def0123456789';

function preview(more: Partial<Preview> = {}): Preview {
  return {
    label: 'amber-otter-abcdefgha-22222222222222222222',
    url: 'https://amber-otter-abcdefgha-22222222222222222222.preview.example.dev',
    name: 'checkout',
    service: 'checkout',
    owner: { id: 1, login: 'ann' },
    access: 'private',
    publicUntilMs: 0,
    endsMs: undefined,
    state: 'live',
    sinceMs: nowMs - hourMs,
    madePrivateMs: undefined,
    allowed: [],
    askers: [],
    ...more,
  };
}

function view(more: Partial<CommentView> = {}): CommentView {
  return {
    pull: { repositoryId: 7, number: 42 },
    closed: false,
    sha,
    previews: [preview()],
    waitsFor: undefined,
    dashboardUrl: 'https://app.example.com/dashboard',
    nowMs,
    ...more,
  };
}

const rowsOf = (body: string): string[] =>
  body.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Preview'));

describe('the comment', () => {
  it('has its marker, a row with the link, and the commands', () => {
    const body = render(view());
    expect(body.split('\n')[0]).toBe(markerOf({ repositoryId: 7, number: 42 }));
    expect(rowsOf(body)).toEqual([
      `| [Open](${preview().url}) | \`checkout\` | \`ann\` | 🔒 organisation | 🟢 live, from a laptop |`,
    ]);
    expect(body).toContain('<details><summary>Commands</summary>');
    expect(body).toContain('`/preview public [2h] [SHA]`');
    expect(body).toContain('[Manage](https://app.example.com/dashboard)');
  });

  it('says until when it is public, and who is let in until when', () => {
    const untilMs = nowMs + 2 * hourMs;
    const open = preview({ access: 'public', publicUntilMs: untilMs });
    expect(render(view({ previews: [open] }))).toContain('🌐 public until 2026-11-21 14:00 UTC');
    const user = { id: 5, login: 'bob' };
    const past = { user: { id: 6, login: 'eve' }, untilMs: nowMs };
    const some = preview({ allowed: [past, { user, untilMs }] });
    const body = render(view({ previews: [some] }));
    expect(body).toContain('🔒 organisation, `bob` until 2026-11-21 14:00 UTC');
    expect(body).not.toContain('`eve`');
  });

  it('shows a public time that is over as private', () => {
    const past = preview({ access: 'public', publicUntilMs: nowMs });
    expect(render(view({ previews: [past] }))).toContain('🔒 organisation');
  });

  it.each([
    ['live', '🟢'],
    ['waiting', '🟡'],
    ['offline', '⚪'],
  ] as const)('says that it is %s', (state, sign) => {
    expect(rowsOf(render(view({ previews: [preview({ state })] })))[0]).toContain(sign);
  });

  it('says when a preview ends', () => {
    const ending = preview({ endsMs: nowMs + hourMs });
    expect(render(view({ previews: [ending] }))).toContain('ends 2026-11-21 13:00 UTC');
  });

  it.each([
    [3 * 86_400, '3 days'],
    [86_400, '1 day'],
    [36 * 3600, '36 hours'],
    [5400, '90 minutes'],
    [61, '61 seconds'],
  ])('says that it ends sooner when nobody uses it: %d s', (idleS, words) => {
    const ending = preview({ endsMs: nowMs + hourMs, idleS });
    expect(render(view({ previews: [ending] }))).toContain(`UTC or after ${words} without use |`);
  });

  it('names the intercept where it is called otherwise', () => {
    const named = preview({ name: 'checkout-ann' });
    expect(rowsOf(render(view({ previews: [named] })))[0]).toContain('`checkout` (`checkout-ann`)');
  });

  it('is the same whatever order the previews come in', () => {
    const previews = ['b', 'a', 'c'].map((name) =>
      preview({ name, label: name, owner: { id: name.length, login: name } }),
    );
    const body = render(view({ previews }));
    expect(render(view({ previews: previews.toReversed() }))).toBe(body);
    expect(rowsOf(body)).toHaveLength(3);
  });

  it('does not change as time passes, but at the times that it names', () => {
    const untilMs = nowMs + hourMs;
    const allowed = [{ user: { id: 5, login: 'bob' }, untilMs: untilMs - 1 }];
    const previews = [preview({ access: 'public', publicUntilMs: untilMs, allowed })];
    const start = view({ previews });
    expect(changesAtMs(start)).toBe(untilMs - 1);
    expect(render({ ...start, nowMs: untilMs - 2 })).toBe(render(start));
    expect(changesAtMs({ ...start, nowMs: untilMs - 1 })).toBe(untilMs);
    expect(render({ ...start, nowMs: untilMs })).not.toBe(render(start));
    expect(changesAtMs({ ...start, nowMs: untilMs })).toBeUndefined();
  });

  it('says who asks to be let in and how to answer, mentioning nobody', () => {
    const askers = [
      { id: 9, login: 'zoe' },
      { id: 5, login: 'bob' },
    ];
    const body = render(view({ previews: [preview({ askers }), preview({ label: 'b', askers })] }));
    expect(body).toContain('Asking to be let in: `bob`, `zoe`.');
    expect(body).toContain('`/preview allow @bob 4h`');
  });

  it('asks for the commit where it is not certain, spelt out whole', () => {
    const body = render(view({ waitsFor: { id: 1, login: 'ann' } }));
    expect(body).toContain(`\`/preview public ${sha}\``);
    expect(body).toContain('`ann` wants this public');
  });

  it('is the same for another commit, unless it asks for one', () => {
    const other = 'f'.repeat(40);
    expect(render(view({ sha: other }))).toBe(render(view()));
    const waitsFor = { id: 1, login: 'ann' };
    expect(render(view({ sha: other, waitsFor }))).not.toBe(render(view({ waitsFor })));
  });

  it('says that previews were removed when the pull request is closed, with no link left', () => {
    const body = render(view({ closed: true }));
    expect(body).toContain('The pull request is closed, and its previews were removed.');
    expect(body).not.toContain('](');
  });

  it('stays when there is nothing to show', () => {
    expect(render(view({ previews: [] }))).toContain('There are no previews at the moment.');
  });

  it('is short however much there is', () => {
    const askers = Array.from({ length: 500 }, (_, id) => ({ id, login: `user-${id}` }));
    const allowed = askers.map((user) => ({ user, untilMs: nowMs + hourMs }));
    const previews = Array.from({ length: 100 }, (_, at) =>
      preview({ label: `${at}`, name: 'x'.repeat(5000), askers, allowed }),
    );
    const body = render(view({ previews }));
    expect(rowsOf(body)).toHaveLength(20);
    expect(body).toContain('and 80 more');
    expect(body.length).toBeLessThan(65_536);
  });

  it('as a reply has no links', () => {
    expect(summaryOf(view())).toBe(
      '- `checkout` of `ann`: 🔒 organisation; 🟢 live, from a laptop',
    );
    expect(summaryOf(view({ previews: [] }))).toContain('no previews');
  });
});

describe('names in the comment', () => {
  it.each([
    '@octocat',
    '@org/team',
    '[x](https://evil.example)',
    'https://evil.example',
    '<img src=x>',
    '<!-- byway -->',
    'a | b',
    '`@octocat`',
    '``` @octocat',
    '\\`@octocat',
    'a\n\n@octocat',
    'a\r\u2028@octocat',
    '#1',
    '&#64;octocat',
  ])('%j are shown as code in one cell', (name) => {
    const row = rowsOf(render(view({ previews: [preview({ name, service: name })] })));
    expect(row).toHaveLength(1);
    expect(row[0]!.split(' | ')).toHaveLength(5);
    const outside = row[0]!.replaceAll(/`[^`]*`/g, '');
    expect(outside).not.toMatch(/@|evil|<|#1|&#/);
  });

  it('never break out, whatever they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(code(text)).toMatch(/^(?:—|`[^`|\\\n\r\u2028]+`)$/u);
      }),
      { seed: 47, numRuns: fuzzRuns(500) },
    );
  });

  it('link nowhere where the URL is none', () => {
    expect(linkTarget('javascript:alert(1)')).toBeUndefined();
    expect(linkTarget('https://a.example) [b](https://evil.example')).toBeUndefined();
    expect(linkTarget('http://x.preview.localhost:8080')).toBe('http://x.preview.localhost:8080');
    expect(linkTarget('')).toBeUndefined();
  });
});
