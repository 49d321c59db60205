/** Refresh tokens of the CLI: `bwr_<grant, 22>_<secret, 43>`; the grant's id is not secret. */
import { identifierPattern } from '../../gate/base62.ts';
import { isSecret, randomSecret } from '../../gate/digest.ts';
import type { Random } from '../../ports.ts';

const pattern = /^bwr_([0-9A-Za-z]{22})_([\w-]{43})$/;

export function makeRefreshToken(grantId: string, random: Random): string {
  if (!identifierPattern.test(grantId)) throw new RangeError('that is no id of a grant');
  return `bwr_${grantId}_${randomSecret(random)}`;
}

/** The grant that the text names; undefined: no refresh token looks like that. */
export function grantIdOf(text: string): string | undefined {
  const [, id, secret = ''] = pattern.exec(text) ?? [];
  return isSecret(secret) ? id : undefined;
}
