/** `reaction`, and how many there are of each. */
import type { Addresses } from '../addresses.ts';
import type { GitHubState } from '../state.ts';
import { reactionContents } from '../world-code.ts';
import type { Reaction } from '../world.ts';
import { authorShape, nodeId } from './accounts.ts';

export function reactionShape(reaction: Reaction, state: GitHubState, addresses: Addresses) {
  const { id, content, created_at } = reaction;
  const user = authorShape(reaction, state, addresses);
  return { id, node_id: nodeId('Reaction', id), user, content, created_at };
}

/** `reaction-rollup`. @param url of what they are on */
export function rollupShape(reactions: readonly Reaction[], url: string) {
  const counts = reactionContents.map((content) => [
    content,
    reactions.filter((reaction) => reaction.content === content).length,
  ]);
  return {
    url: `${url}/reactions`,
    total_count: reactions.length,
    ...(Object.fromEntries(counts) as Record<(typeof reactionContents)[number], number>),
  };
}
