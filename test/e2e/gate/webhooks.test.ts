/** Webhooks that GitHub did not send, or did not mean so: refused or without effect. */
import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Visitor, type Seen } from '#sandbox/visitor.ts';
import { addMembers, ask, auditOf, idOf } from './crowd.ts';
import { endless, openSocket, withSockets, type Open } from './open.ts';
import { GateScene, organisation } from './scene.ts';

const scene = new GateScene();
const maxBytes = 1024 * 1024;
const installation = { id: 501 };
const target = 'm01';
let origin: string;
let victim: Visitor;
let socket: Open;

beforeAll(async () => {
  await scene.start(endless);
  addMembers(scene, 5);
  withSockets(scene.laptop);
  origin = await scene.preview();
  victim = await scene.visitor(target, origin);
  socket = await openSocket(origin, victim);
}, 90_000);
afterAll(async () => {
  socket?.drop();
  await scene.stop();
});

/** What GitHub would send if `login` were removed. */
function removal(login = target, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    action: 'member_removed',
    membership: { user: { id: idOf(login), login }, role: 'member', state: 'active' },
    organization: { id: organisation.id, login: organisation.login },
    installation,
    sender: { id: 1001, login: 'alice' },
    ...more,
  };
}

function signed(body: string, secret = secretOfApp(), algorithm = 'sha256'): string {
  return `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`;
}

function secretOfApp(): string {
  return scene.github.state.world.apps[0]?.webhook_secret ?? '';
}

/** Fields that are undefined are left out. */
function post(body: string, fields: Record<string, string | undefined> = {}): Promise<Seen> {
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'organization',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': signed(body),
    ...fields,
  };
  const sent = Object.entries(headers).filter(([, value]) => value !== undefined);
  return new Visitor().send(`${scene.appUrl}/webhooks/github`, {
    method: 'POST',
    body,
    headers: Object.fromEntries(sent) as Record<string, string>,
  });
}

async function expectNoEffect(): Promise<void> {
  expect((await ask(victim, origin)).status).toBe(200);
  expect(await socket.lives()).toBe(true);
}

async function removalsOf(login: string): Promise<number> {
  const rows = await auditOf(scene);
  return rows.filter(
    ({ action, subject }) => action === 'member.removed' && subject === `gh:${idOf(login)}`,
  ).length;
}

describe('a webhook that is not GitHub’s', () => {
  const body = JSON.stringify(removal());
  it.each<[string, () => Record<string, string | undefined>]>([
    ['without a signature', () => ({ 'x-hub-signature-256': undefined })],
    ['with an empty signature', () => ({ 'x-hub-signature-256': '' })],
    ['signed by another secret', () => ({ 'x-hub-signature-256': signed(body, 'guess') })],
    ['signed by the empty secret', () => ({ 'x-hub-signature-256': signed(body, '') })],
    ['with the signature of another body', () => ({ 'x-hub-signature-256': signed(`${body} `) })],
    [
      'signed with SHA-1 alone, rightly',
      () => ({
        'x-hub-signature-256': undefined,
        'x-hub-signature': signed(body, undefined, 'sha1'),
      }),
    ],
    [
      'with SHA-1 in the field of SHA-256',
      () => ({ 'x-hub-signature-256': signed(body, undefined, 'sha1') }),
    ],
    ['with two signatures', () => ({ 'x-hub-signature-256': `${signed(body)}, ${signed(body)}` })],
  ])('%s: 401, and nothing happens; threat 43', async (_what, fields) => {
    const { status, text } = await post(body, fields());
    expect(status).toBe(401);
    expect(text).not.toContain(secretOfApp());
    await expectNoEffect();
  });

  it('is 413 above a megabyte, however it is signed, and taken at it; threat 43', async () => {
    const bare = JSON.stringify(removal(target, { pad: '' })).length;
    const sized = (bytes: number, more = {}): string =>
      JSON.stringify(removal(target, { pad: 'x'.repeat(bytes - bare), ...more }));
    const large = sized(maxBytes + 1);
    expect(large.length).toBe(maxBytes + 1);
    expect((await post(large)).status).toBe(413);
    await expectNoEffect();
    const foreign = { installation: { id: 999 } };
    const whole = sized(maxBytes, foreign);
    expect(whole.length).toBe(maxBytes);
    expect((await post(whole)).status).toBe(202);
    // A connection that is closed before all of it was sent is as good an answer.
    const status = await post('x'.repeat(20 * maxBytes)).then(
      (seen) => seen.status,
      () => 413,
    );
    expect(status).toBe(413);
    await expectNoEffect();
  });

  it.each([
    ['no JSON', 'organization=1'],
    ['no object', '[]'],
    ['half of it', '{"action":'],
    ['nothing', ''],
  ])('that is %s is 400 although it is signed; threat 43', async (_what, text) => {
    expect((await post(text)).status).toBe(400);
  });

  it('without its own fields is 400; threat 43', async () => {
    for (const name of ['x-github-event', 'x-github-delivery']) {
      expect((await post(body, { [name]: undefined })).status).toBe(400);
    }
    await expectNoEffect();
  });
});

