/** SHA-256 and random secrets as base64url text (RFC 4648 §5, no padding): 32 bytes, 43 characters. */
import { utf8 } from '#protocol/bytes.ts';
import type { Random } from '../ports.ts';

/** 32 bytes in base64url; the last character has two bits that must be zero. */
const pattern = /^[\w-]{42}[AEIMQUYcgkosw048]$/;

/** Whether the text is 32 bytes in base64url, in the one way that there is to write them. */
export function isSecret(text: string): boolean {
  return pattern.test(text);
}

/** 32 random bytes: codes, nonces, verifiers. */
export function randomSecret(random: Random): string {
  return base64url(random.bytes(32));
}

/** SHA-256 of the text's UTF-8. */
export async function sha256(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))));
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
