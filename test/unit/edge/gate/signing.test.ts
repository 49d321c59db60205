import * as fc from 'fast-check';
import { base64url, jwtVerify, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { KeyRing, type Expected } from '#edge/gate/signing.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { forge, keyOf, nowMs, publicKey, ring } from './key-ring.ts';

const typ = 'byway-test+jwt';
const issuer = 'https://byway.example.com';
const audience = 'https://a.preview.example.dev';
const how = { issuer, audience, ttlS: 600, nowMs };
const expected: Expected = { typ, issuer, audience, maxAgeS: 600, nowMs };
const nowS = nowMs / 1000;
const good = { iss: issuer, aud: audience, iat: nowS, exp: nowS + 600, jti: 'j', sub: 's' };
const sign = (signer = ring) => signer.sign(typ, { jti: 'j', sub: 's' }, how);

describe('a signed token', () => {
  it('comes back with its claims', async () => {
    expect(await ring.verify(await sign(), expected)).toEqual(good);
  });

  it('carries kind, algorithm and key in its header, and nothing else', async () => {
    const [header = ''] = (await sign()).split('.');
    const text = Buffer.from(header, 'base64url').toString();
    expect(JSON.parse(text)).toEqual({ alg: 'EdDSA', kid: 'a', typ });
  });

  it('is the Ed25519 of RFC 8032', async () => {
    // Its first test vector, of the key alone: §7.1, TEST 1.
    const seed = Buffer.from(
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'hex',
    );
    const x = Buffer.from(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      'hex',
    );
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') };
    const token = await sign(await KeyRing.from([{ kid: 'a', seed }]));
    expect(
      (await jwtVerify(token, { ...jwk, alg: 'EdDSA' }, { currentDate: new Date(nowMs) })).payload
        .jti,
    ).toBe('j');
  });

  it('ends when it says, to the millisecond', async () => {
    const token = await sign();
    const at = (ms: number) => ring.verify(token, { ...expected, nowMs: ms });
    expect(await at(nowMs + 599_999)).toBeDefined();
    expect(await at(nowMs + 600_000)).toBeUndefined();
  });

  it('may come from a clock that is five seconds ahead, and no more', async () => {
    const token = await sign();
    const at = (ms: number) => ring.verify(token, { ...expected, nowMs: ms });
    expect(await at(nowMs - 5000)).toBeDefined();
    expect(await at(nowMs - 6000)).toBeUndefined();
  });

  it.each([0, -1, 0.5, Number.NaN, Infinity])('cannot be valid for %s s', async (ttlS) => {
    await expect(ring.sign(typ, { jti: 'j' }, { ...how, ttlS })).rejects.toThrow(RangeError);
  });

  it.each(['iss', 'aud', 'iat', 'exp', 'nbf'])('cannot bring its own %s', async (name) => {
    const act = ring.sign(typ, { jti: 'j', [name]: 'x' }, how);
    await expect(act).rejects.toThrow(`the claim ${name} is set here`);
  });
});

describe('a token that is refused', () => {
  it.each([
    ['typ', { typ: 'byway-other+jwt' }],
    ['issuer', { issuer: 'https://evil.example' }],
    ['audience', { audience: 'https://b.preview.example.dev' }],
    ['required claim', { requiredClaims: ['org'] }],
    ['age', { maxAgeS: 100, nowMs: nowMs + 110_000 }],
    ['time', { nowMs: Number.NaN }],
    ['time', { nowMs: Infinity }],
  ])('threat 51: of another %s', async (_, change) => {
    expect(await ring.verify(await sign(), { ...expected, ...change })).toBeUndefined();
  });

  it('threat 51: the forgery that the following ones are made of is a good one', async () => {
    expect(await ring.verify(await forge({ typ }, good), expected)).toEqual(good);
  });

  it.each([
    ['no typ', {}, {}],
    ['typ in another case', { typ: typ.toUpperCase() }, {}],
    ['typ as a media type', { typ: `application/${typ}` }, {}],
    ['typ of a list', { typ: [typ] }, {}],
    ['no kid', { typ, kid: undefined }, {}],
    ['unknown kid', { typ, kid: 'b' }, {}],
    ['kid of an object’s own', { typ, kid: '__proto__' }, {}],
    ['kid that is no text', { typ, kid: 1 }, {}],
    ['a key of its own', { typ, jwk: { kty: 'OKP' } }, {}],
    ['a key from elsewhere', { typ, jku: 'https://evil.example/keys' }, {}],
    ['Ed25519 by its other name', { typ, alg: 'Ed25519' }, {}],
    ['no expiry', { typ }, { exp: undefined }],
    ['no time of issue', { typ }, { iat: undefined }],
    ['no jti', { typ }, { jti: undefined }],
    ['empty jti', { typ }, { jti: '' }],
    ['jti that is no text', { typ }, { jti: 1 as never }],
    ['no issuer', { typ }, { iss: undefined }],
    ['no audience', { typ }, { aud: undefined }],
    ['a list of audiences', { typ }, { aud: [audience] }],
    ['two audiences', { typ }, { aud: [audience, 'https://b.preview.example.dev'] }],
    ['an audience with a slash', { typ }, { aud: `${audience}/` }],
    ['expired', { typ }, { exp: nowS }],
    ['expiry as text', { typ }, { exp: String(nowS + 600) as never }],
    ['expiry that is no number', { typ }, { exp: null as never }],
    ['issued in the future', { typ }, { iat: nowS + 60 }],
    ['issued long ago', { typ }, { iat: nowS - 700 }],
    ['not valid yet', { typ }, { nbf: nowS + 60 }],
  ])('threat 51: signed well, but with %s', async (_, header, change) => {
    const payload = { ...good, ...change } as Parameters<typeof forge>[1];
    expect(await ring.verify(await forge(header, payload), expected)).toBeUndefined();
  });

  it('threat 51: with no algorithm', async () => {
    const [, payload] = new UnsecuredJWT(good).encode().split('.');
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      const header = base64url.encode(JSON.stringify({ alg, kid: 'a', typ }));
      for (const signature of ['', 'AA']) {
        expect(await ring.verify(`${header}.${payload}.${signature}`, expected)).toBeUndefined();
      }
    }
  });

  it('threat 51: with the public key as the secret of an HMAC', async () => {
    const raw = base64url.decode(publicKey);
    // SubjectPublicKeyInfo (RFC 8410 §4).
    const spki = Uint8Array.of(48, 42, 48, 5, 6, 3, 43, 101, 112, 3, 33, 0, ...raw);
    const base64 = Buffer.from(spki).toString('base64');
    const pem = `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`;
    const secrets = [raw, spki, Buffer.from(pem), Buffer.from(publicKey)];
    for (const secret of secrets) {
      const token = await new SignJWT(good)
        .setProtectedHeader({ alg: 'HS256', kid: 'a', typ })
        .sign(secret);
      expect(await ring.verify(token, expected)).toBeUndefined();
    }
  });

  it('threat 51: with a payload that is not signed as it stands', async () => {
    const token = await forge({ typ, crit: ['b64'], b64: true }, good);
    expect(await ring.verify(token, expected)).toBeUndefined();
  });

  it('threat 24: written in another way', async () => {
    const token = await sign();
    const last = 'AQgw'.indexOf(token.at(-1)!) * 16;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const variants = Array.from(alphabet.slice(last + 1, last + 16), (character) => {
      return token.slice(0, -1) + character;
    });
    expect(variants).toHaveLength(15);
    for (const other of [...variants, `${token} `, ` ${token}`, `${token}\n`, `${token}=`]) {
      expect(await ring.verify(other, expected)).toBeUndefined();
    }
    const [header, payload, signature] = token.split('.');
    expect(await ring.verify(`${header}.${payload}. ${signature}`, expected)).toBeUndefined();
    const standard = token.replaceAll('-', '+').replaceAll('_', '/');
    if (standard !== token) expect(await ring.verify(standard, expected)).toBeUndefined();
  });

  it('threat 24: longer than 4096 characters', async () => {
    const pad = (count: number) => forge({ typ }, { ...good, pad: 'x'.repeat(count) });
    const spare = Math.floor(((4096 - (await pad(0)).length) * 3) / 4);
    expect((await pad(spare)).length).toBeLessThanOrEqual(4096);
    expect(await ring.verify(await pad(spare), expected)).toBeDefined();
    expect((await pad(spare + 3)).length).toBeGreaterThan(4096);
    expect(await ring.verify(await pad(spare + 3), expected)).toBeUndefined();
  });

  it('threat 24: whatever comes instead of a token, it is none, and nothing is thrown', async () => {
    const token = await sign();
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json().map((text) => base64url.encode(text)),
      fc.constantFrom(...token.split('.'), '', 'e30'),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.')),
      fc.tuple(fc.nat(token.length), fc.string({ minLength: 1, maxLength: 3 })).map(([at, put]) => {
        return token.slice(0, at) + put + token.slice(at + put.length);
      }),
      fc.tuple(fc.nat(token.length - 1)).map(([at]) => token.slice(0, at)),
    );
    await fc.assert(
      fc.asyncProperty(text, async (candidate) => {
        fc.pre(candidate !== token);
        expect(await ring.verify(candidate, expected)).toBeUndefined();
      }),
      { seed: 24, numRuns: fuzzRuns(500) },
    );
  });
});

