import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, World, type Made } from './world.ts';

const world = new World();
beforeAll(() =>
  world.start(
    (_request, response) => response.end('cluster'),
    (_request, response) => response.end('laptop'),
  ),
);
afterAll(() => world.stop());

function hostOf(made: Made): string {
  return new URL(made.preview!.url).host;
}

describe('the loop', () => {
  it('sends to the laptop what has the header or comes by the preview URL, and nothing after leave', async () => {
    const made = await world.intercept();
    const [header] = made.headers;
    const ingress = world.ingressPort;
    expect((await call({ port: ingress })).text).toBe('cluster');
    expect((await call({ port: ingress, headers: { [header!.name]: header!.value } })).text).toBe(
      'laptop',
    );
    expect((await call({ port: ingress, headers: { [header!.name]: 'other' } })).text).toBe(
      'cluster',
    );
    expect((await call({ port: world.edgePort, host: hostOf(made) })).text).toBe('laptop');
    expect((await world.stack.byway('leave', 'web')).code).toBe(0);
    expect((await call({ port: ingress, headers: { [header!.name]: header!.value } })).text).toBe(
      'cluster',
    );
    expect((await call({ port: world.edgePort, host: hostOf(made) })).status).toBe(401);
    await world.quiet();
  });

  it('sends not one request to the wrong side on 200 connections that were open before', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 200 });
    const ports = { ingress: world.ingressPort, agent: world.agentPort };
    const open = Array.from({ length: 200 }, (_, index) =>
      call({ port: index % 2 === 0 ? ports.ingress : ports.agent, agent }),
    );
    expect((await Promise.all(open)).every(({ text }) => text === 'cluster')).toBe(true);
    let stop = false;
    const before = Array.from({ length: 50 }, async () => {
      while (!stop) expect((await call({ port: ports.agent, agent })).text).toBe('cluster');
    });
    const made = await world.intercept();
    const [header] = made.headers;
    const ways = [
      { port: ports.ingress, want: 'cluster' },
      { port: ports.agent, want: 'cluster' },
      { port: ports.ingress, headers: { [header!.name]: header!.value }, want: 'laptop' },
      { port: ports.agent, headers: { [header!.name]: header!.value }, want: 'laptop' },
      { port: ports.agent, headers: { [header!.name]: `${header!.value}x` }, want: 'cluster' },
      { port: world.edgePort, host: hostOf(made), want: 'laptop' },
    ];
    const wrong: string[] = [];
    await Promise.all(
      Array.from({ length: 200 }, async (_, client) => {
        for (let turn = 0; turn < 15; turn += 1) {
          const { want, ...way } = ways[(client + turn) % ways.length]!;
          const { text, status } = await call({ ...way, agent });
          if (text !== want)
            wrong.push(`${JSON.stringify(way)}: ${status} ${text} instead of ${want}`);
        }
      }),
    );
    stop = true;
    await Promise.all(before);
    expect(wrong).toEqual([]);
    await world.stack.byway('leave', 'web');
    const after = await Promise.all(
      Array.from({ length: 200 }, () =>
        call({ port: ports.agent, agent, headers: { [header!.name]: header!.value } }),
      ),
    );
    expect(after.every(({ text }) => text === 'cluster')).toBe(true);
    agent.destroy();
    await world.quiet();
  });

  it('gives two intercepts of one port their own requests, and refuses those that would overlap', async () => {
    const one = await world.intercept('--http-header', 'x-me=one');
    const two = await world.intercept(
      '--name',
      'second',
      '--http-header',
      'X-Me=two',
      '--preview-url=false',
    );
    expect(two.preview).toBeNull();
    const port = world.agentPort;
    for (const value of ['one', 'two']) {
      expect((await call({ port, headers: { 'X-Me': value } })).text).toBe('laptop');
    }
    expect((await call({ port, headers: { 'X-Me': 'three' } })).text).toBe('cluster');
    expect((await call({ port: world.edgePort, host: hostOf(one) })).text).toBe('laptop');
    const overlaps = [
      ['--mechanism', 'tcp'],
      ['--http-header', 'x-me=one'],
      ['--http-header', 'x-other=1'],
      [],
    ];
    for (const [index, flags] of overlaps.entries()) {
      const args = [
        'intercept',
        'web',
        '--port',
        '9999',
        '--preview-url=false',
        '--name',
        `n${index}`,
      ];
      const { code, stderr } = await world.stack.byway(...args, ...flags);
      expect(code).toBe(5);
      expect(stderr).toContain('intercepted by alice');
    }
    expect(
      (await world.stack.byway('intercept', 'web', '--port', '9999', '--name', 'second')).stderr,
    ).toContain('you have an intercept “second” already');
    expect((await world.stack.byway('quit')).stdout).toContain('Left second');
    expect((await call({ port, headers: { 'X-Me': 'two' } })).text).toBe('cluster');
  });

  it('takes all connections with --mechanism tcp', async () => {
    const made = await world.intercept('--mechanism', 'tcp');
    expect(made.preview).toBeNull();
    expect((await call({ port: world.ingressPort })).text).toBe('laptop');
    await world.stack.byway('leave', 'web');
    expect((await call({ port: world.ingressPort })).text).toBe('cluster');
  });
});
