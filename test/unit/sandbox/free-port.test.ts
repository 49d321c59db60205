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
});
