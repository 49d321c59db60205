import { describe, expect, it } from 'vitest';
import { keyGenerationsOf } from '#edge/gate/key-generations.ts';
import { ConfigError } from '#protocol/config.ts';

const a = 'a'.repeat(64);
const b = 'b'.repeat(64);
const c = 'c'.repeat(64);
const d = 'd'.repeat(64);

describe('generations of keys', () => {
  it('are read in their order; comments, blank lines and Windows’ line ends do not count', () => {
    const text = `# newest first\r\n\r\n  2026-11 ${a.toUpperCase()}  \r\n\n# old\nx_\t${b}`;
    expect(keyGenerationsOf(text)).toEqual([
      { kid: '2026-11', key: new Uint8Array(32).fill(0xaa) },
      { kid: 'x_', key: new Uint8Array(32).fill(0xbb) },
    ]);
    expect(keyGenerationsOf('')).toEqual([]);
    expect(keyGenerationsOf('# none\n')).toEqual([]);
  });

  it('are three at most, with names of 32 characters at most', () => {
    const three = `${'k'.repeat(32)} ${a}\n2 ${b}\n3 ${c}`;
    expect(keyGenerationsOf(three)).toHaveLength(3);
    expect(() => keyGenerationsOf(`${three}\n4 ${d}`)).toThrow(
      'line 4: there may be 3 keys at most',
    );
  });

  it.each([
    [`${'k'.repeat(33)} ${a}`, 'line 1: the name must be 1 to 32'],
    [`# x\nkéy ${a}`, 'line 2: the name must be'],
    [`a.b ${a}`, 'line 1: the name must be'],
    [`${a} new`, 'line 1: the name must be'],
    [a, 'line 1: must be a name and 64 hexadecimal digits'],
    [`new ${a} # mine`, 'line 1: must be a name and'],
    [`new ${a.slice(1)}`, 'line 1: the key must be 64'],
    [`new ${a}a`, 'line 1: the key must be 64'],
    [`new ${'g'.repeat(64)}`, 'line 1: the key must be 64'],
    [`${a.slice(32)} ${a.slice(32)}`, 'line 1: the key must be 64'],
    [`root ${a}`, 'line 1: the name root is'],
    [`new ${a}\n\nnew ${b}`, 'line 3: the name new is there twice'],
    [`new ${a}\nold ${a.toUpperCase()}`, 'line 2: the key is that of line 1'],
  ])('%# with a fault are refused, by line and without the key', (text, words) => {
    let fault: unknown;
    try {
      keyGenerationsOf(text);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(ConfigError);
    expect(String(fault)).toContain(words);
    expect(String(fault)).not.toMatch(/[a-g]{20}/i);
  });
});
