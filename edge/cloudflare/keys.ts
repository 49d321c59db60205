/** Keys derived from the edge's secret, the same as on the Node engine. */
import { hex } from '#protocol/bytes.ts';
import type { TokenHash } from '../ports.ts';

const utf8 = new TextEncoder();
const hmac = { name: 'HMAC', hash: 'SHA-256' };

export interface Keys {
  /** 16 bytes: the check in cluster keys. */
  checkKey: Uint8Array;
  tokenHash: TokenHash;
}

export async function keysOf(secret: Uint8Array): Promise<Keys> {
  const root = await importKey(secret);
  const checkKey = (await sign(root, 'cluster keys')).subarray(0, 16);
  const tokens = await importKey(await sign(root, 'tokens'));
  return {
    checkKey,
    tokenHash: { of: async (token) => hex(await sign(tokens, token)) },
  };
}

function importKey(bytes: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, hmac, false, ['sign']);
}

async function sign(key: CryptoKey, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8.encode(text)));
}
