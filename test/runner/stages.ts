/** What `npm test` runs, one after another. A new end-to-end test runs on both engines by itself. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../house/tree.ts';

export interface Stage {
  readonly title: string;
  /** Files and folders for vitest. */
  readonly paths: readonly string[];
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Below `test/e2e/`: there is no edge in them, or the engine is part of what they test. */
const onNodeOnly =
  /^(?:agent|cli|edge-tls|github-sandbox)|^connector\/|^setup\/(?:node|chromium|cloudflare)\./;

/** They load the machine, or wait for what takes its time: their files take turns. */
const apart = /^(?:bulk|hibernation|heal|limits)\.|^fidelity\//;

const oneAtATime = '--no-file-parallelism';
/** Most of them mostly wait, for pauses that are part of what they test. */
const threeAtATime = '--maxWorkers=3';
const node = '--project=node';

/** `files`: all end-to-end tests, below `test/e2e/`. */
export function stagesOf(files: readonly string[], soak: boolean): Stage[] {
  const stage = (engine: 'node' | 'cloudflare', isApart: boolean): Stage => {
    const own = files.filter(
      (file) => apart.test(file) === isApart && (engine === 'node' || !onNodeOnly.test(file)),
    );
    const where = engine === 'node' ? '' : ', the edge on Cloudflare’s engine';
    return {
      title: `Real processes${where}${isApart ? ', one file at a time' : ''}`,
      paths: own.map((file) => `test/e2e/${file}`),
      args: [node, isApart ? oneAtATime : threeAtATime],
      env: { BYWAY_ENGINE: engine },
    };
  };
  return [
    {
      title: 'Units, and the protocol on Node and in workerd',
      paths: ['test/unit/', 'test/conformance/', 'test/workers/'],
      args: [],
    },
    stage('node', false),
    stage('node', true),
    stage('cloudflare', false),
    stage('cloudflare', true),
    ...(soak
      ? [
          {
            title: 'Long runs',
            paths: ['test/soak/'],
            args: [node, oneAtATime],
            env: { BYWAY_SOAK: '1' },
          },
        ]
      : []),
  ];
}

/** In the order of their names. */
export function endToEndTests(): string[] {
  const names = readdirSync(join(root, 'test/e2e'), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.test.ts')).sort();
}
