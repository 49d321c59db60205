/** nginx as the ingress: routes by Host, with WebSockets, without buffering. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isFree } from '../free-port.ts';
import { start } from '../process.ts';
import { verifyIngress, type IngressOptions, type IngressProcess } from './ingress.ts';
import { nginxConfig } from './nginx-config.ts';

export type { IngressOptions, IngressProcess, IngressRule } from './ingress.ts';

const stopMs = 10_000;

/** Where nginx is installed; undefined: it is not. */
export function findNginx(): string | undefined {
  const dirs = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return dirs.map((dir) => join(dir, 'nginx')).find((file) => existsSync(file));
}

/**
 * Starts nginx as root or anybody, on loopback only, and resolves when it accepts.
 *
 * @param dir an absolute path for its files; made if need be, and not removed
 * @throws Error when a port is taken or nginx ends, with what it wrote
 */
export async function startNginxIngress(
  options: IngressOptions,
  dir: string,
  binary: string | undefined = findNginx(),
): Promise<IngressProcess> {
  if (binary === undefined) throw new Error('nginx is not installed (Debian: apt install nginx)');
  const ingress = verifyIngress(options);
  const { host, port, tls, url } = ingress;
  // Connecting would succeed to whoever holds the port; nginx itself tries for seconds.
  for (const each of [port, tls?.port]) {
    if (each !== undefined && !(await isFree(each, host)))
      throw new Error(`nginx: ${host}:${each} is in use; choose another port`);
  }
  mkdirSync(join(dir, 'temp'), { recursive: true });
  const file = join(dir, 'nginx.conf');
  writeFileSync(file, nginxConfig(ingress));
  const running = await start(
    binary,
    ['-p', dir, '-c', file, '-e', 'stderr', '-g', 'daemon off;'],
    {
      ready: { by: 'port', host, port: port ?? tls?.port ?? 0 },
      // SIGKILL would leave its worker behind.
      exitSignal: 'SIGTERM',
    },
  );
  return { url, pid: running.pid, stop: () => running.stop(stopMs) };
}

/** The short form: everything on 127.0.0.1, and with `tls` the one port speaks TLS. */
export function startNginx(
  binary: string,
  options: {
    dir: string;
    port: number;
    rules: readonly { host: string; port: number }[];
    tls?: { certificateFile: string; keyFile: string };
  },
): Promise<IngressProcess> {
  const { dir, port, tls } = options;
  const rules = options.rules.map((rule) => ({
    host: rule.host,
    upstream: `http://127.0.0.1:${rule.port}`,
  }));
  const way = tls
    ? { tls: { port, cert: tls.certificateFile, key: tls.keyFile } }
    : { listen: { port } };
  return startNginxIngress({ ...way, rules }, dir, binary);
}
