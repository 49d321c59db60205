/** A Worker in bare workerd on loopback; its objects are kept on disk and outlive the process. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, start, type Running } from '../process.ts';
import { bundleWorker } from './bundle.ts';
import { moduleFile, storageFolder, workerdConfig } from './config.ts';

/** The package puts the runtime itself here when it is installed. */
const workerd = join(root, 'node_modules/workerd/bin/workerd');

export interface WorkerdOptions {
  /** For configuration, module and objects. */
  dir: string;
  /** TypeScript file of the Worker; relative to the package's root. */
  entry: string;
  port: number;
  bindings?: Record<string, string>;
  /** Class by binding. */
  objects?: Readonly<Record<string, string>>;
  services?: Record<string, { address: string }>;
  /** Flags of V8, `--max-semi-space-size=4` and the like. */
  flags?: readonly string[];
}

export async function startWorkerd(options: WorkerdOptions): Promise<Running> {
  const { dir, entry, port, bindings = {}, objects = {}, services = {}, flags = [] } = options;
  mkdirSync(join(dir, storageFolder), { recursive: true, mode: 0o700 });
  await bundleWorker(entry, join(dir, moduleFile));
  const file = join(dir, 'workerd.capnp');
  const config = { port, bindings, objects, services, v8Flags: flags, ...compatibility() };
  writeFileSync(file, workerdConfig(config), { mode: 0o600 });
  const running = await start(workerd, ['serve', '--experimental', ...inspector(), file], {
    cwd: dir,
    ready: { by: 'port', port },
  });
  return { ...running, said: { ready: true, ports: { http: port } } };
}

/** For profiles: with `BYWAY_INSPECT=<port>` developer tools may attach there. */
function inspector(): string[] {
  const port = process.env.BYWAY_INSPECT;
  return port === undefined ? [] : [`--inspector-addr=127.0.0.1:${port}`];
}

/** Date and flags of `wrangler.toml`: tests run what is deployed. */
export function compatibility(): { compatibilityDate: string; compatibilityFlags: string[] } {
  const toml = readFileSync(join(root, 'wrangler.toml'), 'utf8');
  const [, date = ''] = /^compatibility_date = "(.*)"$/m.exec(toml) ?? [];
  const [, list = ''] = /^compatibility_flags = \[([^\]]*)\]/m.exec(toml) ?? [];
  const flags = list.replaceAll(/#.*$/gm, '').match(/"[^"]+"/g) ?? [];
  return { compatibilityDate: date, compatibilityFlags: flags.map((flag) => flag.slice(1, -1)) };
}
