/** A pull request, as people write it and where they open it. */
import type { PullRef } from '../objects/calls.ts';

/** `text`: `owner/name#7`. */
export function pullLink(
  webUrl: string,
  { repository: { owner, name }, number }: PullRef,
): { text: string; url: string } {
  const path = `${owner.login}/${name}`;
  return { text: `${path}#${number}`, url: `${webUrl}/${path}/pull/${number}` };
}
