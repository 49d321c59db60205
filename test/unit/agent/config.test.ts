import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { aboutBytes, aboutOf, maxAboutBytes } from '#agent/about.ts';
import { loadAgentConfig } from '#agent/config.ts';
import { helloOf } from '#protocol/hello.ts';
import { maxPayloadBytes } from '#protocol/limits.ts';

const dir = mkdtempSync(join(tmpdir(), 'byway-agent-config-'));
afterAll(() => rmSync(dir, { recursive: true }));
writeFileSync(join(dir, 'agent.token'), '0123456789abcdef\n');
const port = { name: 'http', protocol: 'http', listen: { port: 0 }, app: { port: 8080 } };
const base = {
  connector: { url: 'http://127.0.0.1:7070', token_file: 'agent.token' },
  ports: [port],
};

function load(value: unknown): ReturnType<typeof loadAgentConfig> {
  const file = join(dir, 'agent.yaml');
  writeFileSync(file, stringify(value));
  return loadAgentConfig(file);
}

describe('agent.yaml', () => {
  it('has a complete example', () => {
    const example = join(import.meta.dirname, '../../../docs/examples/agent.yaml');
    const file = join(dir, 'example.yaml');
    writeFileSync(file, readFileSync(example));
    writeFileSync(join(dir, 'app.env'), 'A=1\n');
    expect(loadAgentConfig(file).ports.map(({ name }) => name)).toEqual([
      'http',
      'grpc',
      'postgres',
    ]);
  });

  it('fills in defaults, and trims the token', () => {
    const config = load(base);
    expect(config.connector.token).toBe('0123456789abcdef');
    expect(config.ports[0]).toEqual({
      ...port,
      listen: { host: '127.0.0.1', port: 0 },
      app: { host: '127.0.0.1', port: 8080 },
    });
    expect([config.environment, config.metrics]).toEqual([{}, undefined]);
  });

  it('reads an env file with comments, quotes and lines', () => {
    writeFileSync(join(dir, 'env'), '# c\nA=1\nB="two words"\n\nC=\'x#y\'\nexport D=4\nE="a\nb"\n');
    expect(load({ ...base, env_file: 'env' }).environment).toEqual({
      A: '1',
      B: 'two words',
      C: 'x#y',
      D: '4',
      E: 'a\nb',
    });
  });

  it.each([
    [{ ...base, colour: 'red' }, /agent\.yaml:\d+: colour: unknown key/],
    [{ ...base, ports: [] }, /ports/],
    [{ ...base, ports: [port, port] }, /the name “http” is given twice/],
    [{ ...base, ports: [{ ...port, protocol: 'udp' }] }, /ports\.0\.protocol/],
    [{ ...base, ports: [{ ...port, app: { port: 0 } }] }, /ports\.0\.app\.port/],
    [{ ...base, connector: { url: 'ftp://a', token_file: 'agent.token' } }, /connector\.url/],
    [
      { ...base, connector: { url: 'http://a', token_file: 'none' } },
      /connector\.token_file: .*none does not exist/,
    ],
    [{ ...base, environment: {}, env_file: 'env' }, /environment or env_file, not both/],
    [{ ...base, environment: { A: 1 } }, /environment\.A/],
  ])('refuses %j', (value, message) => {
    expect(() => load(value)).toThrow(message);
  });

  it('refuses a short token', () => {
    writeFileSync(join(dir, 'short.token'), '0123456789abcde\n');
    const connector = { ...base.connector, token_file: 'short.token' };
    expect(() => load({ ...base, connector })).toThrow('at least 16 characters');
  });

  it('takes an environment up to what HELLO carries, and no more', () => {
    const room = maxAboutBytes - aboutBytes({ ports: load(base).ports, environment: { A: '' } });
    expect(load({ ...base, environment: { A: 'x'.repeat(room) } }).environment.A).toHaveLength(
      room,
    );
    const over = { ...base, environment: { A: 'x'.repeat(room + 1) } };
    expect(() => load(over)).toThrow(`have ${maxAboutBytes + 1} bytes, at most ${maxAboutBytes}`);
  });
});

describe('HELLO', () => {
  it('fits into one frame, however many tickets there are', () => {
    const ports = load(base).ports;
    const bare = aboutBytes({ ports, environment: { A: '' } });
    const described = { ports, environment: { A: 'x'.repeat(maxAboutBytes - bare) } };
    const tickets = Array.from({ length: 1000 }, (_, index) => `${index}.`.padEnd(600, 'y'));
    const about = aboutOf(described, tickets);
    expect(about.tickets.length).toBeGreaterThan(20);
    expect(about.tickets).toEqual(tickets.slice(0, about.tickets.length));
    const hello = JSON.stringify(helloOf(`byway-agent/${'9'.repeat(20)}`, { ...about }));
    expect(Buffer.byteLength(hello)).toBeLessThanOrEqual(maxPayloadBytes);
    expect(aboutOf({ ports, environment: {} }, tickets.slice(0, 50)).tickets).toHaveLength(50);
  });
});
