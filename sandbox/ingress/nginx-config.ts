/** The text of an `nginx.conf`. Paths that are not absolute are relative to nginx's `-p`. */
import { noSuchHost, type Target, type VerifiedIngress } from './ingress.ts';

const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** For `nginx -p DIR -c nginx.conf -g 'daemon off;'`: one worker, streaming, every limit off. */
export function nginxConfig(ingress: VerifiedIngress): string {
  const targets = [...ingress.targets.values()];
  const upstreams = targets.map((target, index) => upstream(`rule${index}`, target));
  const servers = [...ingress.targets.keys()].map((host, index) =>
    server(ingress, `server_name ${host};`, proxy('/', `rule${index}`)),
  );
  const { fallback } = ingress;
  if (fallback) upstreams.push(upstream('fallback', fallback.target));
  const rest = `return 404 "${noSuchHost.replace('\n', '\\n')}";`;
  const others = fallback
    ? [
        proxy(fallback.pathPrefix, 'fallback'),
        ...(fallback.pathPrefix === '/' ? [] : [`location / { ${rest} }`]),
      ].join('\n    ')
    : rest;
  return `worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
  access_log off;
  default_type text/plain;
  ${temporary.map((name) => `${name}_temp_path temp/${name};`).join('\n  ')}

  client_max_body_size 0;
  client_body_timeout 1h;
  send_timeout 1h;
  keepalive_requests 1000000;
  proxy_request_buffering off;
  proxy_buffering off;
  # Also the longest response head.
  proxy_buffer_size 64k;
  proxy_buffers 4 64k;
  proxy_read_timeout 1h;
  proxy_send_timeout 1h;

  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  map $http_x_forwarded_host $forwarded_host { default $http_x_forwarded_host; '' $http_host; }
  map $http_x_forwarded_proto $forwarded_proto { default $http_x_forwarded_proto; '' $scheme; }
  map $http_x_forwarded_port $forwarded_port { default $http_x_forwarded_port; '' $server_port; }

  ${upstreams.join('\n  ')}

  ${server(ingress, '', others, ' default_server')}
  ${servers.join('\n  ')}
}
`;
}

/** Kept connections end before the 5 s after which Node's servers close theirs. */
function upstream(name: string, { host, port }: Target): string {
  return `upstream ${name} {
    server ${host}:${port};
    keepalive 64;
    keepalive_requests 1000000;
    keepalive_timeout 4s;
  }`;
}

function server(
  { host, port, tls }: VerifiedIngress,
  name: string,
  body: string,
  flags = '',
): string {
  const address = host.includes(':') ? `[${host}]` : host;
  const lines = [];
  if (port !== undefined) lines.push(`listen ${address}:${port}${flags};`);
  if (tls) {
    lines.push(
      `listen ${address}:${tls.port} ssl${flags};`,
      `ssl_certificate ${quoted(tls.cert)};`,
      `ssl_certificate_key ${quoted(tls.key)};`,
    );
  }
  if (name !== '') lines.push(name);
  return `server {
    ${[...lines, body].join('\n    ')}
  }`;
}

function proxy(path: string, name: string): string {
  return `location ${path} {
      proxy_pass http://${name};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Host $forwarded_host;
      proxy_set_header X-Forwarded-Proto $forwarded_proto;
      proxy_set_header X-Forwarded-Port $forwarded_port;
    }`;
}

function quoted(path: string): string {
  return `"${path.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
