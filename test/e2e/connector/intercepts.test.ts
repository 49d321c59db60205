/** What a connector tells an edge of its intercepts, and how it ends one for it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { interceptsFeature, type InterceptReport } from '#protocol/control.ts';
import { ReportInbox } from '#protocol/intercept-reports.ts';
import { until } from '../world.ts';
import { Site, type Peer } from './stand-ins.ts';

let site: Site;
let agent: Peer;

beforeEach(async () => {
  site = new Site();
});
afterEach(() => site.stop());

async function start(...features: string[]): Promise<void> {
  site.features = features;
  await site.start({
    workloads: [{ name: 'web', ports: [{ name: 'http', port: 80, agent: 'web' }] }],
  });
  agent = await site.agent('web');
  await site.daemon();
}

/** What the edge knows of what it was told so far. */
function known(): InterceptReport[] {
  const inbox = new ReportInbox();
  const all = new Map<string, InterceptReport>();
  for (const message of site.reports) {
    const news = inbox.take(message);
    if (news?.kind === 'list') all.clear();
    if (news?.kind === 'change') for (const id of news.gone) all.delete(id);
    const set = news?.kind === 'list' ? news.reports : news?.kind === 'change' ? news.set : [];
    for (const each of set) all.set(each.id, each);
  }
  return [...all.values()];
}

const states = (...expected: string[]): Promise<true> =>
  until(
    () =>
      Promise.resolve(
        JSON.stringify(known().map(({ state }) => state)) === JSON.stringify(expected) || undefined,
      ) as Promise<true | undefined>,
    `not ${expected.join(', ') || 'nothing'}: ${JSON.stringify(known())}`,
  );

const end = (id: string, by: unknown = 'carol'): Promise<unknown> =>
  site.requests!.ask('end_intercept', { id, by });
const reason = 'ended by carol through the edge';
const gone = (id: string) => ({ type: 'intercept', id, state: 'GONE', reason, by: 'carol' });

describe('reports', () => {
  it('are of every state, and only for an edge that listens', async () => {
    await start(interceptsFeature);
    await states();
    expect(site.reports).toHaveLength(1);
    agent.acknowledges = false;
    const made = site.intercept();
    await states('starting');
    const { revision } = agent.controls.at(-1)!;
    agent.acknowledges = true;
    agent.session.control({ type: 'applied', revision });
    await made;
    await states('active');
    await site.laptop.gone();
    await states('waiting');
    await site.daemon([site.ticket]);
    await states('active');
    await site.laptop.requests.ask('leave', { id: site.spec.id });
    await states();
  });

  it('are not for an edge of before', async () => {
    await start();
    await site.intercept();
    // What comes after it would have come after the report.
    await site.requests!.ask('unroute', { label: 'none' });
    expect(site.reports).toEqual([]);
    await end(site.spec.id);
    await until(
      async () => (agent.told?.length === 0 ? true : undefined),
      'the agent holds it still',
    );
  });
});

describe('an end through the edge', () => {
  beforeEach(() => start(interceptsFeature));

  it('is answered when agents have acknowledged, and told to the daemon', async () => {
    await site.intercept();
    agent.acknowledges = false;
    let answered = false;
    const ended = end(site.spec.id).then(() => (answered = true));
    await until(async () => (agent.told?.length === 0 ? true : undefined), 'the agent is not told');
    await site.requests!.ask('unroute', { label: 'none' });
    expect(answered).toBe(false);
    agent.session.control({ type: 'applied', revision: agent.controls.at(-1)!.revision });
    await ended;
    expect(site.laptop.controls).toContainEqual(gone(site.spec.id));
    await states();
  });

  it('frees what it was in the way of', async () => {
    const headers = [{ name: 'x-team', value: 'red' }];
    await site.intercept({ headers });
    const { id } = site.spec;
    await expect(site.intercept({ headers, name: 'other' })).rejects.toThrow('intercepted by');
    await end(id);
    await site.intercept({ headers });
    expect(site.spec.id).not.toBe(id);
  });

  it('breaks off what is only starting', async () => {
    agent.acknowledges = false;
    const made = site.intercept().then(
      () => 'made',
      (error: Error) => error.message,
    );
    await states('starting');
    const [{ id } = { id: '' }] = known();
    const ended = end(id);
    await until(async () => (agent.told?.length === 0 ? true : undefined), 'the agent is not told');
    agent.session.control({ type: 'applied', revision: agent.controls.at(-1)!.revision });
    await ended;
    expect(await made).toContain(reason);
  });

  it('voids the ticket of a laptop that is away, which is told why', async () => {
    await site.intercept();
    const { spec, ticket } = site;
    await site.laptop.gone();
    await states('waiting');
    await end(spec.id);
    await states();
    await site.daemon([ticket]);
    expect(site.laptop.controls).toContainEqual(gone(spec.id));
    await site.agent('web', [ticket]);
    await states();
  });

  it.each([
    ['one that is not there', 'f'.repeat(32), 'carol', 'unknown_intercept'],
    ['an id of another form', 'web', 'carol', 'invalid'],
    ['nobody’s name', 'f'.repeat(32), null, 'invalid'],
    ['a name that a terminal obeys', 'f'.repeat(32), '\u001b[2J', 'invalid'],
  ])('of %s is refused', async (_name, id, by, code) => {
    await expect(end(id, by)).rejects.toMatchObject({ code });
  });

  it('that the connector has not heard of is told after HELLO, and voids tickets too', async () => {
    await site.intercept();
    const { spec, ticket } = site;
    const never = 'e'.repeat(32);
    const intercepts = [spec.id, never].map((id) => ({ id, by: 'carol' }));
    site.session!.control({ type: 'ended_intercepts', intercepts });
    await states();
    expect(site.laptop.controls).toContainEqual(gone(spec.id));
    await site.daemon([ticket]);
    expect(site.laptop.controls).toContainEqual(gone(spec.id));
  });

  it('ends the tunnel where that list is malformed', async () => {
    const { session } = site;
    session!.control({ type: 'ended_intercepts', intercepts: [{ id: 'x', by: 'carol' }] });
    await until(async () => (session!.closed ? true : undefined), 'the tunnel stays');
  });
});
