/**
 * The two forms of an installation's token. Both are opaque to whoever holds one; a sandbox that
 * gave out short ones only would hide a column or a pattern that is too narrow for the long ones.
 */
import { randomBytes } from 'node:crypto';
import { randomBase62 } from './random-text.ts';

/** `ghs_` and 36 characters. */
export function shortInstallationToken(): string {
  return `ghs_${randomBase62(36)}`;
}

/**
 * `ghs_APPID_JWT`, about 520 characters of letters, digits, dots and underscores
 * (https://github.blog/changelog/2026-05-15-github-app-installation-tokens-per-request-override-header/).
 */
export function longInstallationToken(appId: number, installationId: number): string {
  const header = segment({ alg: 'RS256', typ: 'JWT' });
  for (;;) {
    const nonce = randomBase62(50);
    const payload = segment({ iss: 'github', sub: installationId, jti: nonce, ver: 1 });
    const signature = randomBytes(256).toString('base64url').replaceAll('-', 'A');
    const token = `ghs_${appId}_${header}.${payload}.${signature}`;
    if (/^[A-Za-z0-9._]+$/.test(token)) return token;
  }
}

function segment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
