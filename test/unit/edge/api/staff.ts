/** Who is in the organisation of the tests. */
import { acme, alice, bob, carol, type FakeEdge } from './fake-edge.ts';

/** Alice and bob become members of acme, carol an owner of it. */
export function employ(edge: FakeEdge): void {
  const { members } = edge.org(acme.id);
  for (const { id } of [alice, bob]) members.set(id, { kind: 'member', role: 'member' });
  members.set(carol.id, { kind: 'member', role: 'admin' });
}
