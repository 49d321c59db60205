/** Two organisations with a cluster each, their people and previews, new for each test. */
import { beforeEach } from 'vitest';
import { alice, bob, carol, FakeEdge, others } from './fake-edge.ts';
import { employ } from './staff.ts';

export const me = '/api/v1/me';

export let edge: FakeEdge;
export let key: string;
export let foreignKey: string;
/** Alice's, bob's and one of another organisation. */
export let label: string;
export let bobsLabel: string;
export let foreignLabel: string;
export let asAlice: string;
export let asBob: string;
/** Carol, an owner of both organisations, signed in for the first. */
export let asAdmin: string;

export function useTwoOrganisations(): void {
  beforeEach(async () => {
    edge = await new FakeEdge().open();
    key = await edge.newCluster();
    foreignKey = await edge.newCluster(others);
    label = await edge.newPreview(key, alice, 'a');
    bobsLabel = await edge.newPreview(key, bob, 'b');
    foreignLabel = await edge.newPreview(foreignKey, carol, 'c');
    employ(edge);
    edge.org(others.id).members.set(carol.id, { kind: 'member', role: 'admin' });
    asAlice = edge.login(alice);
    asBob = edge.login(bob);
    asAdmin = edge.login(carol);
    edge.changes.length = 0;
    edge.calls.length = 0;
  });
}

export async function tokenOf(
  bearer: string,
  wish: object,
): Promise<{ id: string; token: string }> {
  const { status, body } = await edge.call('POST', '/api/v1/tokens', bearer, wish);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
}
