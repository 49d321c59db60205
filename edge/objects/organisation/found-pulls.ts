/** To which pull requests a new preview belongs, by its working copy. */
import { findPulls } from '#github-app/finding.ts';
import type { Account, Answer, Repository } from '#github-app/ports.ts';
import type { PreviewSource, PullsFound } from '../calls.ts';
import type { Installation } from './installation.ts';

const maxRemotes = 10;

/** What the owner names is taken at their word, if they may read that repository. */
export async function foundPulls(
  installation: Installation,
  owner: Account,
  source: PreviewSource,
): Promise<Answer<PullsFound>> {
  const { remotes, owner: pushOwner, branch, sha, pr } = source;
  const isNamed = typeof pr === 'object';
  const names = isNamed ? [pr.repository] : remotes.slice(0, maxRemotes);
  const bases = await installation.repositories(names);
  if (bases.kind !== 'ok') return bases;
  const { id: installationId, pulls: github } = installation;
  if (!github || installationId === undefined) return { kind: 'gone' };
  const [base] = bases.value;
  const number = isNamed ? pr.number : typeof pr === 'number' ? pr : undefined;
  const result: PullsFound = {
    installationId,
    repositoryIds: isNamed ? [] : bases.value.map(({ id }) => id),
    named: undefined,
    pulls: [],
  };
  if (pr !== undefined && (number === undefined || !base)) return { kind: 'ok', value: result };
  const found = await findPulls(github, {
    bases: bases.value,
    explicit: base && number !== undefined ? { base, number } : undefined,
    push:
      pushOwner !== undefined && branch !== undefined
        ? { owner: pushOwner, branch, repositoryId: undefined }
        : undefined,
    sha,
  });
  if (found.kind === 'gone') return { kind: 'ok', value: result };
  if (found.kind !== 'ok') return found;
  const places = found.value.map((each) => ({ repository: each.base, number: each.pull.number }));
  const [place] = places;
  if (number === undefined || !place) return { kind: 'ok', value: { ...result, pulls: places } };
  const mayRead = await isReader(installation, place.repository, owner);
  if (mayRead.kind !== 'ok') return mayRead;
  return { kind: 'ok', value: { ...result, named: mayRead.value ? place : undefined } };
}

async function isReader(
  { pulls: github }: Installation,
  repository: Repository,
  owner: Account,
): Promise<Answer<boolean>> {
  if (!github) return { kind: 'gone' };
  const answer = await github.permission(repository, owner.login);
  if (answer.kind === 'unavailable') return answer;
  if (answer.kind !== 'ok') return { kind: 'ok', value: false };
  const { permission, userId } = answer.value;
  return { kind: 'ok', value: userId === owner.id && permission !== 'none' };
}
