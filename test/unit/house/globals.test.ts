/** The compiler refuses, folder by folder, what the folder's runtime lacks. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeGlobalProblems } from '../../house/imports.ts';
import { root } from '../../house/tree.ts';

let folder = '';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Compiles `sample` as if it were a file of the leaf, together with all of the leaf's own files. */
function errorsOf(leaf: string, sample: string): Promise<string[]> {
  // Inside the repository, or the leaf's "types" would not be found.
  mkdirSync(join(root, '.cache'), { recursive: true });
  folder = mkdtempSync(join(root, '.cache', 'types-'));
  writeFileSync(join(folder, 'sample.ts'), sample);
  const config = {
    extends: `../../${leaf}/tsconfig.json`,
    include: ['sample.ts', `../../${leaf}/**/*.ts`],
    exclude: leaf === 'edge' ? ['../../edge/node'] : [],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const args = ['node_modules/typescript/bin/tsc', '-p', folder, '--pretty', 'false'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, maxBuffer: 16 << 20 }, (_error, output) => {
      const lines = output.split('\n').filter((line) => line.includes('sample.ts('));
      resolve(lines.map((line) => line.replace(/^.*?error /, '')));
    });
  });
}

// The types of a Worker declare Buffer and process as `any`: a rule of the house stands in.
function problemsOf(path: string, text: string): string[] {
  return nodeGlobalProblems(new Map([[path, text]]));
}

describe('protocol/', () => {
  it.each(['Buffer', 'process', 'setTimeout', 'performance', 'WebSocket', 'console', 'fetch'])(
    'does not know %s',
    async (name) => {
      const errors = await errorsOf('protocol', `export const sample = ${name};\n`);
      expect(errors).toHaveLength(1);
      expect(errors[0]).toContain(`'${name}'`);
    },
  );

  it('compiles what the language itself has', async () => {
    expect(await errorsOf('protocol', 'export const sample = new Uint8Array(1);\n')).toEqual([]);
  });
});

describe('edge/ outside edge/node/', () => {
  it.each(['__dirname', '__filename', 'Bun'])('does not know %s', async (name) => {
    const errors = await errorsOf('edge', `export const sample = ${name};\n`);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(`'${name}'`);
  });

  it.each(['node:fs', 'node:crypto', 'node:http', 'fs'])('cannot import %s', async (name) => {
    const errors = await errorsOf('edge', `import * as sample from '${name}';\nvoid sample;\n`);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(`'${name}'`);
  });

  it('compiles what a Worker has', async () => {
    const sample = 'export const sample = new Response(crypto.randomUUID());\n';
    expect(await errorsOf('edge', sample)).toEqual([]);
  });

  it.each([
    'const home = process.env;',
    'const { env } = process;',
    "const bytes = Buffer.from('a');",
    'log(process)',
    'new Buffer(1)',
    'setImmediate(next)',
    'global.name',
  ])('may not use %s', (text) => {
    expect(problemsOf('edge/gate/x.ts', `\n${text}`)).toEqual([
      expect.stringContaining('edge/gate/x.ts:2 uses '),
    ]);
  });

  it.each([
    '// process.env is not there',
    '/* no Buffer.from( */',
    'this.process.end()',
    'interface X { process: string }',
    'globalThis.crypto',
  ])('may say %s', (text) => {
    expect(problemsOf('edge/gate/x.ts', text)).toEqual([]);
  });

  it('leaves edge/node/ alone', () => {
    expect(problemsOf('edge/node/x.ts', 'process.exit(1)')).toEqual([]);
  });
});
