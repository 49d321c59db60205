import { describe, expect, it } from 'vitest';
import { commandIn, usage } from '#github-app/command.ts';
import { durationOf, maxDurationMs } from '#github-app/duration.ts';

const hourMs = 3_600_000;
const sha = '0123456789abcdef0123456789abcdef01234567';

describe('commands', () => {
  it.each([
    ['/preview public', { verb: 'public', forMs: undefined, sha: undefined }],
    ['/preview public 2h', { verb: 'public', forMs: 2 * hourMs, sha: undefined }],
    ['/preview public abc1234', { verb: 'public', forMs: undefined, sha: 'abc1234' }],
    [`/preview public 30m ${sha}`, { verb: 'public', forMs: hourMs / 2, sha }],
    [`/preview public ${sha.toUpperCase()} 30m`, { verb: 'public', forMs: hourMs / 2, sha }],
    ['/preview private', { verb: 'private' }],
    ['/preview remove', { verb: 'remove' }],
    ['/preview status', { verb: 'status' }],
    ['/preview help', { verb: 'help' }],
    ['/preview', { verb: 'help' }],
    ['/preview extend', { verb: 'extend', forMs: undefined }],
    ['/preview extend 3d', { verb: 'extend', forMs: 72 * hourMs }],
    ['/preview allow @Bob-2', { verb: 'allow', login: 'Bob-2', forMs: undefined }],
    ['/preview allow @bob 4h', { verb: 'allow', login: 'bob', forMs: 4 * hourMs }],
    ['/preview disallow @bob', { verb: 'disallow', login: 'bob' }],
  ])('%s', (text, command) => expect(commandIn(text)).toEqual(command));

  it.each([
    '/PREVIEW Private',
    '   /preview private',
    '/preview \t private  ',
    '/preview private\r\nthank you',
    '\n \r\n/preview private\n/preview public',
  ])('whatever the case, blanks and later lines: %j', (text) =>
    expect(commandIn(text)).toEqual({ verb: 'private' }),
  );

  it.each([
    '/preview publish',
    '/preview private please',
    '/preview public 2h 3h',
    '/preview public 31d',
    '/preview public 0m',
    '/preview public abc123',
    `/preview public ${sha}a`,
    '/preview public abc1234 abc1235',
    '/preview public @bob',
    '/preview extend forever',
    '/preview allow',
    '/preview allow bob',
    '/preview allow @bob soon',
    '/preview allow @bob 1h 2h',
    '/preview allow @-bob',
    '/preview allow @org/team',
    `/preview allow @${'b'.repeat(40)}`,
    '/preview disallow @bob 2h',
    '/preview status now',
    `/preview help${' '.repeat(200)}x`,
  ])('that are not understood say why: %s', (text) =>
    expect(commandIn(text)).toEqual({ verb: 'unknown', fault: expect.any(String) }),
  );

  it.each([
    '',
    'please /preview public',
    '> /preview public',
    '>/preview public',
    '    /preview public',
    '\t/preview public',
    '`/preview public`',
    '```\n/preview public\n```',
    '~~~\n/preview public\n~~~',
    '<!-- /preview public -->',
    '<!--\n/preview public\n-->',
    '<details>\n/preview public\n</details>',
    '- /preview public',
    'first words\n/preview public',
    '\u200b/preview public',
    '/previews public',
    '/preview-public',
    '/prеview public',
  ])('threat 47: text that is shown otherwise is none: %j', (text) =>
    expect(commandIn(text)).toBeUndefined(),
  );

  it('stand in the help as they are understood', () => {
    for (const [line] of usage) {
      const text = line.replace('SHA', sha).replaceAll(/[[\]]/g, '');
      expect(commandIn(text)?.verb, line).toBe(line.split(' ')[1]);
    }
  });
});

describe('durations', () => {
  it('end at 30 days', () => {
    expect(durationOf('30d')).toBe(maxDurationMs);
    expect(durationOf('720h')).toBe(maxDurationMs);
    expect(durationOf('721h')).toBeUndefined();
  });

  it.each(['', '1', 'h', '1s', '1.5h', '-1h', '1 h', '100000m', 'Infinityh'])(
    '%j is none',
    (text) => expect(durationOf(text)).toBeUndefined(),
  );
});
