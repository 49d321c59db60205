import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { pkcs8Of, pkcs8PemOf, PrivateKeyError } from '#edge/github/private-key.ts';

const sizes = [1024, 2048, 4096].map((modulusLength) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength });
  return {
    modulusLength,
    pkcs1: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    pkcs8: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
});
const { pkcs1, pkcs8 } = sizes[1]!;

const openssl = (input: string) =>
  spawnSync('openssl', ['pkcs8', '-topk8', '-nocrypt'], { input, encoding: 'utf8' });
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe('a key in PKCS#1', () => {
  it.each(sizes)('of $modulusLength bits becomes what Node makes of it', (key) => {
    expect(pkcs8PemOf(key.pkcs1)).toBe(key.pkcs8);
    const der = createPrivateKey(key.pkcs1).export({ type: 'pkcs8', format: 'der' });
    expect(Buffer.from(pkcs8Of(key.pkcs1)).equals(der)).toBe(true);
  });

  it.runIf(hasOpenssl).each(sizes)(
    'of $modulusLength bits becomes what openssl makes of it',
    (key) => {
      expect(pkcs8PemOf(key.pkcs1)).toBe(openssl(key.pkcs1).stdout);
    },
  );

  it('can sign with Web Crypto afterwards', async () => {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('pkcs8', pkcs8Of(pkcs1), algorithm, false, ['sign']);
    expect(key.type).toBe('private');
  });
});

describe('a key in PKCS#8', () => {
  it('stays as it is', () => {
    expect(pkcs8PemOf(pkcs8)).toBe(pkcs8);
  });

  it.each([
    ['line ends of Windows', pkcs8.replaceAll('\n', '\r\n')],
    ['line ends written out', pkcs8.replaceAll('\n', String.raw`\n`)],
    ['spaces around it', `\n  ${pkcs8}\n`],
    [
      'one long line',
      `-----BEGIN PRIVATE KEY-----\n${pkcs8.replaceAll(/-.*-|\n/g, '')}\n-----END PRIVATE KEY-----`,
    ],
  ])('may have %s', (_what, text) => {
    expect(pkcs8PemOf(text)).toBe(pkcs8);
  });
});

describe('what is no key', () => {
  const { privateKey: ec, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const encrypted = createPrivateKey(pkcs8);
  const options = { cipher: 'aes-256-cbc', passphrase: 'x', format: 'pem' } as const;

  it.each([
    ['nothing', '', /PEM block/],
    ['a word', 'hunter2', /PEM block/],
    ['an EC key', ec.export({ type: 'sec1', format: 'pem' }), /EC key/],
    ['an EC key in PKCS#8', ec.export({ type: 'pkcs8', format: 'pem' }), /no RSA/],
    ['a public key', publicKey.export({ type: 'spki', format: 'pem' }), /public key/],
    ['an encrypted key', encrypted.export({ ...options, type: 'pkcs8' }), /encrypted/],
    ['an encrypted key in PKCS#1', encrypted.export({ ...options, type: 'pkcs1' }), /encrypted/],
    ['two keys', pkcs1 + pkcs1, /PEM block|damaged/],
    ['a key without its end', pkcs1.replace(/-----END[^]*/, ''), /PEM block/],
    ['a key that lost a line', pkcs1.replace(/\n.{64}\n/, '\n'), /damaged/],
    ['PKCS#8 that says PKCS#1', pkcs8.replaceAll('PRIVATE', 'RSA PRIVATE'), /.*/],
  ])('%s is refused', (_what, text, reason) => {
    expect(() => pkcs8PemOf(String(text))).toThrow(reason);
    expect(() => pkcs8PemOf(String(text))).toThrow(PrivateKeyError);
  });

  it('is never quoted', () => {
    const damaged = pkcs1.replace(/\n.{64}\n/, '\n');
    const secret = damaged.split('\n')[2]!;
    try {
      pkcs8PemOf(damaged);
    } catch (error) {
      expect(String(error)).not.toContain(secret.slice(0, 10));
    }
    expect.assertions(1);
  });
});
