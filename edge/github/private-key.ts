/**
 * The app's private key for Web Crypto. GitHub hands out PKCS#1 (RFC 8017 A.1.2); Web Crypto imports
 * PKCS#8 (RFC 5208 §5) only, which is the same bytes in an envelope that names the algorithm.
 */

/** The text is no key that can be used; the message says why and never quotes it. */
export class PrivateKeyError extends Error {}

/** SEQUENCE { OBJECT IDENTIFIER 1.2.840.113549.1.1.1 (rsaEncryption), NULL } */
const rsaEncryption = [
  0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
] as const;
/** INTEGER 0 */
const version = [0x02, 0x01, 0x00] as const;
const sequenceTag = 0x30;
const octetStringTag = 0x04;
/** The version, then another INTEGER: the modulus. */
const pkcs1Start = [...version, 0x02] as const;
/** Characters in a line of PEM (RFC 7468 §2). */
const pemLineCharacters = 64;

const pemPattern = /^-----BEGIN ([A-Z0-9 ]+)-----\s+([A-Za-z0-9+/=\s]+)-----END \1-----\s*$/;

const advice: Readonly<Record<string, string>> = {
  'ENCRYPTED PRIVATE KEY': 'the key is encrypted; store it without a passphrase',
  'EC PRIVATE KEY': 'the key is an EC key; GitHub Apps use RSA',
  'OPENSSH PRIVATE KEY': 'the key is an SSH key; use the .pem file that GitHub offers',
  'PUBLIC KEY': 'this is a public key; use the private one',
  CERTIFICATE: 'this is a certificate; use the private key',
};

/** PKCS#8 DER of an RSA key in PEM, PKCS#1 or PKCS#8. @throws PrivateKeyError */
export function pkcs8Of(pem: string): Uint8Array<ArrayBuffer> {
  // A variable of the environment often holds the line ends as two characters.
  const text = pem.replaceAll(String.raw`\n`, '\n').trim();
  const [, type = '', base64 = ''] = pemPattern.exec(text) ?? [];
  if (type === 'RSA PRIVATE KEY') return wrap(checked(bytesOf(base64), pkcs1Start));
  if (type === 'PRIVATE KEY') return checked(bytesOf(base64), [...version, ...rsaEncryption]);
  if (text.includes('Proc-Type:')) throw new PrivateKeyError(advice['ENCRYPTED PRIVATE KEY']);
  throw new PrivateKeyError(
    advice[type] ?? 'must be a PEM block, -----BEGIN RSA PRIVATE KEY----- or PRIVATE KEY',
  );
}

/** The same as text, as `openssl pkcs8 -topk8 -nocrypt` writes it. @throws PrivateKeyError */
export function pkcs8PemOf(pem: string): string {
  const binary = Array.from(pkcs8Of(pem), (byte) => String.fromCharCode(byte)).join('');
  const lines = btoa(binary).match(new RegExp(`.{1,${pemLineCharacters}}`, 'g')) ?? [];
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n');
}

/** RFC 5208 §5: PrivateKeyInfo { version, privateKeyAlgorithm, privateKey OCTET STRING }. */
function wrap(pkcs1: Uint8Array): Uint8Array<ArrayBuffer> {
  return element(sequenceTag, [...version, ...rsaEncryption, ...element(octetStringTag, pkcs1)]);
}

/** Tag, length, content (X.690 §8.1). */
function element(tag: number, content: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const head = [tag, ...lengthOf(content.length)];
  const bytes = new Uint8Array(head.length + content.length);
  bytes.set(head);
  bytes.set(content, head.length);
  return bytes;
}

/** X.690 §8.1.3: one byte below 128, else the number of bytes and then the bytes. */
function lengthOf(count: number): number[] {
  if (count < 0x80) return [count];
  const bytes: number[] = [];
  for (let rest = count; rest > 0; rest = Math.floor(rest / 0x100)) bytes.unshift(rest % 0x100);
  return [0x80 | bytes.length, ...bytes];
}

/** One SEQUENCE and nothing after it, whose content begins as it must. */
function checked(der: Uint8Array<ArrayBuffer>, start: readonly number[]): Uint8Array<ArrayBuffer> {
  const long = (der[1] ?? 0) & 0x80 ? (der[1] ?? 0) & 0x7f : 0;
  const contentBytes = der.length - 2 - long;
  const head = contentBytes > 0 ? [sequenceTag, ...lengthOf(contentBytes)] : [];
  const whole = head.length === 2 + long && head.every((byte, index) => der[index] === byte);
  if (!whole) throw new PrivateKeyError('the PEM block is damaged: it holds no whole key');
  if (!start.every((byte, index) => der[head.length + index] === byte)) {
    throw new PrivateKeyError('the PEM block holds no RSA private key; GitHub Apps use RSA');
  }
  return der;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64.replaceAll(/\s/g, '')), (char) => char.charCodeAt(0));
  } catch {
    throw new PrivateKeyError('the PEM block is damaged: it is not Base64');
  }
}
