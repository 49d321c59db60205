/** Which requests go to the laptop and which to the app, also while intercepts change. */
import { Agent as HttpAgent } from 'node:http';
import { describe, expect, it } from 'vitest';
import { call, until } from '../world.ts';
import {
  filter,
  laptop,
  match,
  ok,
  portOf,
  rawApp,
  rawLaptop,
  scripted,
  spec,
  useAgent,
  world,
} from './use-agent.ts';
import { RawClient } from './world.ts';

useAgent();

describe('which side', () => {
  it('matches names in any case, one of several values, exactly, and all headers', async () => {
    const both = [...filter, { name: 'x-also', value: 'yes' }];
    await world.connector.intercepts({ spec: spec('raw', both), laptop: rawLaptop.port });
    scripted(rawApp, (socket) => socket.write(ok.replace('ok', 'ap')));
    scripted(rawLaptop, (socket) => socket.write(ok.replace('ok', 'la')));
    const side = async (fields: string): Promise<string> => {
      const client = new RawClient(world.port('raw'));
      client.write(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
      await client.until(({ text }) => text.length >= ok.length);
      client.destroy();
      return client.text.slice(-2);
    };
    expect(await side('X-ME: alice\r\nX-Also: yes\r\n')).toBe('la');
    expect(await side('x-me: bob\r\nx-me:alice \r\nx-also: yes\r\n')).toBe('la');
    expect(await side('x-me: alice\r\n')).toBe('ap');
    expect(await side('x-me: Alice\r\nx-also: yes\r\n')).toBe('ap');
    expect(await side('x-me: alice, bob\r\nx-also: yes\r\n')).toBe('ap');
    expect(await side('x_me: alice\r\nx-also: yes\r\n')).toBe('ap');
    expect(await side('x-other: alice\r\nx-also: yes\r\n')).toBe('ap');
    expect(world.connector.peers.at(-1)).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('prefers the filter with most headers, and takes the rest with one that has none', async () => {
    await world.connector.intercepts(
      { spec: spec('http', [], 'all') },
      { spec: spec('http', filter, 'one'), laptop: portOf(laptop) },
    );
    expect((await call({ port: world.port(), headers: match })).text).toContain('laptop');
    const rest = await call({ port: world.port() });
    expect(JSON.parse(rest.text)).toMatchObject({ error: { code: 'BW-4002' } });
  });

  it('holds from the acknowledgement on for 50 connections that were open before', async () => {
    const agent = new HttpAgent({ keepAlive: true, maxSockets: 50 });
    const all = (headers: Record<string, string>): Promise<string[]> =>
      Promise.all(
        Array.from(
          { length: 50 },
          async () => (await call({ port: world.port(), agent, headers })).text.split(' ')[0]!,
        ),
      );
    expect(new Set(await all(match))).toEqual(new Set(['app']));
    let stop = false;
    const load = Promise.all(
      Array.from({ length: 10 }, async () => {
        while (!stop) expect((await call({ port: world.port(), agent })).text).toContain('app');
      }),
    );
    for (let round = 0; round < 5; round += 1) {
      await world.connector.intercepts({ spec: spec('http'), laptop: portOf(laptop) });
      expect(new Set(await all(match))).toEqual(new Set(['laptop']));
      expect(new Set(await all({}))).toEqual(new Set(['app']));
      await world.connector.intercepts();
      expect(new Set(await all(match))).toEqual(new Set(['app']));
    }
    stop = true;
    await load;
    agent.destroy();
  });

  it('lets a request in flight finish where it is', async () => {
    const agent = new HttpAgent({ keepAlive: true, maxSockets: 1 });
    const atApp = call({ port: world.port(), path: '/slow', headers: match, agent });
    await until(
      async () => ((await world.metric('byway_clients')) > 0 ? true : undefined),
      'no client',
    );
    await world.connector.intercepts({ spec: spec('http'), laptop: portOf(laptop) });
    expect((await atApp).text).toBe('app slow');
    const before = world.connector.peers.length;
    const atLaptop = call({ port: world.port(), path: '/slow', headers: match, agent });
    await until(
      async () => (world.connector.peers.length > before ? true : undefined),
      'no stream',
    );
    await world.connector.intercepts();
    expect((await atLaptop).text).toBe('laptop slow');
    expect((await call({ port: world.port(), headers: match, agent })).text).toContain('app');
    agent.destroy();
  });
});
