import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePort, isFree } from '#sandbox/free-port.ts';

describe('freePort', () => {
  it('gives ports that can be listened on, each once, out of reach of outgoing connections', async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
    expect(new Set(ports).size).toBe(50);
    expect(Math.max(...ports)).toBeLessThan(32_768);
    const server = createServer().listen(ports[0], '127.0.0.1');
    await once(server, 'listening');
    expect(await isFree(ports[0]!)).toBe(false);
    server.close();
    await once(server, 'close');
    expect(await isFree(ports[0]!)).toBe(true);
  });

  it('keeps to its share, so that two who look at the same time find different ones', async () => {
    const { BYWAY_PORTS: before } = process.env;
    const found: number[][] = [];
    for (const share of ['1/2', '2/2']) {
      process.env['BYWAY_PORTS'] = share;
      found.push(await Promise.all(Array.from({ length: 50 }, () => freePort())));
    }
    for (const wrong of ['2/1', '0/2', 'x']) {
      process.env['BYWAY_PORTS'] = wrong;
      await expect(freePort()).rejects.toThrow(wrong);
    }
    if (before === undefined) delete process.env['BYWAY_PORTS'];
    else process.env['BYWAY_PORTS'] = before;
    const [low = [], high = []] = found;
    expect(Math.max(...low)).toBeLessThan(Math.min(...high));
  });
});
