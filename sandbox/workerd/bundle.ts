/** A Worker as one module, as wrangler would upload it. */
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { root } from '../process.ts';

/** `entry`: a TypeScript file; relative to the package's root. `file`: where the module goes. */
export async function bundleWorker(entry: string, file: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [resolve(root, entry)],
    outfile: file,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser', 'import'],
    external: ['cloudflare:*', 'node:*'],
    logLevel: 'silent',
    legalComments: 'none',
  });
}
