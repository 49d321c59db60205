/** The previews of an organisation as one of its pull requests sees and changes them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Actor, Head } from '#github-app/ports.ts';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import type { NewPreview, Objects, Preview } from '#edge/objects/calls.ts';
import { maxGuests } from '#edge/objects/guests.ts';
import { HostedPreviews } from '#edge/objects/pull-requests/hosted-previews.ts';
import { Origin, steps } from '#edge/objects/pull-requests/origin.ts';
import { migrate } from '#edge/schema.ts';
import { ingress, interceptId, organisation, owner, ScratchEdge } from '../../scratch-edge.ts';

const repository = { id: 7, owner: organisation, name: 'shop' };
const pull = { repositoryId: 7, number: 42 };
const ann = { id: 1, login: 'ann' };
const bob = { id: 2, login: 'bob' };
const by: Actor = { kind: 'comment', user: ann, commentId: 9 };
const sha = 'a'.repeat(40);
const head: Head = {
  sha: 'b'.repeat(40),
  branch: 'feature',
  repository: { id: 7, owner: organisation, pushedMs: 0 },
};
const hourMs = 3_600_000;

let edge: ScratchEdge;
let key: string;
let sql: SqlFile;
let hosted: HostedPreviews;
let made = 0;

beforeEach(async () => {
  edge = new ScratchEdge();
  edge.shards = 2;
  await edge.open();
  ({ key } = await edge.cluster());
  sql = openSql(':memory:');
  migrate(sql, steps, 'origin');
  const origin = new Origin(sql);
  origin.take(repository);
  hosted = previewsOf(origin, edge.directory);
  await hosted.attached(pull);
});
afterEach(() => {
  sql.close();
  edge.stop();
});

function previewsOf(origin: Origin, objects: Pick<Objects, 'org' | 'cluster' | 'clusterOfLabel'>) {
  const originOf = (label: string): string => `https://${label}.preview.example.dev`;
  const clock = { nowMs: () => edge.nowMs };
  return new HostedPreviews({ clock, log: { info() {}, warn() {} }, objects, originOf }, origin);
}

async function add(more: Partial<NewPreview> = {}, cluster = key): Promise<Preview> {
  made += 1;
  const answer = await edge.directory.cluster(cluster)!.create({
    intercept: { id: interceptId('0').slice(4) + String(made).padStart(4, '0'), name: 'web' },
    owner,
    ingress,
    access: 'private',
    publicForS: 3600,
    ...more,
  });
  if (!answer.ok) throw new Error(answer.refusal.reason);
  return answer.value;
}

async function shown(): Promise<Preview> {
  const preview = await add();
  await hosted.attach(preview.label, pull);
  return preview;
}

async function labels(): Promise<string[]> {
  const found = await hosted.attached(pull);
  if (found.kind !== 'ok') throw new Error(found.kind);
  return found.value.map(({ label }) => label);
}

async function attachable(of = head): Promise<string[]> {
  const found = await hosted.attachable(organisation.id, pull, of);
  if (found.kind !== 'ok') throw new Error(found.kind);
  return found.value.map(({ label }) => label);
}

async function audit(): Promise<{ actor: string; action: string; details: unknown }[]> {
  const page = await edge.directory.org(organisation.id).audit({});
  if (!page.ok) throw new Error(page.refusal.reason);
  return page.value.entries.filter(({ action }) => action.startsWith('preview.')) as never;
}

const accessOf = async (label: string) =>
  (await edge.directory.clusterOfLabel(label)!.find(label))?.access;

describe('previews at a pull request', () => {
  it('are those of all shards and clusters, and no others', async () => {
    const second = await edge.cluster('second');
    const all = [await shown(), await shown(), await shown()];
    const other = await add({}, second.key);
    await hosted.attach(other.label, pull);
    await add();
    expect((await labels()).sort()).toEqual([...all, other].map(({ label }) => label).sort());
  });

  it('say what the comment shows', async () => {
    const preview = await shown();
    const found = await hosted.find(preview.label);
    expect(found).toMatchObject({
      kind: 'ok',
      value: {
        label: preview.label,
        url: `https://${preview.label}.preview.example.dev`,
        name: 'web',
        owner,
        access: 'private',
        sinceMs: edge.nowMs,
        madePrivateMs: undefined,
        allowed: [],
        askers: [],
      },
    });
    expect(await hosted.attached(pull)).toMatchObject({ value: [{ state: 'offline' }] });
  });

  it('tell when they were made private elsewhere, not by this pull request', async () => {
    const { label } = await shown();
    await hosted.setAccess(label, { access: 'private' }, by);
    expect(await hosted.attached(pull)).toMatchObject({ value: [{ madePrivateMs: undefined }] });
    edge.nowMs += 5000;
    const change = { access: 'private', publicForS: 0 } as const;
    await edge.directory.clusterOfLabel(label)!.setAccess(label, change);
    expect(await hosted.attached(pull)).toMatchObject({ value: [{ madePrivateMs: edge.nowMs }] });
  });

  it('are unknown, not none, while their object is away', async () => {
    const origin = new Origin(sql);
    const away = previewsOf(origin, {
      org: (id) => edge.directory.org(id),
      cluster: () => {
        throw new Error('away');
      },
      clusterOfLabel: () => undefined,
    });
    expect(await away.attached(pull)).toMatchObject({ kind: 'unavailable' });
    expect(await away.attach('x', pull)).toEqual({ kind: 'gone' });
  });
});

describe('previews that a head finds', () => {
  const source = { remotes: ['acme/shop'], owner: 'acme', branch: 'feature', sha };

  it('are those of its branch or its commit', async () => {
    const { label } = await add({ source });
    await add({ source: { ...source, branch: 'other' } });
    await add({ source: { ...source, owner: 'bob' } });
    const elsewhere = await add({ source: { ...source, remotes: ['acme/other'] } });
    await add();
    expect(await attachable()).toEqual([label]);
    expect(await attachable({ ...head, branch: 'none' })).toEqual([]);
    const byCommit = await attachable({ ...head, branch: 'none', sha });
    expect(byCommit).toContain(label);
    // A commit of another repository's working copy may be pushed here by anybody who may push.
    expect(byCommit).not.toContain(elsewhere.label);
  });

  it('are a fork’s by its owner, and by the commit when it was deleted', async () => {
    const { label } = await add({ source: { ...source, owner: 'Bob' } });
    const fork = { id: 8, owner: bob, pushedMs: 0 };
    expect(await attachable({ ...head, repository: fork })).toEqual([label]);
    expect(await attachable({ ...head, repository: undefined })).toEqual([]);
    expect(await attachable({ ...head, repository: undefined, sha })).toEqual([label]);
  });

  it('are none that it shows, or whose owner has named another or none', async () => {
    const { label } = await add({ source });
    await add({ source: { ...source, pr: 'none' } });
    await add({ source: { ...source, pr: 5 } });
    await hosted.attach(label, pull);
    expect(await attachable()).toEqual([]);
    expect(await labels()).toEqual([label]);
  });
});

describe('previews of another organisation; threat 36', () => {
  const other = { id: 78, login: 'other' };

  it('are not seen, attached, changed or ended', async () => {
    const foreign = await edge.call('POST', '/api/v1/clusters', {
      name: 'theirs',
      organisation: other,
    });
    const source = { remotes: ['acme/shop'], owner: 'acme', branch: 'feature', sha: head.sha };
    const { label } = await add({ access: 'public', source }, foreign.body.key);
    expect(await attachable()).toEqual([]);
    const untilMs = edge.nowMs + hourMs;
    expect(await hosted.attach(label, pull)).toEqual({ kind: 'gone' });
    expect(await hosted.find(label)).toEqual({ kind: 'gone' });
    expect(await hosted.setAccess(label, { access: 'private' }, by)).toEqual({ kind: 'gone' });
    expect(await hosted.remove(label, by)).toEqual({ kind: 'gone' });
    expect(await hosted.extend(label, untilMs, by)).toEqual({ kind: 'gone' });
    expect(await hosted.allow(label, bob, untilMs, by)).toEqual({ kind: 'gone' });
    expect(await hosted.revokeAllow(label, bob.id, by)).toEqual({ kind: 'gone' });
    expect(await accessOf(label)).toBe('public');
  });

  it('whoever owns the repository later has no say', async () => {
    const { label } = await shown();
    const origin = new Origin(sql);
    origin.take({ ...repository, owner: other });
    const later = previewsOf(origin, edge.directory);
    expect(origin.organisationId).toBe(organisation.id);
    expect(await later.attached(pull)).toMatchObject({ value: [{ label }] });
  });

  it('nobody’s are none before anything was told', async () => {
    const none = openSql(':memory:');
    migrate(none, steps, 'origin');
    const unknown = previewsOf(new Origin(none), edge.directory);
    expect(await unknown.attached(pull)).toEqual({ kind: 'ok', value: [] });
    none.close();
  });
});

describe('what a comment changes', () => {
  it('access, for as long as was ordered and the policy allows; threat 38', async () => {
    const { label } = await shown();
    const untilMs = edge.nowMs + 2 * hourMs;
    expect(await hosted.setAccess(label, { access: 'public', untilMs }, by)).toMatchObject({
      kind: 'ok',
    });
    const cluster = edge.directory.clusterOfLabel(label)!;
    expect(await cluster.find(label)).toMatchObject({ access: 'public', publicUntilMs: untilMs });
    await edge.directory.org(organisation.id).setPolicy({ longest_public_s: 600 }, 'operator');
    await hosted.setAccess(label, { access: 'public', untilMs }, by);
    expect(await cluster.find(label)).toMatchObject({ publicUntilMs: edge.nowMs + 600_000 });
    await hosted.setAccess(label, { access: 'private' }, by);
    expect(await accessOf(label)).toBe('private');
    expect((await audit()).map(({ actor, action }) => [actor, action])).toEqual([
      ['gh:1', 'preview.private'],
      ['gh:1', 'preview.public'],
      ['gh:1', 'preview.public'],
    ]);
    expect((await audit())[0]?.details).toMatchObject({ pull_request: '7#42', comment: 9 });
  });

  it('nothing to public where the organisation does not allow it', async () => {
    const { label } = await shown();
    await edge.directory.org(organisation.id).setPolicy({ public_allowed: false }, 'operator');
    const untilMs = edge.nowMs + hourMs;
    expect(await hosted.setAccess(label, { access: 'public', untilMs }, by)).toMatchObject({
      kind: 'refused',
    });
    expect(await accessOf(label)).toBe('private');
    expect(await audit()).toEqual([]);
  });

  it('its end: later than it was, never sooner, within the policy', async () => {
    const { label, life } = await shown();
    const endsMs = life!.untilMs;
    expect(await hosted.extend(label, endsMs - 1000, by)).toMatchObject({ kind: 'ok' });
    expect(await audit()).toEqual([]);
    await edge.directory
      .org(organisation.id)
      .setPolicy({ longest_life_s: 30 * 86_400 }, 'operator');
    await hosted.extend(label, endsMs + hourMs, by);
    const after = await edge.directory.clusterOfLabel(label)!.find(label);
    expect(after?.life?.untilMs).toBe(endsMs + hourMs);
    expect((await audit())[0]).toMatchObject({ action: 'preview.extend' });
  });

  it('who is let in, with a row for each; never more than may be', async () => {
    const { label } = await shown();
    const untilMs = edge.nowMs + hourMs;
    expect(await hosted.allow(label, bob, untilMs, by)).toMatchObject({ kind: 'ok' });
    expect(await hosted.attached(pull)).toMatchObject({ value: [{ allowed: [{ user: bob }] }] });
    expect(await hosted.revokeAllow(label, bob.id, by)).toMatchObject({ kind: 'ok' });
    expect(await hosted.attached(pull)).toMatchObject({ value: [{ allowed: [] }] });
    expect((await audit()).map(({ action }) => action)).toEqual([
      'preview.disallow',
      'preview.allow',
    ]);
    for (let id = 100; id < 100 + maxGuests; id += 1) {
      await hosted.allow(label, { id, login: `u${id}` }, untilMs, by);
    }
    expect(await hosted.allow(label, bob, untilMs, by)).toMatchObject({ kind: 'refused' });
    expect((await audit()).length).toBeLessThanOrEqual(2 + maxGuests);
  });

  it('nobody is let in by a word whose time is over', async () => {
    const { label } = await shown();
    expect(await hosted.allow(label, bob, edge.nowMs, by)).toMatchObject({ kind: 'ok' });
    expect(await hosted.attached(pull)).toMatchObject({ value: [{ allowed: [] }] });
    expect(await audit()).toEqual([]);
    await hosted.allow(label, bob, edge.nowMs + hourMs, by);
    await hosted.allow(label, bob, edge.nowMs, by);
    expect(await hosted.attached(pull)).toMatchObject({ value: [{ allowed: [] }] });
  });

  it('remove ends it; of one that has ended there is nothing to say', async () => {
    const { label } = await shown();
    expect(await hosted.remove(label, by)).toMatchObject({ kind: 'ok' });
    expect(await labels()).toEqual([]);
    expect(await hosted.remove(label, by)).toEqual({ kind: 'gone' });
    expect((await audit()).map(({ action }) => action)).toEqual(['preview.remove']);
  });
});

describe('a pull request that is closed', () => {
  const closed: Actor = { kind: 'closed', pull };

  it('ends its previews', async () => {
    const { label } = await shown();
    await hosted.remove(label, closed);
    expect(await hosted.find(label)).toEqual({ kind: 'gone' });
    expect((await audit())[0]).toMatchObject({
      actor: 'github',
      action: 'preview.remove',
      details: { closed: '7#42' },
    });
  });

  it('only gives up one that another pull request shows', async () => {
    const { label } = await shown();
    await edge.directory.clusterOfLabel(label)!.attach(label, repository, 43);
    await hosted.remove(label, closed);
    expect(await labels()).toEqual([]);
    expect(await hosted.find(label)).toMatchObject({ kind: 'ok' });
    expect(await audit()).toEqual([]);
  });
});
