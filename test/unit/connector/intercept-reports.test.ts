import { beforeEach, describe, expect, it } from 'vitest';
import { InterceptReports, reportOf } from '#connector/intercept-reports.ts';
import { Registry } from '#connector/registry.ts';
import type { InterceptReport, InterceptSpec } from '#protocol/control.ts';
import { ReportInbox } from '#protocol/intercept-reports.ts';
import { maxReports, maxReportsCharacters, maxReportsPerMessage } from '#protocol/limits.ts';
import type { Session } from '#protocol/session.ts';

const secret = 'value-of-the-header';
let minted = 0;
let registry: Registry;

beforeEach(() => {
  minted = 0;
  registry = new Registry();
});

function spec(more: Partial<InterceptSpec> = {}): InterceptSpec {
  minted += 1;
  return {
    id: minted.toString(16).padStart(32, '0'),
    name: `i${minted}`,
    client: 'client',
    owner: { id: 1, login: 'alice' },
    workload: 'web',
    namespace: 'default',
    port: { name: 'http', number: 80 },
    mechanism: 'http',
    headers: [{ name: 'x-id', value: secret }],
    laptop: { name: 'book', address: '127.0.0.1:1' },
    createdMs: 1000,
    ...more,
  };
}

const laptop = {} as Session;

/** An edge that reads strictly. */
class Listener {
  readonly messages: Record<string, unknown>[] = [];
  readonly known = new Map<string, InterceptReport>();
  readonly reports: InterceptReports;
  readonly #tasks: (() => void)[] = [];
  readonly #inbox = new ReportInbox();

  constructor() {
    const session = { control: (message: Record<string, unknown>) => this.#take(message) };
    const runtime = { defer: (task: () => void) => void this.#tasks.push(task) };
    this.reports = new InterceptReports(registry, session as Session, runtime);
  }

  /** The end of a turn of the event loop. */
  turn(): void {
    for (const task of this.#tasks.splice(0)) task();
  }

  #take(message: Record<string, unknown>): void {
    this.messages.push(message);
    const news = this.#inbox.take(JSON.parse(JSON.stringify(message)) as never);
    if (!news) return;
    if (news.kind === 'list') this.known.clear();
    else for (const id of news.gone) this.known.delete(id);
    for (const each of news.kind === 'list' ? news.reports : news.set) {
      this.known.set(each.id, each);
    }
  }
}

describe('reports of intercepts', () => {
  it('begin with all there are, without values of headers', () => {
    registry.add(spec(), '', laptop, 0);
    registry.add(spec(), '', undefined, 0);
    const edge = new Listener();
    expect([...edge.known.values()].map(({ name, state }) => [name, state])).toEqual([
      ['i1', 'active'],
      ['i2', 'waiting'],
    ]);
    expect(edge.messages).toHaveLength(1);
    expect(JSON.stringify(edge.messages)).not.toContain(secret);
    expect([...edge.known.values()][0]!.headers).toEqual(['x-id']);
  });

  it('begin with an empty list where there are none', () => {
    expect(new Listener().messages).toMatchObject([{ part: 0, parts: 1, intercepts: [] }]);
  });

  it('go on with what changes, one message for one turn', () => {
    const { id } = registry.add(spec(), '', laptop, 0).spec;
    const edge = new Listener();
    registry.starting(id, true);
    const other = registry.add(spec(), '', laptop, 0).spec.id;
    edge.turn();
    expect(edge.messages).toHaveLength(2);
    expect([...edge.known.values()].map(({ state }) => state)).toEqual(['starting', 'active']);
    registry.starting(id, false);
    registry.away(laptop, 5);
    edge.turn();
    expect([...edge.known.values()].map(({ state }) => state)).toEqual(['waiting', 'waiting']);
    expect(edge.known.get(id)!.waitingSinceMs).toBeGreaterThan(0);
    registry.back(id, laptop);
    registry.remove(other);
    edge.turn();
    expect([...edge.known.values()]).toMatchObject([{ id, state: 'active', waitingSinceMs: null }]);
  });

  it('are not sent where nothing is different: they would wake the edge', () => {
    const { id } = registry.add(spec(), '', laptop, 0).spec;
    const edge = new Listener();
    registry.away(laptop, 1);
    registry.back(id, laptop);
    registry.remove('f'.repeat(32));
    edge.turn();
    expect(edge.messages).toHaveLength(1);
  });

  it('end with the session', () => {
    const edge = new Listener();
    edge.reports.stop();
    registry.add(spec(), '', laptop, 0);
    edge.turn();
    expect(edge.messages).toHaveLength(1);
  });

  it('are cut into messages, and those of the oldest, where there are too many', () => {
    for (let count = 0; count < maxReports + 10; count += 1) registry.add(spec(), '', laptop, 0);
    const edge = new Listener();
    expect(edge.messages).toHaveLength(maxReports / maxReportsPerMessage);
    expect(edge.known.size).toBe(maxReports);
    // The oldest goes, and the next one in line comes.
    registry.remove(registry.list()[0]!.spec.id);
    edge.turn();
    expect(edge.known.size).toBe(maxReports);
    expect([...edge.known.values()].at(-1)!.name).toBe(`i${maxReports + 1}`);
    // A laptop that goes away changes all.
    registry.away(laptop, 1);
    edge.turn();
    expect([...edge.known.values()].every(({ state }) => state === 'waiting')).toBe(true);
  });

  it('hold less than the control queue, however long their texts are', () => {
    const long = 'x'.repeat(253);
    const headers = Array.from({ length: 16 }, (_, index) => ({ name: long + index, value: '' }));
    for (let count = 0; count < 1000; count += 1) {
      registry.add(spec({ name: long, workload: long, headers }), '', laptop, 0);
    }
    const edge = new Listener();
    expect(JSON.stringify([...edge.known.values()]).length).toBeLessThan(
      maxReportsCharacters * 1.01,
    );
    expect(edge.known.size).toBeGreaterThan(100);
  });

  it('are fit for the edge, whatever a configuration or a laptop calls itself', () => {
    const rude = `\u001b[2J${'é'.repeat(400)}`;
    registry.add(
      spec({ owner: { id: 0, login: rude }, laptop: { name: rude, address: '' }, namespace: '' }),
      '',
      laptop,
      0,
    );
    expect(new Listener().known.size).toBe(1);
  });

  it('date an intercept by its ticket, or where an older one does not tell, from now', () => {
    const older = { ...spec(), createdMs: undefined };
    const before = Date.now();
    expect(reportOf(registry.add(older, '', laptop, 0)).createdMs).toBeGreaterThanOrEqual(before);
    expect(reportOf(registry.add(spec(), '', laptop, 0)).createdMs).toBe(1000);
  });
});

describe('an intercept that was ended by somebody else', () => {
  it('has a reason for its owner; one that its owner has left has none', () => {
    const [a, b] = [spec().id, spec().id];
    const end = { reason: 'ended by carol through the edge', by: 'carol' };
    registry.remove(a, end);
    registry.remove(b);
    expect([registry.endOf(a), registry.endOf(b)]).toEqual([end, { reason: '' }]);
    expect([registry.wasLeft(a), registry.wasLeft(b)]).toEqual([true, true]);
  });
});
