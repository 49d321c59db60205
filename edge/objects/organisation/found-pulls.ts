/** To which pull requests a new preview belongs, by its working copy. */
import { findPulls } from '#github-app/finding.ts';
import type { Account, Answer, Repository } from '#github-app/ports.ts';
import type { PreviewSource, PullsFound } from '../calls.ts';
import type { Installation } from './installation.ts';

const maxRemotes = 10;

/**
 * What the owner names is taken at their word, if they may read that repository. Who may not is told what
 * one is told of a repository that is not there.
 */
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
    outcome: 'no-repository',
    installationId,
    repositoryIds: isNamed ? [] : bases.value.map(({ id }) => id),
    named: undefined,
    pulls: [],
  };
  const explicit = base && number !== undefined ? { base, number } : undefined;
  if (pr !== undefined && !explicit) return { kind: 'ok', value: result };
  if (explicit) {
    const mayRead = await isReader(installation, explicit.base, owner);
    if (mayRead.kind !== 'ok') return mayRead;
    if (!mayRead.value) return { kind: 'ok', value: result };
  }
  const found = await findPulls(github, {
    bases: bases.value,
    explicit,
    push:
      pushOwner !== undefined && branch !== undefined
        ? { owner: pushOwner, branch, repositoryId: undefined }
        : undefined,
    sha,
  });
  if (found.kind === 'unavailable') return found;
  const open = found.kind === 'ok' ? found.value : [];
  const pulls = open.map((each) => ({ repository: each.base, number: each.pull.number }));
  if (pulls.length > 0) {
    const shown = explicit ? { named: pulls[0] } : { pulls };
    return { kind: 'ok', value: { ...result, outcome: 'found', ...shown } };
  }
  if (explicit) {
    const outcome = found.kind === 'ok' ? 'closed' : 'no-pull';
    return { kind: 'ok', value: { ...result, outcome } };
  }
  for (const each of bases.value) {
    const mayRead = await isReader(installation, each, owner);
    if (mayRead.kind !== 'ok') return mayRead;
    if (mayRead.value) return { kind: 'ok', value: { ...result, outcome: 'none' } };
  }
  return { kind: 'ok', value: result };
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
