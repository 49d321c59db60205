/** Objects that are many: few are open, and none forgets anything by being closed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OpenObjects } from '#edge/node/open-objects.ts';
import { openSql, type SqlFile } from '#edge/node/sql.ts';
import type { Alarm } from '#edge/ports.ts';
import { ScratchGitHub } from '../github/scratch-github.ts';
import { ScratchEdge } from '../scratch-edge.ts';

/** Counts in its file. */
class Counter {
  readonly #sql: SqlFile;
  readonly alarm: Alarm;

  constructor(sql: SqlFile, alarm: Alarm) {
    this.#sql = sql;
    this.alarm = alarm;
    sql.run('CREATE TABLE IF NOT EXISTS counted (at INTEGER)');
  }

  get count(): number {
    return this.#sql.all('SELECT at FROM counted').length;
  }

  async add(until?: Promise<void>): Promise<number> {
    await until;
    this.#sql.run('INSERT INTO counted VALUES (1)');
    return this.count;
  }
}

let dir: string;
let opened: string[];
let rung: string[];
let objects: OpenObjects<Counter>;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'byway-open-'));
  opened = [];
  rung = [];
  objects = new OpenObjects<Counter>({
    max: 2,
    open: (name, alarm) => {
      opened.push(name);
      const sql = openSql(join(dir, `${name}.sqlite`));
      return { object: new Counter(sql, alarm), close: () => sql.close() };
    },
    onAlarm: (name) => rung.push(name),
  });
});
afterEach(() => {
  objects.close();
  rmSync(dir, { recursive: true });
});

const add = (name: string, until?: Promise<void>): Promise<number> =>
  objects.use(name, (object) => object.add(until));

describe('of many objects', () => {
  it('those used last stay open, the others know everything when they are opened again', async () => {
    for (const name of ['a', 'b', 'a', 'c', 'a']) await add(name);
    expect(objects.size).toBe(2);
    expect(opened).toEqual(['a', 'b', 'c']);
    expect(await add('b')).toBe(2);
    expect(await add('a')).toBe(4);
    expect(opened).toEqual(['a', 'b', 'c', 'b']);
  });

  it('none is closed at work, however many there are', async () => {
    const gate = Promise.withResolvers<void>();
    const working = ['a', 'b', 'c', 'd'].map((name) => add(name, gate.promise));
    const again = add('a', gate.promise);
    expect(objects.size).toBe(4);
    gate.resolve();
    expect(await Promise.all(working)).toEqual([1, 1, 1, 1]);
    expect(await again).toBe(2);
    expect(objects.size).toBe(2);
  });

  it('one whose work throws is not taken for busy', async () => {
    const failing = objects.use('a', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    for (const name of ['b', 'c']) await add(name);
    expect(objects.size).toBe(2);
  });

  it('alarms ring though their object is closed', async () => {
    await objects.use('a', async ({ alarm }) => alarm.set(Date.now() + 20));
    await objects.use('b', async ({ alarm }) => alarm.set(Date.now() + 3_600_000));
    for (const name of ['b', 'c', 'd']) await add(name);
    await vi.waitFor(() => expect(rung).toEqual(['a']));
  });

  it('an alarm that was taken back stays silent', async () => {
    await objects.use('a', async ({ alarm }) => alarm.set(Date.now() + 5));
    await objects.use('a', async ({ alarm }) => alarm.clear());
    await objects.use('b', async ({ alarm }) => alarm.set(Date.now() + 30));
    await vi.waitFor(() => expect(rung).toContain('b'));
    expect(rung).toEqual(['b']);
  });

  it('nothing is opened after the end', async () => {
    objects.close();
    await expect(add('a')).rejects.toThrow('closed');
    expect(opened).toEqual([]);
  });
});

describe('pull requests of the edge', () => {
  it('answer the same closed and opened again: a comment that was told of is known', async () => {
    const gitHub = await new ScratchGitHub().start();
    const edge = Object.assign(new ScratchEdge(), { github: gitHub.config, maxOpenPulls: 1 });
    await edge.open();
    const repository = { id: 7, owner: { id: 77, login: 'acme' }, name: 'shop' };
    const source = { installationId: 5, repository };
    const order = {
      ...{ commentId: 9, createdMs: edge.nowMs, atClosed: false },
      ...{ actor: { id: 1, login: 'ann' }, command: { verb: 'help' as const } },
    };
    const tell = (number: number, guid: string) =>
      edge.directory
        .pull({ repositoryId: 7, number })
        .receive(guid, source, number, { kind: 'command', order });
    expect(await tell(1, 'one')).toBe('queued');
    for (const number of [2, 3, 4]) expect(await tell(number, 'one')).toBe('queued');
    expect(await tell(1, 'one')).toBe('seen');
    expect(await tell(1, 'two')).toBe('seen');
    edge.stop();
    await gitHub.stop();
  });
});
