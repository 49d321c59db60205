/** At which pull requests a preview is, and what came of looking for them, as the edge tells it. */
import { z } from 'zod';

/** Both left out: an edge of before does not tell. */
export const pullsShown = {
  pulls: z
    .array(z.object({ repository: z.string(), number: z.number(), url: z.string().nullish() }))
    .exactOptional(),
  /** `looking`, `found`, `none`, `closed`, `no-pull`, `no-repository`, `no-app`, or one to come. */
  pull_search: z.string().nullable().exactOptional(),
};
export type PullsShown = z.infer<z.ZodObject<typeof pullsShown>>;

/** Why no pull request shows it; undefined: nobody has looked, or an edge of a later version says so. */
export function whyNoPull(search: string | null | undefined): string | undefined {
  switch (search) {
    case 'looking':
      return 'GitHub has not answered yet; the link comes by itself';
    case 'found':
      return 'one was found and does not show it yet; if it is a fork’s, name it: --pr URL';
    case 'none':
      return 'none is open from this branch; one that is opened later will show it';
    case 'closed':
      return 'that pull request is closed; reopen it, or name another';
    case 'no-pull':
      return 'the repository has no pull request of that number';
    case 'no-repository':
      return 'the GitHub App is not installed in that repository, or you may not read it';
    case 'no-app':
      return 'the organisation has not installed the edge’s GitHub App';
    default:
      return undefined;
  }
}

/** Whether there is nothing more to wait for. */
export function isSettled({ pulls = [], pull_search: search }: PullsShown): boolean {
  return pulls.length > 0 || (search !== 'looking' && search !== 'found');
}

/** Rows for people; none where nobody has looked. */
export function pullRows({
  pulls = [],
  pull_search: search,
}: PullsShown): [label: string, text: string][] {
  if (pulls.length > 0) {
    return pulls.map(({ repository, number, url }) => [
      'Shown at',
      url ?? `${repository}#${number}`,
    ]);
  }
  const why = whyNoPull(search);
  return why === undefined ? [] : [['Shown at', `no pull request: ${why}`]];
}
