import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalUserCode, makeDeviceCode, makeUserCode } from '#edge/gate/device-code.ts';
import { isSecret } from '#edge/gate/digest.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { random } from './key-ring.ts';

const shape = /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/;

describe('user codes', () => {
  it('are eight consonants in two groups, and are read back', () => {
    for (let count = 0; count < 500; count += 1) {
      const code = makeUserCode(random);
      expect(code).toMatch(shape);
      expect(canonicalUserCode(code)).toBe(code);
    }
  });

  it('use every letter as often: bytes that would tip the scales are thrown away', () => {
    const bytes = [255, 240, 241, 254, 250, 243, 249, 245, 0, 19, 20, 239, 1, 21, 41, 238];
    let at = 0;
    const code = makeUserCode({
      bytes: (count) => Uint8Array.from({ length: count }, () => bytes[at++ % bytes.length]!),
    });
    expect(code).toBe('BZBZ-CCCX');
  });

  it.each([
    'WDJB-MJHT',
    'wdjbmjht',
    ' wdjb mjht ',
    'WDJB\u2013MJHT',
    'w d j b - m j h t',
    'WDJB_MJHT',
    'wdjb.mjht',
    'WDJB\u00a0MJHT\n',
    '\tWDJB\u2212MJHT',
  ])('may be typed as %j', (typed) => expect(canonicalUserCode(typed)).toBe('WDJB-MJHT'));

  it.each([
    '',
    '-',
    'WDJB-MJH',
    'WDJB-MJHTT',
    'WDJA-MJHT',
    'WDJY-MJHT',
    'WDJ0-MJHT',
    'WDJB/MJHT',
    'WDJB-MJH\u017f',
    '\u017f\u017f\u017f\u017f-\u017f\u017f\u017f\u017f',
    'WDJB-MJ\u00df',
    '\uff37\uff24\uff2a\uff22-\uff2d\uff2a\uff28\uff34',
    "WDJB-MJHT' OR 1=1",
    `WDJB-MJHT${' '.repeat(56)}`,
  ])('threat 54: %j is none', (typed) => expect(canonicalUserCode(typed)).toBeUndefined());

  it('may have 64 characters', () => {
    expect(canonicalUserCode(`WDJB-MJHT${' '.repeat(55)}`)).toBe('WDJB-MJHT');
  });

  it('threat 54: whatever is typed, it is one of the codes or none', () => {
    const piece = fc.oneof(
      fc.constantFrom('B', 'z', 'A', '-', ' ', 'ſ'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const code = canonicalUserCode(pieces.join(''));
        if (code !== undefined) expect(code).toMatch(shape);
      }),
      { seed: 54, numRuns: fuzzRuns(300) },
    );
  });
});

it('device codes are 256 random bits', () => {
  expect(isSecret(makeDeviceCode(random))).toBe(true);
  expect(makeDeviceCode(random)).not.toBe(makeDeviceCode(random));
});
