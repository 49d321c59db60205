/** An agent from its start to its end, and while its connector is away. */
import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { call, until } from '../world.ts';
import { app, get, laptop, match, portOf, spec, useAgent, world } from './use-agent.ts';
import { AgentWorld, RawClient } from './world.ts';

useAgent();

describe('the tunnel', () => {
  it('says which ports and environment there are, with its bearer', () => {
    expect(world.connector.authorization).toBe('Bearer 0123456789abcdef');
    expect(world.connector.about).toEqual({
      role: 'agent',
      ports: [
        { name: 'http', protocol: 'http' },
        { name: 'raw', protocol: 'http' },
        { name: 'auto', protocol: 'http' },
        { name: 'tcp', protocol: 'tcp' },
      ],
      environment: { DATABASE_URL: 'postgres://db' },
      tickets: [],
    });
  });

  it('is ready, and keeps its intercepts while the connector is away', async () => {
    expect((await world.own('/healthz')).status).toBe(200);
    await until(
      async () => ((await world.own('/readyz')).status === 200 ? true : undefined),
      'not ready',
    );
    await world.connector.intercepts({ spec: spec('http'), laptop: portOf(laptop) });
    await world.connector.stop();
    await until(
      async () => ((await world.own('/readyz')).status === 503 ? true : undefined),
      'still ready',
    );
    const away = await call({ port: world.port(), headers: { ...match, Accept: 'text/html' } });
    expect(away.status).toBe(503);
    expect(away.headers['x-byway-error']).toBe('BW-4002');
    expect(away.text).toContain('alices-laptop');
    expect((await call({ port: world.port() })).text).toContain('app');
    await world.connector.start();
    await until(async () => world.connector.session, 'not back');
    expect(world.connector.about?.tickets).toEqual(['ticket-i1']);
    expect((await call({ port: world.port(), headers: match })).text).toContain('laptop');
  });
});

describe('starting', () => {
  it('takes no request before it knows the intercepts, unless there is no connector', async () => {
    const other = new AgentWorld();
    const port = { name: 'http', protocol: 'http', app: portOf(app) } as const;
    await other.start([port]);
    await other.connector.intercepts({ spec: spec('http'), laptop: portOf(laptop) });
    for (let round = 0; round < 3; round += 1) {
      await other.agent.kill();
      await other.startAgent();
      expect((await call({ port: other.port(), headers: match })).text).toContain('laptop');
    }
    await other.agent.kill();
    await other.connector.stop();
    await other.startAgent();
    expect((await call({ port: other.port(), headers: match })).text).toContain('app');
    expect((await other.own('/readyz')).status).toBe(503);
    await other.agent.stop();
    await other.connector.start();
    await other.stop();
  });
});

describe('stopping', () => {
  it('finishes requests in flight, refuses new connections, ends idle ones and exits with 0', async () => {
    const other = new AgentWorld();
    await other.start([{ name: 'http', protocol: 'http', app: portOf(app) }]);
    const idle = new RawClient(other.port());
    idle.write(get);
    await idle.until(({ text }) => text.includes('app GET'));
    const slow = new Promise<string>((resolve, reject) => {
      httpRequest(
        { host: '127.0.0.1', port: other.port(), path: '/slow', agent: false },
        (response) => {
          response.on('data', (bytes: Buffer) => resolve(bytes.toString()));
        },
      )
        .on('error', reject)
        .end();
    });
    await until(
      async () => ((await other.metric('byway_app_requests')) === 2 ? true : undefined),
      'no request',
    );
    process.kill(other.agent.pid, 'SIGTERM');
    await idle.until(({ ended }) => ended);
    expect(await slow).toBe('app slow');
    expect(await other.agent.ended).toBe('0');
    await other.stop();
  });
});
