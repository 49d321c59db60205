/** Which of the remotes of a working copy are repositories of an organisation that has the app. */
import type { Answer, Repository } from '#github-app/ports.ts';
import type { InstallationOf, Installations } from './installation.ts';
import { repository } from './repository-shapes.ts';

const namePattern = /^([A-Za-z0-9-]{1,100})\/([A-Za-z0-9._-]{1,200})$/;

/** `names`: `owner/name`, perhaps those of former days. Others' repositories are left out. */
export async function repositoriesOf(
  installations: Installations,
  organisation: InstallationOf,
  names: readonly string[],
): Promise<Answer<Repository[]>> {
  const minted = await installations.tokenOf(organisation);
  if (minted.kind === 'unavailable') return minted;
  if (minted.kind !== 'token') return { kind: 'forbidden' };
  const found = new Map<number, Repository>();
  for (const text of new Set(names.map((each) => each.toLowerCase()))) {
    const [, owner, name] = namePattern.exec(text) ?? [];
    if (owner === undefined || name === undefined) continue;
    const asked = { authorization: `Bearer ${minted.token}`, shape: repository };
    const byName = { route: 'GET /repos/{owner}/{repo}', parameters: { owner, repo: name } };
    const named = await installations.rest.call({ ...asked, ...byName });
    const movedId = named.kind === 'refused' ? named.movedId : undefined;
    const byId = { route: 'GET /repositories/{id}', parameters: { id: movedId } };
    const answer =
      movedId === undefined ? named : await installations.rest.call({ ...asked, ...byId });
    if (answer.kind === 'unavailable') return answer;
    if (answer.kind === 'ok' && answer.data.owner.id === organisation.organisationId) {
      found.set(answer.data.id, answer.data);
    }
  }
  return { kind: 'ok', value: [...found.values()] };
}
