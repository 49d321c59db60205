/** The one client of the authorization server: the CLI, public and on the person's own machine. */

export const clientId = 'byway-cli';

/** RFC 8252 §7.3: the literal address and any port (§8.3: never a name); the path is random. */
const pattern = /^http:\/\/(?:127\.0\.0\.1|\[::1\]):([1-9]\d{0,4})\/[\w~-][\w/~-]{7,199}$/;

export function isLoopbackRedirect(uri: string): boolean {
  const [, port] = pattern.exec(uri) ?? [];
  return Number(port) <= 65_535 && URL.canParse(uri) && new URL(uri).href === uri;
}

const maxDeviceCharacters = 64;

/** What a device calls itself, for a person to read: visible characters in one line. */
export function deviceName(text: string | undefined): string {
  const name = (text ?? '').replaceAll(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return name === '' ? 'an unnamed device' : [...name].slice(0, maxDeviceCharacters).join('');
}

/** GitHub's rule for logins, seen from outside. */
export function isOrganisationLogin(text: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?$/.test(text);
}
