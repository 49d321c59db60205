/** Which repository at GitHub a remote's URL names; user names and passwords in it stay here. */

export interface RepositoryName {
  owner: string;
  name: string;
}

const scpPattern = /^(?:[^@/:]+@)?[^@/:]+:(?!\/\/)\/?(.+)$/;
const partsPattern = /^\/*([A-Za-z0-9-]{1,100})\/([A-Za-z0-9._-]{1,200}?)(?:\.git)?\/*$/;

/** `https://host/o/n.git`, `ssh://git@host:22/o/n`, `git@host:o/n.git`; undefined: another form. */
export function repositoryOf(url: string): RepositoryName | undefined {
  const path = /^(?:https?|ssh|git):\/\//i.test(url) ? pathOf(url) : scpPattern.exec(url)?.[1];
  const [, owner, name] = partsPattern.exec(path ?? '') ?? [];
  return owner === undefined || name === undefined ? undefined : { owner, name };
}

function pathOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).pathname : undefined;
}

/** A `--pr`: a URL of a pull request, `owner/name#N`, or N. */
export function pullOf(text: string): { repository: string; number: number } | number | undefined {
  const [, plain] = /^#?(\d{1,9})$/.exec(text) ?? [];
  if (plain !== undefined) return Number(plain) > 0 ? Number(plain) : undefined;
  const [, short, ofShort] = /^([\w.-]+\/[\w.-]+)#(\d{1,9})$/.exec(text) ?? [];
  const path = pathOf(text) ?? '';
  const [, long, ofLong] = /^\/([\w.-]+\/[\w.-]+)\/pull\/(\d{1,9})(?:\/|$)/.exec(path) ?? [];
  const repository = repositoryOf(`https://x/${short ?? long ?? ''}`);
  const number = Number(ofShort ?? ofLong);
  if (!repository || !(number > 0)) return undefined;
  return { repository: `${repository.owner}/${repository.name}`, number };
}
