/** Tokens of an installation that are good for one repository and for what the app does there. */
import { appAuthorization } from './app-jwt.ts';
import type { GitHubConfig } from './config.ts';
import type { RepositoryToken } from './pulls.ts';
import type { GitHubServices, Rest } from './rest.ts';
import { installationToken } from './shapes.ts';

export type MintedForRepository =
  | { kind: 'token'; token: string; expiresAtMs: number }
  | Exclude<RepositoryToken, { kind: 'token' }>;

/** Comments and reactions; metadata for who may write. */
const wanted = { metadata: 'read', pull_requests: 'write', issues: 'write' } as const;

export async function mintForRepository(
  rest: Rest,
  config: GitHubConfig,
  { clock, log }: Pick<GitHubServices, 'clock' | 'log'>,
  { installationId, repositoryId }: { installationId: number; repositoryId: number },
): Promise<MintedForRepository> {
  const authorization = await appAuthorization(config, clock);
  const ask = (permissions: object) =>
    rest.call({
      route: 'POST /app/installations/{installation_id}/access_tokens',
      parameters: { installation_id: installationId, repository_ids: [repositoryId], permissions },
      authorization,
      shape: installationToken,
    });
  let answer = await ask(config.deployments ? { ...wanted, deployments: 'write' } : wanted);
  if (config.deployments && answer.kind === 'refused' && answer.status === 422) {
    // What was not granted must not take the comments with it.
    answer = await ask(wanted);
    if (answer.kind === 'ok') log.warn({ repositoryId }, 'the app may not write deployments');
  }
  if (answer.kind === 'unavailable') return answer;
  if (answer.kind === 'refused') {
    log.warn({ repositoryId, status: answer.status }, 'GitHub gives no token for the repository');
    // 422: it is none of the installation's, or a permission was not granted.
    return { kind: answer.status === 404 ? 'gone' : 'forbidden' };
  }
  const { token, expires_at } = answer.data;
  return { kind: 'token', token, expiresAtMs: Date.parse(expires_at) };
}
