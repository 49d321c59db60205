import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadConnectorConfig } from '#connector/config.ts';

const dir = mkdtempSync(join(tmpdir(), 'byway-connector-config-'));
afterAll(() => rmSync(dir, { recursive: true }));
writeFileSync(join(dir, 'ok.token'), '  0123456789abcdef\n');
writeFileSync(join(dir, 'short.token'), '0123456789abcde');
writeFileSync(join(dir, 'blank.token'), '0123456789 abcdef');
writeFileSync(join(dir, 'short.key'), 'x'.repeat(31));

const agents = [{ name: 'a', token_file: 'ok.token' }];
const workload = { name: 'web', ports: [{ name: 'http', port: 80, agent: 'a' }] };

function load(more: Record<string, unknown> = {}) {
  const file = join(dir, 'connector.yaml');
  const least = { listen: { port: 0 }, ticket_key_file: 'made.key' };
  writeFileSync(file, stringify({ ...least, ...more }));
  return loadConnectorConfig(file);
}

it('needs little, and makes a key that only its owner may read', () => {
  const config = load();
  expect(config).toMatchObject({ edge: undefined, listen: { host: '127.0.0.1', port: 0 } });
  expect([config.connectTimeoutMs, config.headTimeoutMs]).toEqual([10_000, 0]);
  expect(statSync(join(dir, 'made.key')).mode & 0o777).toBe(0o600);
  expect(load().ticketKey.equals(readFileSync(join(dir, 'made.key')))).toBe(true);
});

it('trims tokens, and takes a plain login for an owner', () => {
  const { laptops } = load({ laptops: [{ owner: 'bob', token_file: 'ok.token' }] });
  expect(laptops).toEqual([{ who: { id: 0, login: 'bob' }, token: '0123456789abcdef' }]);
});

it('takes the address of an ingress for its layer-5 host', () => {
  expect(load({ ingresses: [{ host: 'in.example.com', port: 80 }] }).ingresses[0]).toEqual({
    ...{ host: 'in.example.com', port: 80, tls: false, insecure: false },
    ...{ l5: 'in.example.com', ca: undefined },
  });
});

it.each<[Record<string, unknown>, RegExp]>([
  [{ colour: 'red' }, /connector.yaml:4: colour: unknown key/],
  [{ listen: { port: 70_000 } }, /listen.port/],
  [{ agents: [{ name: 'a', token_file: 'short.token' }] }, /agents.token_file: .*16 to 512/],
  [{ agents: [{ name: 'a', token_file: 'blank.token' }] }, /visible characters/],
  [{ agents: [{ name: 'a', token_file: 'none.token' }] }, /none.token does not exist/],
  [{ ticket_key_file: 'short.key' }, /at least 32 bytes/],
  [{ workloads: [workload] }, /agent “a” is not under agents/],
  [{ agents: [...agents, ...agents] }, /agents: a is there twice/],
  [{ agents, workloads: [workload, workload] }, /workloads: default\/web is there twice/],
  [
    { agents, workloads: [{ ...workload, ports: [...workload.ports, ...workload.ports] }] },
    /ports of workload web: 80 is there twice/,
  ],
  [{ edge: { url: 'ftp://x', token_file: 'ok.token' } }, /edge.url/],
])('says what is wrong: %j', (more, expected) => {
  expect(() => load(more)).toThrow(expected);
});

it('says that there is no file', () => {
  expect(() => loadConnectorConfig(join(dir, 'none.yaml'))).toThrow(/none.yaml does not exist/);
});
