/** Which previews belong to a pull request though nobody said so: those made from its head. */
import type { PullEvent } from './events.ts';
import type { Answer, Preview, Previews, PullId } from './ports.ts';
import type { Removals } from './removals.ts';
import type { Visit } from './visit.ts';

/** Those that the pull request holds, with the ones made before it was opened. */
export async function attachedTo(
  previews: Previews,
  visit: Visit,
  removals: Removals,
): Promise<Answer<Preview[]>> {
  const { pull, place, organisationId } = visit;
  const id = { repositoryId: place.repository.id, number: place.number };
  const found = await previews.attachable(organisationId, id, pull.head);
  if (found.kind !== 'ok') return found;
  for (const { label, owner, sinceMs } of found.value) {
    // What was closed or removed before anybody told of the opening ends all the same.
    const removedBy = removals.of({ owner, sinceMs });
    if (!removedBy && pull.state === 'closed') continue;
    const mayHold = await isTrusted(visit, owner.id);
    if (mayHold.kind !== 'ok') return mayHold;
    if (!mayHold.value) continue;
    const done = await (removedBy ? previews.remove(label, removedBy) : previews.attach(label, id));
    if (done.kind === 'unavailable') return done;
  }
  return previews.attached(id);
}

/** Who may only read can open a pull request from somebody's branch too, and close it. */
async function isTrusted(visit: Visit, ownerId: number): Promise<Answer<boolean>> {
  const { author } = visit.pull;
  if (author.id === ownerId) return { kind: 'ok', value: true };
  const asked = await visit.person(author);
  if (asked.kind !== 'ok') return asked;
  const { permission } = asked.value;
  return { kind: 'ok', value: permission === 'write' || permission === 'admin' };
}

/**
 * Whether no preview is at the pull request or made from a head that the events name. They are signed,
 * so GitHub need not be asked; unknown counts as no.
 */
export async function hasNone(
  previews: Previews,
  { organisationId, id }: { organisationId: number; id: PullId },
  events: readonly PullEvent[],
): Promise<boolean> {
  const heads = new Map<string, Parameters<Previews['attachable']>[2]>();
  for (const event of events) {
    if (event.kind !== 'pull' || !event.from) return false;
    const { sha, from } = event;
    const repository = from.repository && { ...from.repository, pushedMs: 0 };
    heads.set(sha, { sha, branch: from.branch, repository });
  }
  const attached = await previews.attached(id);
  if (attached.kind !== 'ok' || attached.value.length > 0) return false;
  for (const head of heads.values()) {
    const found = await previews.attachable(organisationId, id, head);
    if (found.kind !== 'ok' || found.value.length > 0) return false;
  }
  return true;
}
