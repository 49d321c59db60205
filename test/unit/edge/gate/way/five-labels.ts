/** One gate for a file of tests, and a preview of each kind behind it. */
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { alice, hourMs, member, ScratchGate, sid } from '../scratch-gate.ts';

export let world: ScratchGate;
export const labels = { private: '', other: '', public: '', ended: '', unknown: '' };

/** Before each test whoever the gate asks answers again, and no lease on an answer is left. */
export function useGate(): void {
  beforeAll(async () => {
    world = new ScratchGate();
    labels.private = await world.preview('private', '1');
    labels.other = await world.preview('private', '2');
    labels.public = await world.preview('public', '3');
    labels.ended = await world.preview('private', '4');
    world.cluster.remove(labels.ended);
    labels.unknown = labels.private.slice(0, -20) + 'a'.repeat(20);
    await world.connect();
  });
  afterAll(() => world.stop());
  beforeEach(() => {
    world.before = () => Promise.resolve();
    world.canSignIn = true;
    world.members.clear();
    world.members.set(alice.id, member);
    world.logins.set(sid, world.nowMs + 12 * hourMs);
    world.cluster.withdraw({ kind: 'everybody' });
  });
}
