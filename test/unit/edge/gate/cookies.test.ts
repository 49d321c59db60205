import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clearCookie,
  cookieName,
  maxCookieCharacters,
  readCookies,
  setCookie,
  surplusTransactions,
  transactionCookieName,
} from '#edge/gate/cookies.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';

const { session, seen, sso, dash } = cookieName;
const valuesOf = (...fields: string[]) =>
  Object.fromEntries(readCookies(fields.flatMap((value) => ['Cookie', value])).values);

describe('reading cookies', () => {
  it('finds ours among those of the app', () => {
    expect(valuesOf(`a=b; ${session}=x.y-z_; theme=dark; ${seen}=1`)).toEqual({
      [session]: 'x.y-z_',
      [seen]: '1',
    });
    expect(valuesOf(`${sso}=s`, `${dash}=d`)).toEqual({ [sso]: 's', [dash]: 'd' });
    expect(valuesOf('a=b', '')).toEqual({});
  });

  it('reads every Cookie field, whatever the case of its name, and no other field', () => {
    const head = [':method', 'GET', 'cookie', 'a=b', 'COOKIE', `${session}=x`, 'X', `${seen}=1`];
    expect([...readCookies(head).values]).toEqual([[session, 'x']]);
  });

  it('takes blanks and tabs around a pair, as RFC 6265 has them', () => {
    expect(valuesOf(`a=b;\t ${session}=x \t;${seen}=1`)).toEqual({ [session]: 'x', [seen]: '1' });
  });

  it.each([
    ['in one field', [`${session}=good; a=b; ${session}=evil`]],
    ['in two fields', [`${session}=good`, `${session}=evil`]],
    ['three times', [`${session}=good; ${session}=good`, `${session}=good`]],
    ['one of them malformed, first', [`${session}=\u00ff; ${session}=good`]],
    ['one of them malformed, last', [`${session}=good; ${session}=`]],
  ])('threat 11: a name that is there twice is absent: %s', (_, fields) => {
    expect(valuesOf(...fields)).toEqual({});
    const names = readCookies(fields.flatMap((value) => ['Cookie', value])).names;
    expect([...names]).toEqual([session]);
  });

  it.each([
    ['nameless', `=${session}=evil`],
    ['without a value', session],
    ['U+00A0 in front, latin-1', `\u00a0${session}=evil`],
    ['U+00A0 in front, UTF-8', `\u00c2\u00a0${session}=evil`],
    ['U+2000 in front, UTF-8', `\u00e2\u0080\u0080${session}=evil`],
    ['U+2000 in front, not even latin-1', `\u2000${session}=evil`],
    ['U+FEFF in front, UTF-8', `\u00ef\u00bb\u00bf${session}=evil`],
    ['vertical tab in front', `\v${session}=evil`],
    ['line feed in front', `\n${session}=evil`],
    ['NUL in front', `\0${session}=evil`],
    ['blank behind the name', `${session} =evil`],
    ['tab behind the name', `${session}\t=evil`],
    ['U+00A0 behind the name', `${session}\u00a0=evil`],
    ['other case', `__host-byway_session=evil`],
    ['other case of the end', `__Host-byway_Session=evil`],
    ['more behind', `${session}x=evil`],
    ['quoted', `"${session}"=evil`],
    ['another prefix', `__Secure-byway_session=evil`],
    ['no prefix', `byway_session=evil`],
    ['behind a comma', `a=b, ${session}=evil`],
    ['one that does not exist', `__Host-byway_admin=evil`],
    ['a transaction with a short id', `__Host-byway_tx_1234567=evil`],
    ['a transaction with a long id', `__Host-byway_tx_123456789=evil`],
    ['a transaction with other characters', `__Host-byway_tx_1234567-=evil`],
  ])('threat 11: another name is another cookie: %s', (_, value) => {
    expect(valuesOf(value)).toEqual({});
    expect(valuesOf(`${value}; ${session}=good`)).toEqual({ [session]: 'good' });
  });

  it.each(['', '"x"', 'a b', 'a,b', 'a\\b', 'a=b', 'ä', 'a%20b', '\u0000', 'a\r\nb', '<x>'])(
    'threat 16: a value that the gateway cannot have written is absent, but named: %j',
    (value) => {
      const cookies = readCookies(['cookie', `${session}=${value}`]);
      expect(cookies.values.size).toBe(0);
      expect([...cookies.names]).toEqual([session]);
    },
  );

  it('takes name and value of 4096 characters together, and none of 4097', () => {
    const longest = 'x'.repeat(maxCookieCharacters - session.length);
    expect(valuesOf(`${session}=${longest}`)).toEqual({ [session]: longest });
    expect(valuesOf(`${session}=${longest}x`)).toEqual({});
    const options = { sameSite: 'Lax', maxAgeS: 1 } as const;
    expect(setCookie(session, longest, options)).toContain(longest);
    expect(() => setCookie(session, `${longest}x`, options)).toThrow(RangeError);
  });

  const piece = fc.oneof(
    fc.constantFrom(session, seen, '__Host-byway_tx_aaaaaaaa', '=', ';', ' ', '\t', '\u00a0', ','),
    fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) }),
  );
  const field = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));

  it('threat 24: whatever bytes come, what is read stood there exactly once and is clean', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 4 }), (fields) => {
        const { values, names } = readCookies(fields.flatMap((value) => ['cookie', value]));
        const pairs = fields.flatMap((value) => value.split(';'));
        for (const [name, value] of values) {
          expect(names.has(name)).toBe(true);
          expect(value).toMatch(/^[A-Za-z0-9_.~-]+$/);
          const own = pairs.filter((pair) => /^[ \t]*([^=]*)=/.exec(pair)?.[1] === name);
          expect(own).toHaveLength(1);
          expect(own[0]?.replace(/^[ \t]+|[ \t]+$/g, '')).toBe(`${name}=${value}`);
        }
      }),
      { seed: 11, numRuns: fuzzRuns(1000) },
    );
  });
});

