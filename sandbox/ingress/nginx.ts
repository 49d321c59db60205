/** nginx as the ingress: routes by Host, with WebSockets, without buffering. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';

export interface IngressRule {
  host: string;
  /** Port of 127.0.0.1. */
  port: number;
}

export interface IngressOptions {
  /** An empty directory for its files. */
  dir: string;
  port: number;
  rules: readonly IngressRule[];
  tls?: { certificateFile: string; keyFile: string };
}

export interface IngressProcess {
  pid: number;
  stop(): Promise<void>;
}

/** Where nginx is installed; undefined: it is not. */
export function findNginx(): string | undefined {
  const dirs = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return dirs.map((dir) => join(dir, 'nginx')).find((file) => existsSync(file));
}

export async function startNginx(binary: string, options: IngressOptions): Promise<IngressProcess> {
  const { dir, port } = options;
  mkdirSync(join(dir, 'temp'), { recursive: true });
  const file = join(dir, 'nginx.conf');
  writeFileSync(file, nginxConfig(options));
  const child = spawn(binary, ['-p', dir, '-c', file, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const onExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onExit);
  let over = false;
  void ended.then(() => (over = true));
  while (!(await accepts(port))) {
    if (over) throw new Error(`nginx ended: ${errors}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      process.off('exit', onExit);
    },
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function nginxConfig({ dir, port, rules, tls }: IngressOptions): string {
  const listen = `listen 127.0.0.1:${port}${tls ? ' ssl' : ''}`;
  const certificate = tls
    ? `ssl_certificate ${tls.certificateFile}; ssl_certificate_key ${tls.keyFile};`
    : '';
  const upstreams = rules.map(
    (rule, index) =>
      `upstream rule${index} { server 127.0.0.1:${rule.port}; keepalive 64; keepalive_timeout 4s; }`,
  );
  const servers = rules.map(
    (rule, index) => `server {
    ${listen}; server_name ${rule.host}; ${certificate}
    location / {
      proxy_pass http://rule${index};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }`,
  );
  const temps = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(dir, 'temp', name)};`,
  );
  return `daemon off;
worker_processes 1;
pid ${join(dir, 'nginx.pid')};
error_log stderr warn;
events { worker_connections 4096; }
http {
  access_log off;
  ${temps.join('\n  ')}
  client_max_body_size 0;
  proxy_request_buffering off;
  proxy_buffering off;
  proxy_read_timeout 1h;
  proxy_send_timeout 1h;
  keepalive_requests 1000000;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  ${upstreams.join('\n  ')}
  server { ${listen} default_server; ${certificate} return 404 "no such host\\n"; }
  ${servers.join('\n  ')}
}
`;
}
