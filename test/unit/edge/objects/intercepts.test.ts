/** The cluster's intercepts at the edge: what the connector reports, what a sleep leaves, what is ended. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterCalls } from '#edge/objects/calls.ts';
import { interceptsFeature, type InterceptReport } from '#protocol/control.ts';
import { listMessages } from '#protocol/intercept-reports.ts';
import { maxEndedReports, maxReports } from '#protocol/limits.ts';
import { RequestError, type Answer } from '#protocol/requests.ts';
import { connect, interceptId, ScratchEdge, type FakeConnector } from '../scratch-edge.ts';

let edge: ScratchEdge;
let key: string;
const by = { login: 'carol' };

beforeEach(async () => {
  edge = await new ScratchEdge().open();
  ({ key } = await edge.cluster());
});
afterEach(() => edge.stop());

const calls = (): ClusterCalls => edge.directory.cluster(key)!;
const object = () => edge.directory.find(key, 'a')!;

function report(digit: string, more: Partial<InterceptReport> = {}): InterceptReport {
  return {
    id: interceptId(digit),
    name: `web-${digit}`,
    workload: 'web',
    namespace: 'default',
    port: { name: 'http', number: 80 },
    owner: { id: 1001, login: 'alice' },
    laptop: 'book',
    mechanism: 'http',
    headers: ['x-id'],
    state: 'active',
    createdMs: Number.parseInt(digit, 16),
    waitingSinceMs: null,
    ...more,
  };
}

const asked: object[] = [];
const obedient: Record<string, Answer> = {
  end_intercept: (params) => {
    asked.push(params);
    return {};
  },
};

/** A connector that reports; resolves when the edge has the list. */
async function connector(
  reports: InterceptReport[],
  answers: Record<string, Answer> = obedient,
): Promise<FakeConnector> {
  asked.length = 0;
  const made = await connect(object(), answers, undefined, [interceptsFeature]);
  await say(made, ...listMessages(reports));
  return made;
}

