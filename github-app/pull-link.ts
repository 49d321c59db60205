/** A pull request, as people write it and where they open it. */
import type { Place } from './ports.ts';

/** `text`: `owner/name#7`. */
export function pullLink(
  webUrl: string,
  { repository: { owner, name }, number }: Place,
): { text: string; url: string } {
  const path = `${owner.login}/${name}`;
  return { text: `${path}#${number}`, url: `${webUrl}/${path}/pull/${number}` };
}
