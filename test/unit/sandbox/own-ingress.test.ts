import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePort } from '#sandbox/free-port.ts';
import { verifyIngress } from '#sandbox/ingress/ingress.ts';
import { startOwnIngress } from '#sandbox/ingress/own.ts';
import { startFile } from '#sandbox/process.ts';
import { ingressBehaviour } from './ingress-behaviour.ts';

describe('the sandbox’s own ingress', () => {
  ingressBehaviour((options) => startOwnIngress(options));

  it('runs as a process', async () => {
    const server = createServer((_incoming, response) => response.end('app'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const app = (server.address() as AddressInfo).port;
    const port = await freePort();
    const config = {
      listen: { port },
      rules: [{ host: 'localhost', upstream: `http://127.0.0.1:${app}` }],
    };
    const args = ['--config', JSON.stringify(config)];
    const running = await startFile('sandbox/ingress/main.ts', args);
    try {
      expect(running.said).toMatchObject({ url: `http://127.0.0.1:${port}`, port });
      const headers = { Host: 'localhost' };
      const [message] = (await once(
        get({ host: '127.0.0.1', port, headers, agent: false }),
        'response',
      )) as [IncomingMessage];
      expect(message.statusCode).toBe(200);
      message.resume();
      await once(message, 'end');
      await running.stop();
      expect(await running.ended).toBe('0');
    } finally {
      await running.kill();
      server.close();
    }
  });
});

describe('verifyIngress', () => {
  const rule = { host: 'shop.example', upstream: 'http://127.0.0.1:8080' };
  it.each([
    ['a public address', { listen: { host: '0.0.0.0', port: 80 }, rules: [] }, 'loopback'],
    ['nothing to listen on', { rules: [rule] }, 'listen or tls'],
    ['port 0', { listen: { port: 0 }, rules: [] }, 'listen.port 0'],
    ['port 65536', { listen: { port: 65_536 }, rules: [] }, 'listen.port 65536'],
    ['a host twice', { listen: { port: 1 }, rules: [rule, rule] }, 'twice'],
    [
      'what is no host',
      { listen: { port: 1 }, rules: [{ ...rule, host: 'a; return 200' }] },
      'no host name',
    ],
    [
      'an upstream with a path',
      { listen: { port: 1 }, rules: [{ ...rule, upstream: 'http://127.0.0.1:1/x' }] },
      'http://HOST:PORT',
    ],
    [
      'a prefix that is no path',
      { listen: { port: 1 }, rules: [], fallback: { ...rule, pathPrefix: '/ {' } },
      'plain path',
    ],
  ])('refuses %s', (_what, options, message) => {
    expect(() => verifyIngress(options)).toThrow(message);
  });
});