describe('a webhook of another installation', () => {
  it.each<[string, Record<string, unknown>]>([
    ['an unknown installation', { installation: { id: 999 } }],
    ['no installation', { installation: undefined }],
    ['another organisation', { organization: { id: 2, login: 'sandbox' } }],
    ['the same name under another number', { organization: { id: 12, login: 'sandbox' } }],
  ])('naming %s is taken, and nothing happens; threat 49', async (_what, more) => {
    const { status, text } = await post(JSON.stringify(removal(target, more)));
    expect([status, text]).toEqual([202, '']);
    await expectNoEffect();
  });

  it.each(['deleted', 'suspend'])(
    'that says %s of ours by a number of its own; threat 49',
    async (action) => {
      const account = { id: organisation.id, login: organisation.login };
      const other = { id: 999, account, target_type: 'Organization' };
      expect((await post(JSON.stringify({ action, installation: other }))).status).toBe(202);
      await expectNoEffect();
    },
  );

  it('does not become ours by saying so: GitHub is asked; threat 49', async () => {
    const account = { id: organisation.id, login: organisation.login };
    const other = { id: 999, account, target_type: 'Organization' };
    const created = JSON.stringify({ action: 'created', installation: other });
    expect((await post(created)).status).toBe(202);
    // Were it believed, this would count.
    const gone = removal(target, { installation: { id: 999 } });
    expect((await post(JSON.stringify(gone))).status).toBe(202);
    await expectNoEffect();
  });
});

describe('a webhook that comes again', () => {
  it('three times under its GUID has one effect; threat 44', async () => {
    const login = 'm02';
    const gone = await scene.visitor(login, origin);
    scene.github.actions.act({ action: 'remove_member', org: organisation.login, login });
    await scene.github.webhooks.settled();
    expect((await ask(gone, origin)).status).toBe(404);
    const delivery = scene.github.deliveries
      .all()
      .find(({ action }) => action === 'member_removed');
    expect(delivery?.statusCode).toBe(202);
    const { requestBody = '', guid = '' } = delivery ?? {};
    for (let time = 0; time < 3; time += 1) {
      expect((await post(requestBody, { 'x-github-delivery': guid })).status).toBe(202);
    }
    expect(await removalsOf(login)).toBe(1);
  });

  it('under another GUID, or another name, never opens anything; threat 44', async () => {
    const account = { id: organisation.id, login: organisation.login };
    const ours = { ...installation, account, target_type: 'Organization' };
    const login = 'm02';
    const gone = new Visitor(login);
    const body = JSON.stringify({ action: 'created', installation: ours });
    for (const event of ['installation', 'ping', 'organization']) {
      expect((await post(body, { 'x-github-event': event })).status).toBe(202);
      expect((await gone.open(`${origin}/`)).status).toBe(404);
    }
    await expectNoEffect();
  });

  it('is told by its shape: the name in the field may lie; threat 44', async () => {
    const login = 'm03';
    const gone = await scene.visitor(login, origin);
    const comment = JSON.stringify({ action: 'created', comment: { id: 1 }, installation });
    expect((await post(comment)).status).toBe(202);
    expect((await ask(gone, origin)).status).toBe(200);
    const fields = { 'x-github-event': 'issue_comment' };
    expect((await post(JSON.stringify(removal(login)), fields)).status).toBe(202);
    expect((await ask(gone, origin)).status).toBe(404);
  });
});

it('takes nothing but POST', async () => {
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const seen = await new Visitor().send(`${scene.appUrl}/webhooks/github`, { method });
    expect([404, 405]).toContain(seen.status);
  }
});
