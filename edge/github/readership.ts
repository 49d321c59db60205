/**
 * Whether somebody may read a repository of an organisation now. Both are known by number; names only
 * form the requests. Of a public repository everybody is a reader to GitHub, and so nobody would be
 * kept out: there its collaborators are meant, the members with access among them
 * (https://docs.github.com/en/rest/collaborators/collaborators).
 */
import { z } from 'zod';
import type { InstallationOf, Installations } from './installation.ts';
import type { Membership } from './membership.ts';
import type { Refused } from './rest.ts';
import { permission } from './repository-shapes.ts';
import { account, id } from './shapes.ts';

const repository = z.object({
  id,
  name: z.string().min(1),
  owner: account,
  private: z.boolean(),
});

/** A token that GitHub no longer takes is replaced once. */
const maxAttempts = 2;
const none = { kind: 'none' } as const;
const reader = { kind: 'member', role: 'member' } as const;

/** `member`: this person may. */
export async function readershipOf(
  installations: Installations,
  organisation: InstallationOf,
  repositoryId: number,
  userId: number,
): Promise<Membership> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const minted = await installations.tokenOf(organisation);
    if (minted.kind !== 'token') return minted;
    const authorization = `Bearer ${minted.token}`;
    const answer = await ask(installations, organisation, authorization, repositoryId, userId);
    if (answer.kind !== 'refused') return answer;
    if (answer.status !== 401 || attempt === maxAttempts) break;
    installations.forget(organisation.installationId);
  }
  return none;
}

async function ask(
  { rest }: Installations,
  { organisationId }: InstallationOf,
  authorization: string,
  repositoryId: number,
  userId: number,
): Promise<Membership | Refused> {
  const [user, found] = await Promise.all([
    rest.call({
      route: 'GET /user/{account_id}',
      parameters: { account_id: userId },
      authorization,
      shape: account,
    }),
    rest.call({
      route: 'GET /repositories/{repository_id}',
      parameters: { repository_id: repositoryId },
      authorization,
      shape: repository,
    }),
  ]);
  if (user.kind !== 'ok') return user;
  if (found.kind !== 'ok') return found;
  const { owner, name, private: isPrivate } = found.data;
  // A name, or a whole repository, may be another organisation's by now.
  if (user.data.id !== userId || found.data.id !== repositoryId) return none;
  if (owner.id !== organisationId) return none;
  const parameters = { owner: owner.login, repo: name, username: user.data.login };
  const level = await rest.call({
    route: 'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
    parameters,
    authorization,
    shape: permission,
  });
  if (level.kind !== 'ok') return level;
  if (level.data.user?.id !== userId || level.data.permission === 'none') return none;
  if (isPrivate || level.data.permission !== 'read') return reader;
  const collaborator = await rest.call({
    route: 'GET /repos/{owner}/{repo}/collaborators/{username}',
    parameters,
    authorization,
    shape: z.unknown(),
  });
  return collaborator.kind === 'ok' ? reader : collaborator;
}
