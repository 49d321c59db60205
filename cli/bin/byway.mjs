#!/usr/bin/env node
// Plain JavaScript for the Node that is there: runs the command, or a server, under Node 24 or later;
// an older Node hands over to the one that the package brings.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { constants, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const firstWithTypes = 24;
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const servers = {
  edge: 'edge/node/main.ts',
  connector: 'connector/main.ts',
  agent: 'agent/main.ts',
};

const [command, ...rest] = process.argv.slice(2);
const server = Object.hasOwn(servers, command ?? '') ? servers[command] : undefined;
const file = join(root, server ?? 'cli/main.ts');
const args = server ? rest : process.argv.slice(2);
const isNew = Number(process.versions.node.split('.')[0]) >= firstWithTypes;

// What carries tunnels runs with flags for its memory, which a process can only be started with.
const carries = server !== undefined || command === 'daemon';
const flags = carries
  ? JSON.parse(readFileSync(new URL('node-flags.json', import.meta.url), 'utf8'))
  : [];

// Types are stripped once, not at each start; without a place for it, at each start.
const compiled = server === undefined ? cacheFolder() : undefined;

if (isNew && flags.every((flag) => process.execArgv.includes(flag))) {
  process.argv.splice(1, process.argv.length - 1, file, ...args);
  if (compiled !== undefined) module.enableCompileCache(compiled);
  await import(pathToFileURL(file).href);
} else {
  handOver(isNew ? process.execPath : packagedNode());
}

function handOver(node) {
  const secret = command === 'login' ? takeToken() : undefined;
  const child = spawn(node, [...flags, file, ...args], {
    env: {
      ...process.env,
      ...(compiled !== undefined && { NODE_COMPILE_CACHE: compiled }),
    },
    stdio: [secret === undefined ? 'inherit' : 'pipe', 'inherit', 'inherit'],
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(secret);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both processes; a second one would cut a server's drain short.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => fail(`${node} cannot be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1));
  });
}

/** One's own, as what lies in it is run. */
function cacheFolder() {
  if (process.env.NODE_COMPILE_CACHE) return undefined;
  try {
    const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
    const folder = join(caches, 'byway', 'compiled');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch {
    return undefined;
  }
}

/** A token does not go onto another command line, where everybody could read it: it is piped. */
function takeToken() {
  for (const [at, argument] of args.entries()) {
    if (argument.startsWith('--token=') && argument !== '--token=-') {
      args[at] = '--token=-';
      return argument.slice('--token='.length);
    }
    if (argument === '--token' && at + 1 < args.length && args[at + 1] !== '-') {
      return args.splice(at + 1, 1, '-')[0];
    }
  }
  return undefined;
}

function packagedNode() {
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve('node/package.json');
    return join(dirname(manifest), 'bin', 'node');
  } catch {
    return fail('the dependencies are missing; run npm ci in the package first');
  }
}

function fail(message) {
  process.stderr.write(`byway: ${message}\n`);
  process.exit(1);
}
