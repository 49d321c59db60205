import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadAgentConfig } from '#agent/config.ts';
import { loadCliConfig } from '#cli/config.ts';
import { loadConnectorConfig } from '#connector/config.ts';
import { loadEdgeConfig } from '#edge/node/config.ts';
import { privateKeyFor } from '#sandbox/github/keys.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/configuration.md'), 'utf8');
const examples = new Map(
  [...text.matchAll(/```yaml\n# (\S+)\n([\s\S]*?)```/g)].map((match) => [match[1]!, match[2]!]),
);
const dir = mkdtempSync(join(tmpdir(), 'byway-config-'));
afterAll(() => rmSync(dir, { recursive: true }));

const loaders: Record<string, (file: string) => unknown> = {
  'edge.yaml': loadEdgeConfig,
  'connector.yaml': loadConnectorConfig,
  'agent.yaml': loadAgentConfig,
  'config.yaml': loadCliConfig,
};

for (const name of ['connector', 'agent-reviews', 'laptop-alice', 'laptop-bob']) {
  writeFileSync(join(dir, `${name}.token`), '0123456789abcdef\n');
}
writeFileSync(join(dir, 'ingress-ca.pem'), 'certificate');
writeFileSync(join(dir, 'operator.token'), '0123456789abcdef\n');
writeFileSync(join(dir, 'edge.keys'), `2026-11 ${'ab'.repeat(32)}\n`);
writeFileSync(join(dir, 'github-client.secret'), '0123456789abcdef\n');
writeFileSync(join(dir, 'github-webhook.secret'), '0123456789abcdef\n');
writeFileSync(join(dir, 'github-app.pem'), privateKeyFor('docs'));

describe.each(Object.entries(loaders))('%s', (name, load) => {
  const example = examples.get(name) ?? '';
  const write = (content: string): string => {
    const file = join(dir, name);
    writeFileSync(file, content);
    return file;
  };

  it('is documented by an example that loads', () => {
    expect(example).not.toBe('');
    expect(() => load(write(example))).not.toThrow();
  });

  it('names an unknown key and its line', () => {
    const line = example.trimEnd().split('\n').length + 1;
    expect(() => load(write(`${example}nonsense: 1\n`))).toThrow(
      `${name}:${line}: nonsense: unknown key`,
    );
  });

  it('names a broken line of YAML', () => {
    expect(() => load(write(`${example}\nx: [1`))).toThrow(name);
  });
});

it('has an example of edge.yaml with every key', () => {
  const example = join(import.meta.dirname, '../../../docs/examples/edge.yaml');
  writeFileSync(join(dir, 'edge.yaml'), readFileSync(example));
  const { github, keys } = loadEdgeConfig(join(dir, 'edge.yaml'));
  expect(github?.slug).toBe('byway-example');
  expect(keys).not.toBe('');
});

it('names an unknown key inside a list, with its line', () => {
  const file = join(dir, 'connector.yaml');
  const broken = examples
    .get('connector.yaml')!
    .replace('namespace: shop', 'namespace: shop\n    colour: red');
  writeFileSync(file, broken);
  const line = broken.split('\n').findIndex((each) => each.includes('colour')) + 1;
  expect(() => loadConnectorConfig(file)).toThrow(
    `connector.yaml:${line}: workloads.0.colour: unknown key`,
  );
});

it('refuses a preview domain on the site of the app host', () => {
  const file = join(dir, 'edge.yaml');
  writeFileSync(
    file,
    examples.get('edge.yaml')!.replace('preview.example.dev', 'preview.example.com'),
  );
  expect(() => loadEdgeConfig(file)).toThrow('share the site example.com');
});
