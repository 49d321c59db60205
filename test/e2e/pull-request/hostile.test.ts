/** Comments that must do nothing, whoever writes them and however they look, and replays of good ones. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Visitor } from '#sandbox/visitor.ts';
import { auditOf } from '../gate/crowd.ts';
import { nextSecond, PullScene, repository } from './scene.ts';

const scene = new PullScene();
let origin: string;
let number: number;
let sha: string;

beforeAll(async () => {
  await scene.start();
  sha = scene.push('hostile');
  number = scene.openPull('hostile');
  const source = { remotes: [repository], owner: 'sandbox', branch: 'hostile', sha };
  origin = await scene.previewOf(source);
  await scene.says(number, origin);
  await nextSecond();
  await scene.orders(number, 'alice', '/preview help');
}, 90_000);
afterAll(() => scene.stop());

/** What the preview and the audit log are; nothing of it may change. */
async function state(): Promise<unknown> {
  const { access, allowed, pulls } = await scene.shown(origin);
  const rows = await auditOf(scene);
  const { status } = await new Visitor().send(`${origin}/`);
  return { access, allowed, pulls: pulls.length, rows: rows.length, status };
}

let before: unknown;
beforeEach(async () => {
  before = await state();
});

/** Everything that was told has been worked on when a later comment has its answer. */
async function hasNoEffect(): Promise<void> {
  await scene.github.webhooks.settled();
  await scene.orders(number, 'alice', '/preview help');
  expect(await state()).toEqual(before);
}

type Payload = Record<string, Record<string, unknown>> & { action: string };

/** A comment as GitHub tells of it, with things changed; a comment of its own. */
async function tell(change: (payload: Payload) => void): Promise<void> {
  const payload = scene
    .told('issue_comment')
    .map(({ requestBody }) => JSON.parse(requestBody) as Payload)
    .find(({ comment }) => comment?.body === '/preview help')!;
  payload.comment!.id = (payload.comment!.id as number) + 500_000 + Math.trunc(performance.now());
  payload.comment!.body = `/preview public ${sha} 2h`;
  payload.comment!.created_at = `${new Date().toISOString().slice(0, 19)}Z`;
  change(payload);
  expect((await scene.tell(payload)).status).toBe(202);
}

const verbs = ['public', 'private', 'remove', 'extend', 'allow @mallory', 'disallow @bob'];

describe('threat 46: somebody who may not', () => {
  it.each(verbs)(
    'an outsider says %s: 😕, a reason, and nothing else',
    async (verb) => {
      const words = verb === 'public' ? `public ${sha} 2h` : verb;
      const id = scene.say(number, 'mallory', `/preview ${words}`);
      await scene.reacted(id, 'confused');
      expect(await state()).toEqual(before);
    },
    30_000,
  );

  it.each(['MEMBER', 'OWNER', 'COLLABORATOR', 'CONTRIBUTOR'])(
    'nor does it help that the payload says %s',
    async (association) => {
      await tell(({ comment, sender, issue }) => {
        const mallory = { id: 1003, login: 'mallory', type: 'User' };
        Object.assign(comment!, { user: mallory, author_association: association });
        Object.assign(sender!, mallory);
        Object.assign(issue!, { author_association: association });
      });
      await hasNoEffect();
    },
    30_000,
  );

  it('a writer who is no active member: outside collaborators, the invited, those who left', async () => {
    for (const person of ['mallory', 'pat']) {
      scene.act({ action: 'set_collaborator', repository, person, role: 'write' });
      await scene.reacted(scene.say(number, person, `/preview public ${sha}`), 'confused');
      scene.act({ action: 'set_collaborator', repository, person, role: null });
    }
    expect(await state()).toEqual(before);
  }, 30_000);

  it('a member who may only read or triage', async () => {
    for (const role of ['read', 'triage'] as const) {
      scene.act({ action: 'set_collaborator', repository, person: 'bob', role });
      await scene.reacted(scene.say(number, 'bob', `/preview public ${sha}`), 'confused');
    }
    scene.act({ action: 'set_collaborator', repository, person: 'bob', role: null });
    expect(await state()).toEqual(before);
  }, 30_000);

  it('a login that somebody else has now: the number counts; threat 34', async () => {
    await tell(({ comment, sender }) => {
      Object.assign(comment!, { user: { id: 4711, login: 'alice', type: 'User' } });
      Object.assign(sender!, { id: 4711, login: 'alice', type: 'User' });
    });
    await hasNoEffect();
  }, 30_000);
});

