/**
 * The Strict cookie of the dashboard, which a browser sends with nothing that another site began. It
 * names the login that it belongs to, and is nothing without it: whatever changes something needs
 * both, and the exact Origin (threat 39).
 */
import { randomIdentifier } from '../gate/base62.ts';
import { cookieName, setCookie } from '../gate/cookies.ts';
import type { Login } from '../login/ports.ts';
import { loginLifeMs } from '../login/ports.ts';
import type { LoginServices } from '../login/services.ts';
import type { Visit } from '../login/visit.ts';

const typ = 'byway-dash+jwt';
const maxAgeS = loginLifeMs / 1000;

type Services = Pick<LoginServices, 'ring' | 'random' | 'appOrigin' | 'clock'>;

/** Whether the browser brought the cookie of this very login. */
export async function hasDash(
  { ring, appOrigin, clock }: Services,
  { cookies }: Visit,
  { sid, user }: Pick<Login, 'sid' | 'user'>,
): Promise<boolean> {
  const token = cookies.values.get(cookieName.dash);
  if (token === undefined) return false;
  const claims = await ring.verify(token, {
    typ,
    issuer: appOrigin(),
    audience: appOrigin(),
    maxAgeS,
    nowMs: clock.nowMs(),
    requiredClaims: ['sub', 'sid'],
  });
  return claims?.sid === sid && claims.sub === `gh:${user.id}`;
}

/** A `Set-Cookie` value. It ends with the login, at the latest. */
export async function dashCookie(
  { ring, random, appOrigin, clock }: Services,
  { sid, user, untilMs }: Login,
): Promise<string> {
  const nowMs = clock.nowMs();
  const ttlS = Math.max(1, Math.min(maxAgeS, Math.floor((untilMs - nowMs) / 1000)));
  const claims = { sub: `gh:${user.id}`, sid, jti: randomIdentifier(random) };
  const token = await ring.sign(typ, claims, {
    issuer: appOrigin(),
    audience: appOrigin(),
    ttlS,
    nowMs,
  });
  return setCookie(cookieName.dash, token, { sameSite: 'Strict', maxAgeS: ttlS });
}