describe('rotation of keys', () => {
  it('threat 52: the newest signs, all verify, and one that was dropped does not', async () => {
    const old = await KeyRing.from([keyOf('a', 1)]);
    const both = await KeyRing.from([keyOf('b', 2), keyOf('a', 1)]);
    const fresh = await KeyRing.from([keyOf('b', 2)]);
    const before = await sign(old);
    const after = await sign(both);
    expect(await both.verify(before, expected)).toBeDefined();
    expect(await both.verify(after, expected)).toBeDefined();
    expect(await fresh.verify(after, expected)).toBeDefined();
    expect(await fresh.verify(before, expected)).toBeUndefined();
    expect(await old.verify(after, expected)).toBeUndefined();
  });

  it('threat 52: another key under an old name does not verify', async () => {
    const other = await KeyRing.from([keyOf('a', 2)]);
    expect(await other.verify(await sign(), expected)).toBeUndefined();
  });

  it.each([
    [[], 'there is no signing key'],
    [[{ kid: '', seed: new Uint8Array(32) }], 'signing key 1 of 1: its kid must be'],
    [[{ kid: 'a b', seed: new Uint8Array(32) }], 'its kid must be'],
    [[{ kid: 'x'.repeat(33), seed: new Uint8Array(32) }], 'its kid must be'],
    [[keyOf('a', 1), keyOf('a', 2)], 'signing key 2 of 2: its kid a is there already'],
    [[keyOf('a', 1), { kid: 'b', seed: new Uint8Array(31) }], 'its seed has 31 bytes'],
    [[{ kid: 'a', seed: new Uint8Array(33) }], 'its seed has 33 bytes'],
  ])('is refused when a key is wrong (%#)', async (keys, words) => {
    await expect(KeyRing.from(keys)).rejects.toThrow(words);
  });
});
