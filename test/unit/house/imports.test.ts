import { describe, expect, it } from 'vitest';
import { importProblems, importsOf } from '../../house/imports.ts';
import { readTree } from '../../house/tree.ts';

const manifest = JSON.stringify({ dependencies: { hono: '1', ws: '1', yaml: '1' } });

function problemsOf(path: string, text: string): string[] {
  return importProblems(
    new Map([
      ['package.json', manifest],
      [path, text],
    ]),
  );
}

describe('finding imports', () => {
  it.each([
    ["import { a } from './a.ts';", './a.ts'],
    ["import './a.ts';", './a.ts'],
    ["import * as a from '#protocol/a.ts';", '#protocol/a.ts'],
    ["import a, { b } from 'ws';", 'ws'],
    ["import {\n  a,\n  type b,\n} from 'ws';", 'ws'],
    ["export { a } from './a.ts';", './a.ts'],
    ["export * from './a.ts';", './a.ts'],
    ["import type { A } from 'ws';", 'ws'],
    ["const a = await import('ws');", 'ws'],
    ["type A = import('ws').A;", 'ws'],
    ["const a = require('ws');", 'ws'],
  ])('in %s', (text, specifier) => {
    expect(importsOf(text).map((found) => found.specifier)).toEqual([specifier]);
  });

  it('not in comments and ordinary code', () => {
    const text = " * import { a } from 'ws';\n// import 'ws';\nexport const from = 'ws';\n";
    expect(importsOf(text)).toEqual([]);
  });

  it('says the line', () => {
    expect(importsOf("\n\nimport 'ws';")[0]?.line).toBe(3);
  });
});

describe('imports that are refused', () => {
  it.each([
    ['protocol/x.ts', "import { a } from '#edge/a.ts';"],
    ['protocol/x.ts', "import fs from 'node:fs';"],
    ['protocol/x.ts', "import WebSocket from 'ws';"],
    ['protocol/x.ts', "import type { WebSocket } from 'ws';"],
    ['protocol/http1/x.ts', "import { a } from '../../edge/a.ts';"],
    ['edge/gate/x.ts', "import { a } from '#connector/a.ts';"],
    ['edge/gate/x.ts', "import { a } from 'node:crypto';"],
    ['edge/gate/x.ts', "import { a } from 'crypto';"],
    ['edge/gate/x.ts', "import { WebSocket } from 'ws';"],
    ['edge/gate/x.ts', "import { a } from '../node/a.ts';"],
    ['edge/gate/x.ts', "import { a } from '#edge/ports.ts';"],
    ['edge/node/x.ts', "import { a } from '#cli/a.ts';"],
    ['edge/node/x.ts', "import { readFileSync } from 'fs';"],
    ['github-app/x.ts', "import { a } from '#edge/a.ts';"],
    ['connector/x.ts', "import { a } from '#edge/a.ts';"],
    ['connector/x.ts', "const a = await import('#agent/a.ts');"],
    ['connector/x.ts', "import { a } from '../protocol/a.ts';"],
    ['connector/x.ts', "import { a } from 'undici';"],
    ['agent/x.ts', "import { a } from '#connector/a.ts';"],
    ['cli/x.ts', "import { a } from '#connector/a.ts';"],
    ['cli/x.ts', "import { a } from '#github-app/comment.ts';"],
    ['cli/commands/list.ts', "import { a } from '../../edge/node/a.ts';"],
    ['cli/servers.ts', "import { a } from '#sandbox/a.ts';"],
    ['sandbox/x.ts', "import { a } from '../test/a.ts';"],
    ['test/unit/x.ts', "import { a } from '../../edge/a.ts';"],
  ])('%s: %s', (path, text) => {
    expect(problemsOf(path, text)).toHaveLength(1);
  });

  it('are named with file, line and reason', () => {
    expect(problemsOf('agent/x.ts', "import 'yaml';\nimport { a } from '#edge/a.ts';")).toEqual([
      'agent/x.ts:2 imports #edge/a.ts: agent/ may import #protocol',
    ]);
  });
});

describe('imports that are allowed', () => {
  it.each([
    ['protocol/http1/x.ts', "import { a } from '../bytes.ts';"],
    ['edge/gate/x.ts', "import { a } from '#protocol/a.ts';"],
    ['edge/gate/x.ts', "import { Hono } from 'hono/tiny';"],
    ['edge/gate/x.ts', "import { a } from '#github-app/a.ts';"],
    ['edge/node/x.ts', "import { a } from 'node:fs';\nimport { b } from '../ports.ts';"],
    ['connector/x.ts', "import { WebSocket } from 'ws';\nimport net from 'node:net';"],
    ['connector/x.ts', "import type { Dispatcher } from 'undici';"],
    ['cli/servers.ts', "const edge = await import('#edge/node/main.ts');"],
    ['cli/setup/x.ts', "import { a } from '#github-app/registration/manifest.ts';"],
    ['sandbox/x.ts', "import { a } from '#edge/node/main.ts';"],
    ['test/unit/x.ts', "import { a } from '#sandbox/a.ts';\nimport { it } from 'vitest';"],
  ])('%s: %s', (path, text) => {
    expect(problemsOf(path, text)).toEqual([]);
  });

  it('all of this repository', () => {
    expect(importProblems(readTree())).toEqual([]);
  });
});
