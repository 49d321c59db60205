import { describe, expect, it } from 'vitest';
import { eventOf } from '#github-app/events.ts';
import { ann, bob, commentCreated, frame, pullRequest, repository, shaOf } from './payloads.ts';

const atMs = Date.UTC(2026, 10, 21, 12, 0, 5);
const source = { installationId: 700, repository };
const pull = { repositoryId: 7, number: 42 };
const comment = (body = '/preview private') => commentCreated({ id: 9, body, atMs });

type Bag = Record<string, unknown>;
/** The payload with some of a part's fields replaced. */
const bent = (payload: object, part: string, fields: Bag): Bag => {
  const bag = payload as Bag;
  return { ...bag, [part]: { ...(bag[part] as Bag), ...fields } };
};

describe('comments', () => {
  it('with a command are orders', () => {
    expect(eventOf(comment())).toEqual({
      kind: 'pull-request',
      source,
      pull,
      event: {
        kind: 'command',
        order: {
          commentId: 9,
          createdMs: atMs,
          atClosed: false,
          actor: ann,
          command: { verb: 'private' },
        },
      },
    });
  });

  it.each([
    ['no command', comment('nice')],
    ['an empty body', bent(comment(), 'comment', { body: null })],
    ['edited', { ...comment(), action: 'edited' }],
    ['at a plain issue', bent(comment(), 'issue', { pull_request: undefined })],
    ['by an app for a person', bent(comment(), 'comment', { performed_via_github_app: { id: 1 } })],
    ['by a bot', bent(comment(), 'comment', { user: { ...ann, type: 'Bot' } })],
    ['sent by a bot', bent(comment(), 'sender', { type: 'Bot' })],
    ['by an organisation', bent(comment(), 'comment', { user: { ...ann, type: 'Organization' } })],
    ['sent by somebody else', bent(comment(), 'sender', bob as never)],
    ['of a deleted account', bent(comment(), 'comment', { user: null })],
    ['without an installation', { ...comment(), installation: undefined }],
    ['with an id of text', bent(comment(), 'comment', { id: '9' })],
    ['quoted', comment('> /preview private')],
    ['fenced', comment('```\n/preview private\n```')],
    ['hidden', comment('<!--\n/preview private\n-->')],
  ])('threat 47: %s do nothing', (_what, payload) => expect(eventOf(payload)).toBeUndefined());

  it('threat 46: nothing is taken from what the payload says of the author', () => {
    const owner = bent(comment(), 'comment', { author_association: 'OWNER' });
    expect(JSON.stringify(eventOf(owner))).toBe(JSON.stringify(eventOf(comment())));
  });

  it('that were deleted are told, since one may be ours', () => {
    expect(eventOf({ ...comment('gone'), action: 'deleted' })).toEqual({
      kind: 'pull-request',
      source,
      pull,
      event: { kind: 'comment-deleted', commentId: 9 },
    });
  });

  it('of reviews and commits are other events', () => {
    const { issue: _issue, ...rest } = comment() as Bag;
    expect(eventOf({ ...rest, pull_request: { number: 42 } })).toBeUndefined();
    expect(eventOf(rest)).toBeUndefined();
  });
});

