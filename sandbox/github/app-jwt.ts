/**
 * An app's own credential: a JWT that it signs with its private key. Rules and wording:
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 */
import { verify } from 'node:crypto';
import { publicKeyOf } from './keys.ts';
import { ApiError } from './reply.ts';
import type { GitHubState } from './state.ts';
import type { App } from './world.ts';

const maxLifeSeconds = 600;

const refused = (message: string): ApiError => new ApiError(401, message);
const undecodable = (): ApiError => refused('A JSON web token could not be decoded');

/** @throws ApiError 401 with GitHub's reason; 404 when the issuer is no app */
export function appOfJwt(jwt: string, state: GitHubState): App {
  const [header = '', payload = '', signature = '', rest] = jwt.split('.');
  if (rest !== undefined) throw undecodable();
  const { alg } = objectIn(header);
  const { iss, iat, exp } = objectIn(payload);
  if (alg !== 'RS256') throw undecodable();
  const app = state.world.apps.find(
    ({ id, client_id }) => String(id) === String(iss) || client_id === iss,
  );
  if (app === undefined) throw new ApiError(404, 'Integration not found');
  const signed = Buffer.from(`${header}.${payload}`);
  const key = publicKeyOf(app.private_key);
  if (!verify('sha256', signed, key, Buffer.from(signature, 'base64url'))) throw undecodable();
  const now = state.clock.seconds();
  if (!Number.isInteger(iat) || Number(iat) > now) {
    throw refused(
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (typeof exp !== 'number' || exp <= now) {
    throw refused(
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  // From now, not from iat: a clock that is ahead is refused, too (octokit/auth-app.js#698).
  if (exp > now + maxLifeSeconds) {
    throw refused("'Expiration time' claim ('exp') is too far in the future");
  }
  return app;
}

function objectIn(segment: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString());
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Answered below.
  }
  throw undecodable();
}
