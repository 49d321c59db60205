/** What a request brings to a preview host to say who it is from. `Authorization` is the app's (threat 27). */
import type { Head } from '#protocol/head.ts';
import { cookieName, readCookies, type GatewayCookies } from './cookies.ts';
import { parseToken } from './token.ts';

export const tokenField = 'X-Byway-Token';

export interface Credentials {
  cookies: GatewayCookies;
  /** Text of a service token; `bad`: there is something, and it is none, or there are two (threat 55). */
  token: { text: string; id: string } | 'bad' | undefined;
  /** The value of the session cookie. */
  session: string | undefined;
}

export function credentialsOf(fields: Head): Credentials {
  const cookies = readCookies(fields);
  let token: Credentials['token'];
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    if (name.length !== tokenField.length || name.toLowerCase() !== 'x-byway-token') continue;
    token = token === undefined ? tokenOf(fields[index + 1] ?? '') : 'bad';
  }
  return { cookies, token, session: cookies.values.get(cookieName.session) };
}

function tokenOf(text: string): Credentials['token'] {
  const name = parseToken(text);
  return name?.prefix === 'bws' ? { text, id: name.id } : 'bad';
}
