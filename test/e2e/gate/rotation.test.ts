/** Keys and operator tokens are replaced with an overlap, as docs/rotation.md says: who is cut off, and when. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { byScript, Visitor, type Seen } from '#sandbox/visitor.ts';
import { GateScene, organisation, people } from './scene.ts';
import { callApi, Terminal } from './terminal.ts';

// Several commands each, which take their time where cores are few.
vi.setConfig({ testTimeout: 120_000 });

const scene = new GateScene();
let origin: string;
let label: string;

beforeAll(async () => {
  await scene.start();
  origin = await scene.preview();
  label = scene.labelOf(origin);
}, 60_000);
afterAll(() => scene.stop());

/** A generation that nothing was made with. */
function generation(kid: string): string {
  return `${kid} ${randomBytes(32).toString('hex')}`;
}

async function restart(): Promise<void> {
  await scene.stack.part('edge').stop();
  await scene.stack.startPart('edge');
}

/** With those generations, newest first. */
async function rotateTo(...generations: string[]): Promise<void> {
  scene.stack.edgeSecrets.keys = `${generations.join('\n')}\n`;
  await restart();
}

function byToken(token: string): Promise<Seen> {
  return new Visitor().send(`${origin}/`, { headers: { ...byScript, 'x-byway-token': token } });
}

/** Until the connector, which dials anew, serves again. */
async function served(ask: () => Promise<Seen>): Promise<number> {
  for (;;) {
    const { status } = await ask();
    if (status !== 502 && status !== 503) return status;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function kidOf(visitor: Visitor): string {
  const session = visitor.cookies(origin).get('__Host-byway_session') ?? '';
  const [header = ''] = session.split('.');
  return String((JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid);
}

/** Of somebody who only looks on: no redirect to a new login. */
async function statusOf(visitor: Visitor): Promise<number> {
  return served(() => visitor.send(`${origin}/`, { headers: byScript }));
}

async function isLoggedIn(terminal: Terminal): Promise<boolean> {
  return (await terminal.byway('token', 'list')).code === 0;
}

describe('threat 52: the keys of the edge', () => {
  const [one, two, three] = [generation('one'), generation('two'), generation('three')];
  const alice = (): Terminal => (first ??= new Terminal(scene, 'alice'));
  let first: Terminal | undefined;
  let byRoot: Visitor;
  let byOne: Visitor;
  let used: string;
  let unused: string;

  it('an overlap ends nothing: sessions, logins and tokens go on, new ones are of the new kid', async () => {
    await alice().logIn(people.admin);
    byRoot = await scene.visitor(people.member, origin);
    expect(kidOf(byRoot)).toBe('root');
    used = (await scene.token()).token;
    unused = (await scene.token()).token;
    // A login that is at GitHub meanwhile.
    const onTheWay = new Visitor();
    const atGitHub = await onTheWay.open(`${origin}/deep`);
    expect(atGitHub.url.pathname).toBe('/login/oauth/authorize');

    await rotateTo(one);
    expect(await statusOf(byRoot)).toBe(200);
    expect(kidOf(byRoot)).toBe('root');
    const landed = await onTheWay.follow(
      await onTheWay.send(atGitHub.url, { method: 'POST', body: `login=${people.member}` }),
    );
    expect({ status: landed.status, path: landed.url.pathname }).toEqual({
      status: 200,
      path: '/deep',
    });
    byOne = await scene.visitor(people.admin, origin);
    expect([kidOf(onTheWay), kidOf(byOne)]).toEqual(['one', 'one']);
    expect((await byToken(used)).status).toBe(200);
    expect(await isLoggedIn(alice())).toBe(true);
    const before = alice().stored;
    alice().store({ access_expires_ms: Date.now() + 1000 });
    expect(await isLoggedIn(alice())).toBe(true);
    expect(alice().stored.refresh_token).not.toBe(before.refresh_token);
  });

  it('when the old one goes, what was never used in the overlap goes with it, and nothing else', async () => {
    await rotateTo(two, one);
    // The connector has dialled in the overlap, or nobody would get 200.
    expect(await served(() => byToken(used))).toBe(200);
    expect(await statusOf(byOne)).toBe(200);
    expect(await isLoggedIn(alice())).toBe(true);
    expect((await byToken(unused)).status).toBe(401);
    expect(await statusOf(byRoot)).toBe(401);
    // People only sign in again, which their browser does by itself.
    const again = await byRoot.open(`${origin}/`);
    expect(again.status).toBe(200);
    expect(kidOf(byRoot)).toBe('two');
  });

  it('when all are replaced at once, everything ends, and the operator begins anew', async () => {
    const connectorId = await connectorTokenId();
    await rotateTo(three, generation('spare'));
    for (const visitor of [byRoot, byOne]) expect(await statusOf(visitor)).toBe(401);
    expect((await byToken(used)).status).toBe(401);
    const { code, stderr } = await alice().byway('token', 'list');
    expect(code).toBe(3);
    expect(stderr).toContain('log in again: byway login');
    // The connector is refused as well, until it has a new token.
    const fresh = await scene.token();
    expect((await byToken(fresh.token)).status).toBe(503);
    const rotated = await scene.stack.byway('token', 'rotate', connectorId, '--grace', '0s');
    expect(rotated).toMatchObject({ code: 0, stderr: expect.stringContaining('new secret') });
    await scene.stack.part('connector').stop();
    const file = join(scene.dir, 'connector.token');
    writeFileSync(file, rotated.stdout.trim(), { mode: 0o600 });
    await scene.stack.startPart('connector');
    expect(await served(() => byToken(fresh.token))).toBe(200);
    await alice().logIn(people.admin);
    expect(await isLoggedIn(alice())).toBe(true);
  });
});

/** Found as the operator finds it. */
async function connectorTokenId(): Promise<string> {
  const args = ['token', 'list', '--organisation', String(organisation.id), '--output', 'json'];
  const { code, stdout, stderr } = await scene.stack.byway(...args);
  if (code !== 0) throw new Error(stderr);
  const { tokens } = JSON.parse(stdout) as { tokens: { id: string; kind: string }[] };
  return tokens.find(({ kind }) => kind === 'connector')?.id ?? '';
}

describe('threat 52: the operator’s token', () => {
  it('has a former one beside it for a while, and then not', async () => {
    const { edgeSecrets, operatorToken: former } = scene.stack;
    const fresh = randomBytes(24).toString('hex');
    const ask = async (bearer: string): Promise<number> =>
      (await callApi(scene, bearer, 'GET', `/previews/${label}`)).status;
    expect([await ask(former), await ask(fresh)]).toEqual([200, 401]);
    edgeSecrets.operatorTokens = [fresh, former];
    await restart();
    expect([await ask(former), await ask(fresh)]).toEqual([200, 200]);
    edgeSecrets.operatorTokens = [fresh];
    await restart();
    expect(await callApi(scene, former, 'GET', '/me')).toMatchObject({
      status: 401,
      code: 'BW-5001',
    });
    expect(await ask(fresh)).toBe(200);
    const { code, stderr } = await scene.stack.byway('token', 'revoke', 'A'.repeat(12));
    expect(code).toBe(3);
    expect(stderr).toContain('does not take operator_token');
  });
});
