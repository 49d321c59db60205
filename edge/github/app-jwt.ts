/** The app's own credential: a signed statement that lives ten minutes, GitHub's most. */
import githubAppJwt from 'universal-github-app-jwt';
import type { Clock } from '../ports.ts';
import type { GitHubConfig } from './config.ts';

/**
 * Header value. `iat` lies 30 s back, for clocks that differ, and `exp` 10 min after it. `privateKey`
 * must be PKCS#8, as `gitHubConfigOf` leaves it. @throws when Web Crypto cannot use the key
 */
export async function appAuthorization(
  { appId, privateKey }: Pick<GitHubConfig, 'appId' | 'privateKey'>,
  clock: Clock,
): Promise<string> {
  const now = Math.floor(clock.nowMs() / 1000);
  const { token } = await githubAppJwt({ id: appId, privateKey, now });
  return `Bearer ${token}`;
}
