/** A dashboard with a cluster and a preview of alice, and three people before it, new for each test. */
import { beforeEach } from 'vitest';
import { alice, bob, carol } from '../api/fake-edge.ts';
import { employ } from '../api/staff.ts';
import { FakeDashboard, type Browser } from './fake-dashboard.ts';

export let edge: FakeDashboard;
export let key: string;
export let label: string;
export let asAlice: Browser;
export let asBob: Browser;
/** Of carol. */
export let asAdmin: Browser;

export function useDashboard(): void {
  beforeEach(async () => {
    edge = await new FakeDashboard().start();
    key = await edge.newCluster();
    label = await edge.newPreview(key, alice);
    employ(edge);
    [asAlice, asBob, asAdmin] = [edge.browser(alice), edge.browser(bob), edge.browser(carol)];
    for (const each of [asAlice, asBob, asAdmin]) await each.get('/dashboard');
    edge.changes.length = 0;
  });
}

/** Where the forms of a page lead. */
export const forms = (text: string): string[] =>
  [...text.matchAll(/<form\s+method="post"\s+action="([^"]+)"/g)].map(([, action = '']) => action);