describe('setting cookies', () => {
  it('for the whole host and no other, out of reach of scripts', () => {
    const text = '__Host-byway_session=a.b; Max-Age=3600; Path=/; Secure; HttpOnly; SameSite=Lax';
    expect(setCookie(session, 'a.b', { sameSite: 'Lax', maxAgeS: 3600 })).toBe(text);
    expect(setCookie(dash, 'd', { sameSite: 'Strict', maxAgeS: 1 })).toContain('SameSite=Strict');
  });

  it('clears them with the same attributes', () => {
    const text = '__Host-byway_session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax';
    expect(clearCookie(session)).toBe(text);
  });

  it.each(['session', '__Host-byway_session; Domain=x', '__Host-byway_tx_', ''])(
    'refuses the name %j',
    (name) => {
      expect(() => setCookie(name, 'x', { sameSite: 'Lax', maxAgeS: 1 })).toThrow('no cookie');
      expect(() => clearCookie(name)).toThrow('no cookie');
    },
  );

  it.each(['', 'a;b', 'a\r\nb', 'a b', 'x'.repeat(maxCookieCharacters)])(
    'refuses a value that would not be read, and does not repeat it (%#)',
    (value) => {
      const act = () => setCookie(session, value, { sameSite: 'Lax', maxAgeS: 1 });
      expect(act).toThrow(
        new RangeError(`the value for ${session} is empty, too long or has other characters`),
      );
    },
  );

  it.each([0, -1, 1.5, Number.NaN, Infinity])('refuses a life of %s s', (maxAgeS) => {
    expect(() => setCookie(session, 'x', { sameSite: 'Lax', maxAgeS })).toThrow(RangeError);
  });
});

describe('logins under way', () => {
  it('have cookies of their own', () => {
    expect(transactionCookieName('preview', 'abcdefghijkl')).toBe('__Host-byway_tx_abcdefgh');
    expect(transactionCookieName('github', 'abcdefghijkl')).toBe('__Host-byway_gh_tx_abcdefgh');
    const name = transactionCookieName('preview', '12345678');
    expect(setCookie(name, 'x', { sameSite: 'Lax', maxAgeS: 600 })).toContain(`${name}=x;`);
  });

  it('threat 8: are three at most; the oldest go, malformed ones too', () => {
    const tx = (id: number) => `__Host-byway_tx_0000000${id}`;
    const cookiesOf = (...pairs: string[]) => readCookies(['cookie', pairs.join('; ')]);
    expect(surplusTransactions(cookiesOf(), 'preview')).toEqual([]);
    const two = cookiesOf(`${tx(1)}=a`, `${tx(2)}=b`);
    expect(surplusTransactions(two, 'preview')).toEqual([]);
    const many = cookiesOf(`${tx(1)}=?`, `${session}=s`, `${tx(2)}=b`, `${tx(3)}=c`, `${tx(4)}=d`);
    expect(surplusTransactions(many, 'preview')).toEqual([tx(1), tx(2)]);
    expect(surplusTransactions(many, 'github')).toEqual([]);
  });

  it('of the two kinds are counted apart', () => {
    const github = [1, 2, 3].map((id) => `__Host-byway_gh_tx_0000000${id}=x`);
    const cookies = readCookies(['cookie', github.join(';')]);
    expect(surplusTransactions(cookies, 'github')).toEqual(['__Host-byway_gh_tx_00000001']);
    expect(surplusTransactions(cookies, 'preview')).toEqual([]);
  });
});
