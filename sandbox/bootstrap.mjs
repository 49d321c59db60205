// First command on a bare clone: plain JavaScript for the Node that is there, no dependency.
// Installs what package-lock.json names when it is not there yet, then runs the given TypeScript
// file under the Node 24 that the package brings. Usage: node sandbox/bootstrap.mjs FILE.ts [args]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const runtime = join(root, 'node_modules', 'node', 'bin', 'node');
const stamp = join(root, 'node_modules', '.byway-installed');

const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
  process.stderr.write(`byway: Node 20 or later is needed, this is ${process.version}.\n`);
  process.exit(1);
}

const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
if (installed !== lock || !existsSync(runtime)) {
  process.stderr.write('byway: installing dependencies (npm ci), once per checkout …\n');
  const npm = spawnSync('npm', ['ci', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) {
    process.stderr.write(
      `byway: npm ci failed (${npm.error?.message ?? `exit ${npm.status}`}); see above.\n`,
    );
    process.exit(npm.status || 1);
  }
  writeFileSync(stamp, lock);
}

const [file, ...args] = process.argv.slice(2);
// Every process below strips the types of the same files: half of what its start costs.
const NODE_COMPILE_CACHE =
  process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'compiled');
const env = { ...process.env, NODE_COMPILE_CACHE };
const child = spawn(runtime, [join(root, file), ...args], { stdio: 'inherit', env });
// A terminal delivers Ctrl-C to the whole group; a plain kill reaches only this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  if (signal) process.exit(128 + (signal === 'SIGINT' ? 2 : 15));
  process.exit(code ?? 1);
});
