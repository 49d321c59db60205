import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ResetCode } from '#protocol/frame.ts';
import { StreamKind, type Stream } from '#protocol/stream.ts';
import { until } from '../world.ts';
import { client, Exchange, laptopToken, Site, type Peer } from './stand-ins.ts';

const site = new Site();
let port = 0;

beforeAll(async () => {
  port = await site.raw((socket) =>
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')),
  );
  await site.start({
    ingress_allow: ['127.0.0.1'],
    workloads: [
      { name: 'web', ports: [{ name: 'http', port: 80, agent: 'web' }] },
      { name: 'other', ports: [{ name: 'http', port: 80, agent: 'other' }] },
      { name: 'twin', namespace: 'a', ports: [{ port: 80, agent: 'other' }] },
      { name: 'twin', namespace: 'b', ports: [{ port: 80, agent: 'other' }] },
      {
        name: 'many',
        ports: [
          { name: 'http', port: 80, agent: 'web' },
          { name: 'grpc', port: 90, agent: 'web' },
        ],
      },
    ],
  });
  await site.agent('web');
  await site.agent('other');
  await site.daemon();
  await site.intercept();
});
afterEach(() => site.quiet());
afterAll(() => site.stop());

/** A connection that an agent asks for. */
function reach(agent: Peer, id: string): Exchange {
  const exchange = new Exchange();
  exchange.stream = agent.session.open(StreamKind.tcp, id, ['peer', '10.0.0.1:5'], false, exchange);
  return exchange;
}

/** What the refusal of `intercept` says. */
function refusal(params: Record<string, unknown>): Promise<string> {
  return site.intercept(params).then(
    () => 'accepted',
    (error: Error & { code: string }) => `${error.code}: ${error.message}`,
  );
}

