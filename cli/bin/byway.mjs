#!/usr/bin/env node
// Plain JavaScript for the Node that is there: starts the command, or a server, under the Node 24
// that the package brings.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const flags = JSON.parse(readFileSync(new URL('node-flags.json', import.meta.url), 'utf8'));
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const servers = {
  edge: 'edge/node/main.ts',
  connector: 'connector/main.ts',
  agent: 'agent/main.ts',
};

function runtime() {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve('node/package.json');
    return join(dirname(manifest), 'bin', 'node');
  } catch {
    process.stderr.write('byway: the dependencies are missing; run npm ci in the package first\n');
    process.exit(1);
  }
}

const [command, ...rest] = process.argv.slice(2);
const server = Object.hasOwn(servers, command ?? '') ? servers[command] : undefined;
const file = server ?? 'cli/main.ts';
const args = server ? rest : process.argv.slice(2);
const child = spawn(runtime(), [...flags, join(root, file), ...args], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
