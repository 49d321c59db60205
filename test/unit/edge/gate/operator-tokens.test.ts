import { describe, expect, it } from 'vitest';
import { operatorTokensOf } from '#edge/gate/operator-tokens.ts';

const x = (count: number): string => 'x'.repeat(count);
const y = (count: number): string => 'y'.repeat(count);

describe('operator tokens', () => {
  it.each(['\n', ','] as const)('are one, or two with %j between them', (separator) => {
    expect(operatorTokensOf(x(16), separator)).toEqual([x(16)]);
    expect(operatorTokensOf(x(512) + separator + y(16), separator)).toEqual([x(512), y(16)]);
  });

  it('may have a comma where lines separate them', () => {
    expect(operatorTokensOf(`${x(16)},${y(16)}`, '\n')).toEqual([`${x(16)},${y(16)}`]);
  });

  it.each([
    ['', 'must hold 16 to 512 visible characters'],
    [x(15), 'must hold 16 to 512'],
    [x(513), 'must hold 16 to 512'],
    [`${x(16)} `, 'must hold 16 to 512'],
    [`${x(16)}ä`, 'must hold 16 to 512'],
    [`${x(16)},`, 'two tokens of 16 to 512'],
    [`,${x(16)}`, 'two tokens of'],
    [`${x(16)}, ${y(16)}`, 'two tokens of'],
    [`${x(16)},,${y(16)}`, 'not 3'],
    [`${x(16)},${y(16)},${x(17)}`, 'not 3'],
    [`${x(16)},${x(16)}`, 'same token twice'],
  ])('like %j are refused', (text, words) => {
    expect(() => operatorTokensOf(text, ',')).toThrow(words);
  });
});
