import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes an `nginx.conf` for one worker in the foreground that listens on `port` of 127.0.0.1.
 * @returns the file's path, for `nginx -p FOLDER -e stderr -c FILE`
 */
export function nginxFile(folder: string, port: number, server: string, http = ''): string {
  const file = join(folder, 'nginx.conf');
  // As root the worker would become another user, who may not enter the folder.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const text = `${user}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nodelay on;
  client_max_body_size 0;
  # The default of 1000 would make clients reconnect in the middle of a load.
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/client_body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ${http}
  server {
    listen 127.0.0.1:${port} backlog=1024;
    ${server}
  }
}
`;
  writeFileSync(file, text);
  return file;
}

/** `http` and `server` parts that pass everything on over kept connections, bodies streamed. */
export function nginxProxy(upstream: {
  host: string;
  port: number;
}): [server: string, http: string] {
  const http = `upstream next {
    server ${upstream.host}:${upstream.port};
    keepalive 512;
    keepalive_requests 1000000000;
  }`;
  const server = `location / {
      proxy_pass http://next;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_request_buffering off;
      proxy_max_temp_file_size 0;
    }`;
  return [server, http];
}