describe('threat 47: what is no command', () => {
  const order = () => `/preview public ${sha} 2h`;
  it.each<[string, () => string]>([
    ['a quotation', () => `> ${order()}`],
    ['a nested quotation', () => `> > ${order()}`],
    ['a fenced block', () => `\`\`\`\n${order()}\n\`\`\``],
    ['a fence with tildes', () => `~~~sh\n${order()}\n~~~`],
    ['an indented block', () => `    ${order()}`],
    ['inline code', () => `\`${order()}\``],
    ['an HTML comment', () => `<!--\n${order()}\n-->`],
    ['a folded part', () => `<details>\n\n${order()}\n</details>`],
    ['a list', () => `- ${order()}`],
    ['a heading', () => `# ${order()}`],
    ['a table', () => `| ${order()} |\n|---|`],
    ['the second line', () => `Looks good.\n${order()}`],
    ['words before it', () => `please ${order()}`],
    ['our own marker before it', () => `<!-- byway:reply 1 -->\n${order()}`],
    ['a zero-width space before it', () => `\u200b${order()}`],
    ['a byte order mark before it', () => `\ufeff${order()}`],
    ['text that runs the other way', () => `\u202e${order()}`],
    ['a no-break space in it', () => order().replace(' ', '\u00a0')],
    ['a Cyrillic letter in it', () => order().replace('e', 'е')],
    ['full-width letters', () => order().replace('/preview', '／ｐｒｅｖｉｅｗ')],
    ['a soft hyphen in it', () => order().replace('preview', 'pre\u00adview')],
    ['another separator of lines before it', () => `x\u2028${order()}`],
  ])(
    '%s',
    async (_what, text) => {
      const id = scene.say(number, 'alice', text());
      await hasNoEffect();
      const { reactions } = scene.github.state.world;
      expect(reactions.filter(({ comment_id }) => comment_id === id)).toEqual([]);
    },
    30_000,
  );

  it.each<[string, (payload: Payload) => void]>([
    ['an edit', (payload) => void (payload.action = 'edited')],
    ['a deletion', (payload) => void (payload.action = 'deleted')],
    ['a bot', ({ comment }) => void Object.assign(comment!.user as object, { type: 'Bot' })],
    ['a bot that sends it', ({ sender }) => void (sender!.type = 'Bot')],
    ['an app for a person', ({ comment }) => void (comment!.performed_via_github_app = { id: 77 })],
    ['somebody else who sends it', ({ sender }) => void (sender!.id = 1002)],
    ['a deleted account', ({ comment }) => void (comment!.user = null)],
    [
      'an organisation',
      ({ comment }) => void Object.assign(comment!.user as object, { type: 'Organization' }),
    ],
    ['a plain issue', ({ issue }) => void delete issue!.pull_request],
    ['another number', ({ issue }) => void (issue!.number = 9999)],
    ['an id of text', ({ comment }) => void (comment!.id = String(comment!.id))],
  ])(
    'said by %s',
    async (_what, change) => {
      await tell(change);
      await hasNoEffect();
    },
    30_000,
  );

  it('at a plain issue', async () => {
    const issue = Number(scene.act({ action: 'open_issue', repository, login: 'alice' })['number']);
    scene.say(issue, 'alice', `/preview public ${sha}`);
    await hasNoEffect();
    expect(scene.comments(issue)).toEqual([]);
  }, 30_000);
});

describe('threat 49: another installation or repository', () => {
  it.each<[string, (payload: Payload) => void]>([
    ['an unknown installation', ({ installation }) => void (installation!.id = 666)],
    ['no installation', (payload) => void delete payload.installation],
    [
      'another owner',
      ({ repository: of }) => void Object.assign(of!.owner as object, { id: 2, login: 'sandbox' }),
    ],
    ['another repository', ({ repository: of }) => void (of!.id = 2002)],
  ])(
    'naming %s',
    async (_what, change) => {
      await tell(change);
      await hasNoEffect();
    },
    30_000,
  );
});

describe('threats 44 and 45: replays', () => {
  it('of a public that was taken back, under other ids and other names', async () => {
    await scene.publish(number);
    await scene.orders(number, 'alice', '/preview private');
    await scene.says(number, '🔒 organisation');
    before = await state();
    const told = scene
      .told('issue_comment')
      .findLast(({ requestBody }) => requestBody.includes(`/preview public ${sha}`))!;
    for (let time = 0; time < 3; time += 1) {
      expect((await scene.tell(JSON.parse(told.requestBody))).status).toBe(202);
    }
    const app = scene.github.state.world.apps[0]!;
    await scene.github.webhooks.redeliver(app, told);
    await hasNoEffect();
  }, 30_000);
});

describe('threat 48: a commit that is not the head', () => {
  it.each<[string, () => string]>([
    ['of another branch', () => '5be0c1f8d1d3cb3fb0b33c6a0f0e4c6fb3c1a002'],
    ['that is not there', () => 'f'.repeat(40)],
    ['with one character more', () => `${sha}0`],
    ['with another end', () => `${sha.slice(0, 39)}${sha.endsWith('0') ? '1' : '0'}`],
    ['too short', () => sha.slice(0, 6)],
  ])(
    '%s',
    async (_what, wrong) => {
      const id = scene.say(number, 'alice', `/preview public ${wrong()} 2h`);
      await scene.reacted(id, 'confused');
      expect(await state()).toEqual(before);
    },
    30_000,
  );
});

describe('names in the comment', () => {
  it('mention nobody and break nothing, whatever people are called', async () => {
    const owner = { id: 1002, login: 'bob' };
    const other = await scene.previewOf({ remotes: [], pr: { repository, number } }, owner);
    const text = await scene.says(number, other);
    // In code GitHub resolves nothing.
    expect(text.replaceAll(/`[^`\n]*`/g, '')).not.toMatch(/@\w/);
    expect(text.match(/<!--/g)).toHaveLength(1);
  }, 30_000);
});

// Without it nothing above would tell anything. Last: no comment is as young as the one it makes up.
it('the same comment without a fault does what it says', async () => {
  await tell(() => {});
  await scene.says(number, '🌐 public until');
  expect(await state()).toMatchObject({ access: 'public', status: 200 });
}, 30_000);