/** Resolves when the edge has taken the messages: each way is one turn of the event loop. */
async function say(to: FakeConnector, ...messages: object[]): Promise<void> {
  for (const message of messages) to.session.control({ ...message });
  for (let turns = 0; turns < 10; turns += 1) await turn();
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const change = (set: InterceptReport[], gone: string[] = []): object => ({
  type: 'intercept_change',
  set,
  gone,
});
const names = async (): Promise<string[]> => (await calls().intercepts())!.map(({ name }) => name);

describe('the intercepts of a cluster', () => {
  it('are those that its connector reports, oldest first, with every change', async () => {
    expect(await calls().intercepts()).toEqual([]);
    const peer = await connector([report('b'), report('a')]);
    expect(await calls().intercepts()).toEqual(
      [report('a'), report('b')].map((each) => ({ ...each, connected: true })),
    );
    await say(peer, change([report('c'), report('a', { state: 'waiting' })], [interceptId('b')]));
    expect(await calls().intercepts()).toMatchObject([
      { name: 'web-a', state: 'waiting' },
      { name: 'web-c', state: 'active' },
    ]);
    await say(peer, ...listMessages([report('d')]));
    expect(await names()).toEqual(['web-d']);
  });

  it('are the last known ones while the connector is away, and after the object has slept', async () => {
    const peer = await connector([report('a')]);
    peer.session.close(1000, '');
    await peer.closed;
    while (object().connected) await turn();
    const last = [{ ...report('a'), connected: false }];
    expect(await calls().intercepts()).toEqual(last);
    await edge.restart();
    expect(await calls().intercepts()).toEqual(last);
    // A tunnel alone does not make it true again.
    const next = await connect(object(), obedient, undefined, [interceptsFeature]);
    expect(object().connected).toBe(true);
    expect(await calls().intercepts()).toEqual(last);
    await say(next, ...listMessages([report('b')]));
    expect(await calls().intercepts()).toEqual([{ ...report('b'), connected: true }]);
  });

  it('are none where the connector does not report: an older one', async () => {
    await connector([report('a')]);
    await connect(object(), {});
    expect(await calls().intercepts()).toEqual([]);
  });

  it('are not what a connector says that was replaced', async () => {
    const former = await connector([report('a')]);
    await connector([report('b')]);
    await say(former, change([report('c')]));
    expect(await names()).toEqual(['web-b']);
  });

  it('end with the cluster', async () => {
    await connector([report('a')]);
    expect(await calls().retire()).toBe(true);
    expect(await calls().intercepts()).toBeUndefined();
    expect(object().intercepts.list(false)).toEqual([]);
  });

  it('are written only where they differ', async () => {
    const peer = await connector([report('a'), report('b')]);
    const written: string[] = [];
    const { sql } = object().intercepts.services;
    const { run } = sql;
    sql.run = (statement, ...values) => {
      written.push(statement);
      run.call(sql, statement, ...values);
    };
    await say(peer, ...listMessages([report('a'), report('b')]));
    expect(written).toEqual([]);
    await say(peer, ...listMessages([report('a'), report('c')]));
    expect(written).toHaveLength(2);
  });

  it('are at most 4096, whether listed or added', async () => {
    const all = Array.from({ length: maxReports }, (_, index) =>
      report('a', { id: index.toString(16).padStart(32, '0') }),
    );
    const peer = await connector(all);
    expect(await names()).toHaveLength(maxReports);
    peer.session.control({ ...change([report('a')]) });
    expect(await peer.closed).toBe(4400);
    expect(await names()).toHaveLength(maxReports);
  });

  it.each([
    ['a value of a header', change([{ ...report('a'), headers: [{ value: 'x' }] as never }])],
    ['a part out of turn', { type: 'intercept_list', part: 1, parts: 2, intercepts: [] }],
  ])('end the tunnel with %s', async (_name, message) => {
    const peer = await connector([]);
    peer.session.control({ ...message });
    expect(await peer.closed).toBe(4400);
    expect(await names()).toEqual([]);
  });
});

describe('ending an intercept', () => {
  it('asks the connector, and ends its previews on every shard', async () => {
    const { body } = await edge.preview(key, { intercept: { id: interceptId('a'), name: 'web' } });
    const other = await edge.preview(key, { intercept: { id: interceptId('b'), name: 'web' } });
    await connector([report('a'), report('b')], { ...obedient, unroute: () => ({}) });
    expect(await calls().endIntercept(interceptId('a'), by)).toEqual({ ok: true, value: true });
    expect(asked).toEqual([{ id: interceptId('a'), by: 'carol' }]);
    expect(await names()).toEqual(['web-b']);
    expect(await calls().find(body.label)).toBeUndefined();
    expect(await calls().find(other.body.label)).toBeDefined();
  });

  it('is told again to the next connector: the one that was asked may have restarted', async () => {
    await connector([report('a')]);
    await calls().endIntercept(interceptId('a'), by);
    const next = await connector([]);
    const told = { type: 'ended_intercepts', intercepts: [{ id: interceptId('a'), by: 'carol' }] };
    expect(next.control).toContainEqual(told);
    await edge.restart();
    expect((await connector([])).control).toContainEqual(told);
    const older = await connect(object(), {});
    expect(older.control).not.toContainEqual(told);
  });

  it('is refused for what is not there, or gone meanwhile', async () => {
    const gone: Answer = () => {
      throw new RequestError('unknown_intercept', 'there is no such intercept');
    };
    await connector([report('a')], { end_intercept: gone });
    for (const digit of ['f', 'a']) {
      expect(await calls().endIntercept(interceptId(digit), by)).toMatchObject({
        refusal: { kind: 'missing' },
      });
    }
    expect(await names()).toEqual([]);
  });

  it('is refused while the connector is away, and leaves everything as it was', async () => {
    const peer = await connector([report('a')]);
    peer.session.close(1000, '');
    while (object().connected) await turn();
    expect(await calls().endIntercept(interceptId('a'), by)).toMatchObject({
      refusal: { kind: 'refused', reason: expect.stringContaining('not connected') },
    });
    const next = await connector([report('a')]);
    expect(next.control.map(({ type }) => type)).toEqual(['routes']);
    expect(await names()).toEqual(['web-a']);
  });

  it('is carried out by the next connection where this one is lost', async () => {
    const lost: Answer = () => {
      peer.session.close(1000, '');
      return new Promise(() => {});
    };
    const peer = await connector([report('a')], { end_intercept: lost });
    expect(await calls().endIntercept(interceptId('a'), by)).toMatchObject({
      refusal: { kind: 'refused', reason: expect.stringContaining('when it is back') },
    });
    expect((await connector([report('a')])).control).toContainEqual({
      type: 'ended_intercepts',
      intercepts: [{ id: interceptId('a'), by: 'carol' }],
    });
  });

  it('is given up where the connector says no', async () => {
    const never: Answer = () => {
      throw new RequestError('not_now', 'not now');
    };
    await connector([report('a')], { end_intercept: never });
    expect(await calls().endIntercept(interceptId('a'), by)).toMatchObject({
      refusal: { kind: 'refused', reason: 'not now' },
    });
    expect(await names()).toEqual(['web-a']);
    const next = await connector([]);
    expect(next.control.filter(({ type }) => type === 'ended_intercepts')).toEqual([]);
  });

  it('is remembered for 90 days, and for the latest 1024', async () => {
    const ids = Array.from({ length: maxEndedReports + 1 }, (_, index) =>
      index.toString(16).padStart(32, '0'),
    );
    const { sql } = object().intercepts.services;
    sql.transaction(() => {
      ids.slice(0, -1).forEach((id, index) => {
        sql.run('INSERT INTO ended_intercepts VALUES (?, ?, ?)', id, 'carol', edge.nowMs + index);
      });
    });
    edge.nowMs += maxEndedReports;
    await connector([report('a', { id: ids.at(-1)! })]);
    await calls().endIntercept(ids.at(-1)!, by);
    const told = async (): Promise<string[]> => {
      const { control } = await connector([report('b')]);
      const message = control.find(({ type }) => type === 'ended_intercepts');
      return (message!.intercepts as { id: string }[]).map(({ id }) => id).toSorted();
    };
    expect(await told()).toEqual(ids.slice(1));
    edge.nowMs += 90 * 24 * 3_600_000 + 1;
    await calls().endIntercept(interceptId('b'), by);
    expect(await told()).toEqual([interceptId('b')]);
  });

  it('is for clusters that there are', async () => {
    await calls().retire();
    expect(await calls().endIntercept(interceptId('a'), by)).toMatchObject({
      refusal: { kind: 'missing' },
    });
  });
});