describe('the listener', () => {
  const dial = (path: string, headers: Record<string, string>): Promise<number> =>
    new Promise((resolve) => {
      const webSocket = new WebSocket(`ws://127.0.0.1:${site.ports.listen}${path}`, { headers });
      webSocket.on('unexpected-response', (_request, response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      webSocket.on('open', () => {
        webSocket.terminate();
        resolve(101);
      });
      webSocket.on('error', () => {});
    });
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

  it.each([
    ['/tunnel/laptop', {}, 401],
    ['/tunnel/laptop', bearer('wrong-wrong-wrong-wrong'), 401],
    ['/tunnel/laptop', bearer(''), 401],
    ['/tunnel/laptop', { Authorization: `Basic ${laptopToken}` }, 401],
    ['/tunnel/agent', bearer(laptopToken), 401],
    ['/tunnel/laptop', bearer(laptopToken), 101],
    ['/tunnel/laptop', { Authorization: `bearer ${laptopToken}` }, 101],
    [`/tunnel/laptop?token=${laptopToken}`, {}, 404],
    ['/tunnel/laptop/', bearer(laptopToken), 404],
    ['/', bearer(laptopToken), 404],
  ])('%s %j: %i', async (path, headers, status) => {
    expect(await dial(path, headers as Record<string, string>)).toBe(status);
  });

  it('answers ordinary requests with 404, and a head that is too large with 431', async () => {
    const status = (path: string, headers: Record<string, string> = {}): Promise<number> =>
      new Promise((resolve, reject) => {
        const outgoing = request(
          { host: '127.0.0.1', port: site.ports.listen, path, headers, agent: false },
          (response) => resolve(response.resume().statusCode ?? 0),
        );
        outgoing.on('error', reject);
        outgoing.end();
      });
    expect(await status('/tunnel/laptop', bearer(laptopToken))).toBe(404);
    expect(await status('/', { 'X-Large': 'x'.repeat(20_000) })).toBe(431);
  });

  it('has its health at an address of its own', async () => {
    const status = async (path: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${site.ports.metrics}${path}`)).status;
    expect([await status('/healthz'), await status('/readyz'), await status('/')]).toEqual([
      200, 200, 404,
    ]);
  });

  it('closes a socket that says nothing whole', async () => {
    const socket = connect(site.ports.listen!, '127.0.0.1');
    socket.write('GET /tunnel/laptop HTTP/1.1\r\nHost: x\r\n');
    await new Promise<void>((resolve) => socket.on('close', () => resolve()).resume());
  }, 60_000);
});

describe('an intercept', () => {
  it('has an id of 128 bits, the default header, and is known to its agent only', () => {
    const { spec } = site;
    expect(spec.id).toMatch(/^[0-9a-f]{32}$/);
    expect(spec.headers).toEqual([
      { name: 'x-telepresence-intercept-id', value: `${spec.id}:web` },
    ]);
    expect(site.agents.web!.told).toEqual(['web']);
    expect(site.agents.other!.told).toEqual([]);
  });

  it('carries connections from its agent to its laptop, both ways and to their ends', async () => {
    let laptop: Exchange & { stream: Stream } = new Exchange();
    site.laptop.onOpen = (stream) => {
      laptop = Object.assign(new Exchange(), { stream });
      expect([stream.kind, stream.target]).toEqual([StreamKind.tcp, site.spec.id]);
      return laptop;
    };
    const agent = reach(site.agents.web!, site.spec.id);
    await until(() => Promise.resolve(laptop.stream), 'the laptop is dialled');
    laptop.stream.head([], false);
    agent.stream.end(Buffer.from('ping'));
    await laptop.ended;
    laptop.stream.end(Buffer.alloc(1024 * 1024, 'x'));
    await agent.ended;
    expect([laptop.body.toString(), agent.body.length]).toEqual(['ping', 1024 * 1024]);
  });

  it('passes on why the laptop refused', async () => {
    site.laptop.onOpen = () => ResetCode.dialRefused;
    const exchange = reach(site.agents.web!, site.spec.id);
    await exchange.ended;
    expect(exchange.reset).toBe(ResetCode.dialRefused);
  });

  it('cannot be reached by a stranger, nor by an id that is none', async () => {
    for (const [name, id] of [
      ['other', site.spec.id],
      ['web', '0'.repeat(32)],
    ] as const) {
      const exchange = reach(site.agents[name]!, id);
      await exchange.ended;
      expect(exchange.reset).toBe(ResetCode.interceptGone);
    }
  });

  const laptop = { name: 'book', address: '127.0.0.1:1' };
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['an unknown workload', { workload: 'no' }, /^unknown_workload: .*“no”.*web, other/],
    ['a workload of two namespaces', { workload: 'twin' }, /^ambiguous_workload: .*a, b/],
    ['an unknown port', { port: '81' }, /^unknown_port: .*http \(80\)/],
    ['one port of several', { workload: 'many' }, /^ambiguous_port: .*http \(80\), grpc \(90\)/],
    ['a port without agent', { workload: 'many', port: 'grpc' }, /^no_agent: /],
    ['a name that is taken', { workload: 'other' }, /^name_taken: .*“web”/],
    [
      'a filter that overlaps',
      { name: 'x', headers: [{ name: 'a', value: 'b' }] },
      /^conflict: .*alice/,
    ],
    ['everything', { name: 'x', mechanism: 'tcp' }, /^conflict: .*alice/],
    [
      'a header that carries the message',
      { headers: [{ name: 'Content_Length', value: '1' }] },
      /^invalid: /,
    ],
    [
      'a header twice',
      {
        headers: [
          { name: 'a-b', value: '1' },
          { name: 'A_B', value: '2' },
        ],
      },
      /^invalid: A_B is given twice/,
    ],
    [
      'a header with a line break',
      { headers: [{ name: 'a', value: 'b\nc' }] },
      /^invalid: headers.0.value/,
    ],
    ['no name', { name: '' }, /^invalid: name/],
  ])('is refused for %s', async (_name, params, expected) => {
    expect(await refusal({ name: 'web', workload: 'web', laptop, ...params })).toMatch(expected);
    expect(site.agents.web!.told).toEqual(['web']);
  });

  it('is refused where an agent does not acknowledge, and taken back', async () => {
    const { ticket, spec } = site;
    site.agents.other!.acknowledges = false;
    expect(await refusal({ name: 'late', workload: 'other' })).toMatch(/^no_agent: .*10 s/);
    await until(
      () => Promise.resolve(site.agents.other!.told?.length === 0 || undefined),
      'the agent is told that it is gone',
    );
    site.agents.other!.acknowledges = true;
    expect(site.spec).toBe(spec);
    expect(site.ticket).toBe(ticket);
  }, 30_000);

  it('is not waited for where the agent leaves in between', async () => {
    site.agents.other!.acknowledges = false;
    const asked = refusal({ name: 'gone', workload: 'other' });
    await until(
      () => Promise.resolve(site.agents.other!.told?.includes('gone') || undefined),
      'the agent is told',
    );
    await site.agents.other!.gone();
    expect(await asked).toMatch(/^no_agent: /);
    await site.agent('other');
  });
});

describe('a laptop that is away', () => {
  it('keeps its intercept, waiting, and gets it back by ticket', async () => {
    await site.laptop.gone();
    await until(async () => {
      const exchange = reach(site.agents.web!, site.spec.id);
      await exchange.ended;
      return exchange.reset === ResetCode.interceptGone ? true : undefined;
    }, 'the connector has seen it');
    await site.daemon([site.ticket]);
    expect(site.laptop.controls).toContainEqual({
      type: 'intercept',
      id: site.spec.id,
      state: 'ACTIVE',
      reason: '',
    });
    expect(site.agents.web!.told).toEqual(['web']);
  });

  it('cannot be replaced with tickets that were not issued here', async () => {
    const [body] = site.ticket.split('.');
    const key = readFileSync(join(site.dir, 'ticket.key'));
    const changed = Buffer.from(
      JSON.stringify({
        ...site.spec,
        id: 'f'.repeat(32),
        name: 'evil',
        port: { name: '', number: 80 },
      }),
    ).toString('base64url');
    const sign = (text: string, secret: Uint8Array): string =>
      `${text}.${createHmac('sha256', secret).update(`ticket 1\n${text}`).digest('base64url')}`;
    const forged = [
      `${changed}.${site.ticket.split('.')[1]}`,
      sign(changed, Buffer.alloc(32)),
      `${body}.`,
      `${site.ticket}.x`,
      '',
      '.',
      // Ours, but of no use.
      sign(Buffer.from('{"v":2}').toString('base64url'), key),
    ];
    await site.daemon([site.ticket, ...forged]);
    const { workloads } = await site.laptop.requests.ask('list', {});
    const names = (workloads as { intercepts: { name: string }[] }[]).flatMap((workload) =>
      workload.intercepts.map(({ name }) => name),
    );
    expect(names).toEqual(['web']);
  });
});

describe('a restart of the connector', () => {
  it('is survived by ticket: the page until the laptop is back, then the same intercept', async () => {
    await site.route(port);
    expect((await site.answer()).status).toBe(200);
    await site.connector.kill();
    await site.startConnector();
    await site.requests!.ask('unroute', { label: 'none' });
    const page = await site.answer({ method: 'POST', body: Buffer.alloc(200_000) });
    expect([page.status, page.field('x-byway-error')]).toEqual([503, ['BW-4005']]);
    // The body of a request that nobody wanted is no debt.
    await site.quiet();
    const agent = await site.agent('web', [site.ticket]);
    expect(agent.told).toEqual(['web']);
    const waiting = reach(agent, site.spec.id);
    await waiting.ended;
    expect(waiting.reset).toBe(ResetCode.interceptGone);
    await site.daemon([site.ticket]);
    expect((await site.answer()).status).toBe(200);
    const [intercept] = (
      (await site.laptop.requests.ask('list', {})).workloads as { intercepts: unknown[] }[]
    ).flatMap(({ intercepts }) => intercepts);
    expect(intercept).toMatchObject({ id: site.spec.id, state: 'ACTIVE', mine: true });
  });

  it('is not needed for leave: the agent forgets it and the ticket is void', async () => {
    await site.laptop.requests.ask('leave', { id: site.spec.id });
    expect(site.agents.web!.told).toEqual([]);
    const { headers } = site.spec;
    expect(headers).toHaveLength(1);
    await site.laptop.gone();
    await site.daemon([site.ticket], client);
    expect(site.laptop.controls).toContainEqual(
      expect.objectContaining({ id: site.spec.id, state: 'GONE' }),
    );
    expect(site.agents.web!.told).toEqual([]);
  });
});

it('ends in order on SIGTERM while a request is open: that one is finished', async () => {
  await site.daemon();
  await site.intercept();
  let answer: (() => void) | undefined;
  const slow = await site.raw((socket) =>
    socket.once('data', () => {
      answer = () => void socket.end('HTTP/1.1 200 OK\r\n\r\nlast');
    }),
  );
  await site.route(slow, {}, 'slow');
  const exchange = site.ask({ label: 'slow' });
  await until(() => Promise.resolve(answer), 'the request arrives');
  const stopped = site.connector.stop(20_000);
  await until(
    () => Promise.resolve(site.session!.peerDraining || undefined),
    'the edge is told to go elsewhere',
  );
  answer!();
  await exchange.ended;
  expect(exchange.body.toString()).toBe('last');
  await stopped;
  await site.startConnector();
});