describe('pull requests', () => {
  it.each(['opened', 'reopened', 'edited'])('%s', (action) => {
    expect(eventOf(pullRequest({ action, sha: shaOf(1), atMs }))).toEqual({
      kind: 'pull-request',
      source,
      pull,
      event: {
        ...{ kind: 'pull', action, atMs, sha: shaOf(1) },
        from: { branch: 'feature', repository: { id: 7, owner: repository.owner } },
      },
    });
  });

  it('from a fork that was deleted', () => {
    const head = { sha: shaOf(1), ref: 'feature', repo: null };
    const payload = bent(pullRequest({ action: 'opened', sha: shaOf(1), atMs }), 'pull_request', {
      head,
    });
    expect(eventOf(payload)).toMatchObject({
      event: { from: { branch: 'feature', repository: undefined } },
    });
  });

  it('closed, since when', () => {
    const closedMs = atMs - 1000;
    const payload = pullRequest({ action: 'closed', sha: shaOf(1), atMs, closedMs });
    expect(eventOf(payload)).toMatchObject({ event: { action: 'closed', closedMs } });
  });

  it('pushed to, from what to what', () => {
    const payload = pullRequest({ action: 'synchronize', sha: shaOf(2), atMs, before: shaOf(1) });
    const event = { kind: 'pull', action: 'synchronize', atMs, sha: shaOf(2), before: shaOf(1) };
    expect(eventOf(payload)).toMatchObject({ event });
  });

  const opened = pullRequest({ action: 'opened', sha: shaOf(1), atMs });
  it.each([
    ['other actions', { ...opened, action: 'labeled' }],
    ['reviews', { ...opened, action: 'edited', review: { id: 1 } }],
    ['comments of reviews', { ...opened, action: 'edited', comment: { id: 1 } }],
    ['another number beside it', { ...opened, number: 43 }],
    ['another repository beside it', bent(opened, 'repository', { id: 8 })],
    ['no commit', bent(opened, 'pull_request', { head: { sha: 'main' } })],
  ])('%s are ignored', (_what, payload) => expect(eventOf(payload)).toBeUndefined());
});

describe('other events', () => {
  const push = {
    ref: 'refs/heads/fix/a',
    before: shaOf(1),
    after: shaOf(2),
    pusher: { name: 'ann' },
    commits: [],
    ...frame(),
  };

  it('pushes to branches', () => {
    expect(eventOf(push)).toEqual({
      kind: 'push',
      source,
      branch: 'fix/a',
      before: shaOf(1),
      after: shaOf(2),
    });
    expect(eventOf({ ...push, ref: 'refs/tags/v1' })).toBeUndefined();
  });

  it('repositories renamed and transferred, under their new name', () => {
    const moved = { ...repository, name: 'store', owner: { id: 71, login: 'other' } };
    const renamed = { action: 'renamed', changes: { repository: { name: { from: 'shop' } } } };
    const transferred = (from: object) => ({
      ...{ action: 'transferred', changes: { owner: { from } } },
    });
    const told = { kind: 'repository-moved', source: { installationId: 700, repository: moved } };
    expect(eventOf({ ...renamed, ...frame(ann, moved) })).toEqual(told);
    for (const from of [{ organization: ann }, { user: ann, organization: null }]) {
      const payload = { ...transferred(from), ...frame(ann, moved) };
      expect(eventOf(payload)).toEqual({ ...told, from: ann });
    }
  });

  it('the installation and its repositories', () => {
    const account = { id: 70, login: 'acme' };
    const installation = { id: 700, account, target_type: 'Organization' };
    expect(eventOf({ action: 'suspend', installation, sender: ann })).toEqual({
      kind: 'installation',
      action: 'suspend',
      installationId: 700,
      account,
    });
    const lists = { repositories_added: [{ id: 8 }], repositories_removed: [{ id: 7 }] };
    expect(eventOf({ action: 'added', installation, ...lists, sender: ann })).toEqual({
      kind: 'installation-repositories',
      installationId: 700,
      account,
      added: [8],
      removed: [7],
    });
  });

  it.each([
    undefined,
    null,
    'text',
    [],
    {},
    { zen: 'Keep it logically awesome.', hook_id: 1 },
    { action: 'member_removed', ...frame() },
    { action: 'created', ...frame() },
    { action: '/preview public', client_payload: comment(), ...frame() },
    { action: 'renamed', changes: { login: { from: 'a' } }, ...frame() },
  ])('ignores %j', (payload) => expect(eventOf(payload)).toBeUndefined());
});

describe('threat 44: the name of an event is not signed', () => {
  it('so the kind is told by the shape, and one payload has one kind', () => {
    const kinds = [
      comment(),
      { ...comment(), action: 'deleted' },
      pullRequest({ action: 'closed', sha: shaOf(1), atMs, closedMs: atMs }),
    ].map((payload) => {
      const event = eventOf(payload);
      return event?.kind === 'pull-request' ? event.event.kind : undefined;
    });
    expect(kinds).toEqual(['command', 'comment-deleted', 'pull']);
  });
});
