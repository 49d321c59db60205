/**
 * The daily comparison with GitHub’s list of members: what a lost webhook would have told (threat 32).
 */
import type { Log } from '../../ports.ts';
import type { Memberships } from '../stores/memberships.ts';
import type { Tokens } from '../stores/tokens.ts';
import type { EndedAccess } from './ended-access.ts';
import type { Installation } from './installation.ts';

export interface ReconciliationServices {
  installation: Installation;
  memberships: Memberships;
  tokens: Tokens;
  ended: EndedAccess;
  log: Log;
}

/** False: GitHub was away, at least for some; to be done again. */
export async function reconcile(services: ReconciliationServices): Promise<boolean> {
  const { installation, ended, log } = services;
  const known = knownTo(services);
  if (known.length === 0 || installation.id === undefined) return true;
  const listed = await installation.members();
  if (listed.kind === 'unavailable') return false;
  if (listed.kind === 'not-installed' || listed.kind === 'suspended') {
    const subject = String(installation.id);
    await ended.settle(ended.ofEverybody(listed.kind, { actor: 'edge', subject }));
    return true;
  }
  if (listed.kind === 'no-permission') {
    log.warn({}, 'the app may not read the members of the organisation any more');
    return true;
  }
  const members = new Set(listed.members.map(({ id }) => id));
  const missing = known.filter((userId) => !members.has(userId));
  for (const userId of missing) {
    if (!(await settled(services, userId))) return false;
  }
  return true;
}

/** Whoever was a member or has a token as one. */
function knownTo({ memberships, tokens }: ReconciliationServices): number[] {
  const owners = tokens.list({ kind: 'personal' }).flatMap(({ creator }) => creator?.id ?? []);
  return [...new Set([...memberships.members(), ...owners])];
}

/** The list alone proves nothing: it comes in pages, and people move between them. */
async function settled(services: ReconciliationServices, userId: number): Promise<boolean> {
  const { installation, memberships, ended, log } = services;
  const epoch = memberships.epochOf(userId);
  const membership = await installation.membershipOf(userId);
  if (membership.kind === 'unavailable') return false;
  if (membership.kind === 'member') return true;
  // It was revoked while GitHub was asked.
  if (memberships.epochOf(userId) !== epoch) return true;
  log.info({ userId, membership: membership.kind }, 'no member any more, and no webhook said so');
  await ended.settle(ended.ofPerson(userId, 'edge'));
  return true;
}
