/** GitHub does not answer: whoever wants in is told so, whoever is in goes on (threats 24 and 32). */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Visitor } from '#sandbox/visitor.ts';
import type { FaultSeed } from '#sandbox/github/faults.ts';
import { addMembers, ask, codeOf } from './crowd.ts';
import { endless, openSocket, withSockets } from './open.ts';
import { GateScene } from './scene.ts';

const scene = new GateScene();
let origin: string;
let made = 0;

beforeAll(async () => {
  await scene.start(endless);
  addMembers(scene, 60);
  withSockets(scene.laptop);
  origin = await scene.preview();
}, 90_000);
afterAll(() => scene.stop());
afterEach(() => scene.github.faults.clear());

function somebody(): Visitor {
  made += 1;
  return new Visitor(`m${String(made).padStart(2, '0')}`);
}

const faults: [string, FaultSeed['fault']][] = [
  ['answers 500', { kind: 'status', status: 500 }],
  ['answers 502', { kind: 'status', status: 502 }],
  ['cuts the connection', { kind: 'cut' }],
  ['is out of requests', { kind: 'rate_limit', retry_after: 1 }],
  ['has a secondary limit', { kind: 'secondary_limit', retry_after: 1 }],
];
/** All that a login asks for. */
const places: [string, string][] = [
  ['the code’s exchange', '^/login/oauth/access_token'],
  ['the user', '^/api/v3/user$'],
  ['the user’s installations', '^/api/v3/user/installations'],
  ['the membership', '^/api/v3/(?:orgs|organizations)/[^/]+/memberships/'],
];

describe.each(places)('a login, at %s', (_place, path) => {
  it.each(faults)(
    'that %s gets BW-6008, and is let in afterwards; threat 24',
    async (_what, fault) => {
      const visitor = somebody();
      scene.github.faults.arm({ match: { path }, times: 50, fault });
      const refused = await visitor.open(`${origin}/`);
      expect(refused.text).toContain('BW-6008');
      expect(refused.status).toBe(503);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect(refused.text).not.toContain(scene.labelOf(origin));
      expect((await ask(visitor, origin)).status).toBe(401);
    },
    60_000,
  );
});

it('which is slow, but answers, lets people in', async () => {
  scene.github.faults.arm({
    match: { path: '^/api/v3' },
    times: 5,
    fault: { kind: 'slow', ms: 1500 },
  });
  expect((await somebody().open(`${origin}/`)).status).toBe(200);
}, 60_000);

it('which never answers is given up: BW-6008; threat 24', async () => {
  const fault = { kind: 'slow', ms: 60_000 } as const;
  scene.github.faults.arm({ match: { path: '^/api/v3/user$' }, times: 5, fault });
  const beginMs = performance.now();
  const refused = await somebody().open(`${origin}/`);
  process.stderr.write(`GitHub is given up after ${Math.round(performance.now() - beginMs)} ms\n`);
  expect([refused.status, refused.text.includes('BW-6008')]).toEqual([503, true]);
}, 90_000);

it('goes on for whoever is in, with what is open and on a second preview; threat 32', async () => {
  const visitor = somebody();
  await visitor.open(`${origin}/`);
  const socket = await openSocket(origin, visitor);
  const another = await scene.preview();
  scene.github.faults.arm({ match: {}, times: 10_000, fault: { kind: 'status', status: 500 } });
  for (let round = 0; round < 20; round += 1) {
    expect((await ask(visitor, origin)).status).toBe(200);
  }
  expect(await socket.lives()).toBe(true);
  // Signed in on the app host already, and a member as of a minute ago.
  expect((await visitor.open(`${another}/`)).status).toBe(200);
  // Nobody else gets in.
  const refused = await ask(somebody(), origin);
  expect([refused.status, codeOf(refused)]).toEqual([401, 'BW-1001']);
  socket.drop();
}, 60_000);
