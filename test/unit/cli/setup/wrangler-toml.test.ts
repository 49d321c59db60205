import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { varsIn } from '#cli/setup/wrangler-toml.ts';

const shipped = readFileSync(join(import.meta.dirname, '../../../../wrangler.toml'), 'utf8');

describe('the variables in wrangler.toml', () => {
  it('are found in the file that is shipped, for each environment', () => {
    expect(varsIn(shipped, 'production')?.values.get('APP_URL')).toBe('https://byway.example.com');
    expect(varsIn(shipped, 'staging')?.values.get('GITHUB_APP_ID')).toBe('');
    expect(varsIn(shipped, 'nowhere')).toBeUndefined();
  });

  it('change alone: everything else of the file stays as it is', () => {
    const after = varsIn(shipped, 'staging')?.with({ GITHUB_APP_ID: '5', NEW: 'x' }) ?? '';
    const [before, now] = [shipped.split('\n'), after.split('\n')];
    expect(now.filter((line) => !before.includes(line))).toEqual([
      'GITHUB_APP_ID = "5" # the number under "App ID"',
      'NEW = "x"',
    ]);
    expect(now).toHaveLength(before.length + 1);
    expect(varsIn(after, 'staging')?.values.get('NEW')).toBe('x');
    expect(varsIn(after, 'production')?.values).toEqual(varsIn(shipped, 'production')?.values);
    expect(varsIn(shipped, 'production')?.with({})).toBe(shipped);
  });

  it('keep line ends and escapes', () => {
    const text = '[env.a.vars] # here\r\nA = "x\\"y\\\\"\r\n\r\n[next]\r\nA = "z"\r\n';
    const section = varsIn(text, 'a');
    expect(section?.values.get('A')).toBe('x"y\\');
    expect(section?.with({ A: 'q', B: 'r' })).toBe(
      '[env.a.vars] # here\r\nA = "q"\r\nB = "r"\r\n\r\n[next]\r\nA = "z"\r\n',
    );
  });

  it.each([
    ['several lines', 'A = """\nx\n"""'],
    ['a literal', "A = 'x'"],
    ['an object', 'A = { b = "c" }'],
    ['a name twice', 'A = "x"\nA = "y"'],
    ['an escape that JSON knows otherwise', 'A = "\\x41"'],
  ])('are left alone where there is %s', (_what, lines) => {
    expect(varsIn(`[env.a.vars]\n${lines}\n`, 'a')).toBeUndefined();
  });

  it('are left alone where the section is there twice', () => {
    expect(varsIn('[env.a.vars]\nA = "x"\n[env.a.vars]\n', 'a')).toBeUndefined();
  });
});
