/** Secrets of others that have to be kept for a while: sealed, so that a copy of the data opens nothing. */
import { CompactEncrypt, compactDecrypt } from 'jose';
import { fromUtf8, utf8 } from '#protocol/bytes.ts';

export interface Sealer {
  seal(text: string): Promise<string>;
  /** undefined: not sealed here, or under a key that is gone. */
  open(sealed: string): Promise<string | undefined>;
}

const typ = 'byway-at-rest+jwe';

/** Compact JWE (RFC 7516), `dir` with A256GCM. The first key seals, all open; 32 bytes each. */
export function sealerOf(keys: readonly Uint8Array[]): Sealer {
  const [newest] = keys;
  if (!newest) throw new RangeError('there is no key to seal with');
  return {
    seal: (text) =>
      new CompactEncrypt(utf8(text))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ })
        .encrypt(newest),
    open: async (sealed) => {
      for (const key of keys) {
        try {
          const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, {
            keyManagementAlgorithms: ['dir'],
            contentEncryptionAlgorithms: ['A256GCM'],
          });
          if (protectedHeader['typ'] === typ) return fromUtf8(plaintext);
        } catch {
          // Another key may open it.
        }
      }
      return undefined;
    },
  };
}
